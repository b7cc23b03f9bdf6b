//! The map of the running system, read back from its tables: what questions over it and exports of it start from.

use std::collections::BTreeMap;

use sightline_facts::session::Session;
use sightline_facts::tables::components::ComponentsView;
use sightline_facts::tables::connections::ConnectionsView;
use sightline_facts::tables::endpoints::EndpointsView;
use sightline_facts::tables::entities::EntitiesView;
use sightline_facts::tables::map_evidence::MapEvidenceView;
use sightline_facts::tables::map_gaps::MapGapsView;
use sightline_facts::tables::sources::SourcesView;
use sightline_facts::tables::topics::TopicsView;

use crate::error::MapError;

/// A place that shows a row.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    /// Repository.
    pub repo: String,
    /// File.
    pub path: String,
    /// First line.
    pub line_start: i64,
    /// Last line.
    pub line_end: i64,
    /// Commit, in full.
    pub commit: Option<String>,
    /// How it is known.
    pub basis: String,
    /// What the place shows, in words; empty where the row itself says it.
    pub about: String,
    /// The text of the lines that shows it.
    pub seen: String,
}

/// A component; the columns of its table.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "the table `components` says what each column means")]
pub struct Component {
    pub id: String,
    pub name: String,
    pub kind: String,
    pub purpose: String,
    pub technology: Option<String>,
    pub language: Option<String>,
    pub folder: Option<String>,
    pub aliases: Option<String>,
    pub area: Option<String>,
    pub owner: Option<String>,
    pub is_outside: bool,
    pub basis: String,
    pub spots: Vec<Spot>,
}

/// A connection; the columns of its table.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "the table `connections` says what each column means")]
pub struct Connection {
    pub id: String,
    pub from: String,
    pub to: String,
    pub kind: String,
    pub protocol: Option<String>,
    pub is_async: bool,
    pub data_flow: String,
    pub what: String,
    pub basis: String,
    pub spots: Vec<Spot>,
}

/// An endpoint; the columns of its table.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "the table `endpoints` says what each column means")]
pub struct Endpoint {
    pub id: String,
    pub component: String,
    pub protocol: String,
    pub method: Option<String>,
    pub http_route: Option<String>,
    pub base_path: Option<String>,
    pub name: Option<String>,
    pub spot: Spot,
}

/// A component that sends to a topic or receives from it.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "the table `topics` says what each column means")]
pub struct Topic {
    pub topic: String,
    pub component: String,
    pub produces: bool,
    pub broker: Option<String>,
    pub spot: Spot,
}

/// A table, collection or kind of record that is kept.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "the table `entities` says what each column means")]
pub struct Entity {
    pub id: String,
    pub name: String,
    pub component: Option<String>,
    pub store: Option<String>,
    pub spot: Spot,
}

/// What could not be followed.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "the table `map_gaps` says what each column means")]
pub struct Gap {
    pub component: Option<String>,
    pub what: String,
    pub target: Option<String>,
    pub reason: String,
    pub spot: Spot,
}

/// A repository and the moment at which it was read.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "the table `sources` says what each column means")]
pub struct ReadAt {
    pub repo: String,
    pub url: Option<String>,
    pub commit: Option<String>,
    pub as_of: i64,
}

/// All rows of the map, each table sorted by its ids.
#[derive(Debug, Clone, Default)]
pub struct SystemMap {
    /// What was read.
    pub sources: Vec<ReadAt>,
    /// Components.
    pub components: Vec<Component>,
    /// Connections.
    pub connections: Vec<Connection>,
    /// Endpoints.
    pub endpoints: Vec<Endpoint>,
    /// Topics.
    pub topics: Vec<Topic>,
    /// Kept data.
    pub entities: Vec<Entity>,
    /// What could not be followed.
    pub gaps: Vec<Gap>,
}

/// Asks and narrows every batch of an answer to the view of its table.
macro_rules! whole {
    ($session:expr, $table:literal, $order:literal, $view:ty) => {
        $session
            .query(concat!("select * from ", $table, " order by ", $order))?
            .iter()
            .map(|batch| <$view>::of(batch).ok_or(MapError::Column { table: $table, column: "*" }))
            .collect::<Result<Vec<$view>, _>>()?
    };
}

/// The place of a row that has the common columns of evidence.
macro_rules! spot {
    ($row:expr, $basis:expr, $about:expr) => {
        Spot {
            repo: $row.repo.to_owned(),
            path: $row.path.to_owned(),
            line_start: $row.line_start,
            line_end: $row.line_end,
            commit: $row.commit.map(str::to_owned),
            basis: $basis.to_owned(),
            about: $about.to_owned(),
            seen: $row.seen.to_owned(),
        }
    };
}

fn owned(text: Option<&str>) -> Option<String> {
    text.filter(|t| !t.is_empty()).map(str::to_owned)
}

impl SystemMap {
    /// Reads the map of a workspace.
    ///
    /// # Errors
    /// [`MapError`] when a table cannot be read.
    pub fn read(session: &Session) -> Result<Self, MapError> {
        let mut map = Self::without_sources(session)?;
        for s in whole!(session, "sources", "repo", SourcesView).iter().flat_map(SourcesView::rows) {
            map.sources.push(ReadAt {
                repo: s.repo.to_owned(),
                url: owned(s.url),
                commit: owned(s.commit),
                as_of: s.as_of,
            });
        }
        Ok(map)
    }

    /// The map alone, which may stay the same when its sources are read at another commit.
    ///
    /// # Errors
    /// As [`SystemMap::read`].
    pub fn without_sources(session: &Session) -> Result<Self, MapError> {
        let mut spots = evidence(session)?;
        let mut map = Self::default();
        for c in whole!(session, "components", "component", ComponentsView).iter().flat_map(ComponentsView::rows) {
            map.components.push(Component {
                id: c.component.to_owned(),
                name: c.name.to_owned(),
                kind: c.kind.to_owned(),
                purpose: c.purpose.to_owned(),
                technology: owned(c.technology),
                language: owned(c.language),
                folder: c.folder.map(str::to_owned),
                aliases: owned(c.aliases),
                area: owned(c.area),
                owner: owned(c.owner),
                is_outside: c.is_outside,
                basis: c.basis.to_owned(),
                spots: spots.remove(c.component).unwrap_or_else(|| vec![spot!(c, c.basis, "")]),
            });
        }
        let views = whole!(session, "connections", "from_component, to_component", ConnectionsView);
        for c in views.iter().flat_map(ConnectionsView::rows) {
            map.connections.push(Connection {
                id: c.connection.to_owned(),
                from: c.from_component.to_owned(),
                to: c.to_component.to_owned(),
                kind: c.kind.to_owned(),
                protocol: owned(c.protocol),
                is_async: c.is_async,
                data_flow: c.data_flow.to_owned(),
                what: c.what.to_owned(),
                basis: c.basis.to_owned(),
                spots: spots.remove(c.connection).unwrap_or_else(|| vec![spot!(c, c.basis, "")]),
            });
        }
        map.offers(session)?;
        Ok(map)
    }

    fn offers(&mut self, session: &Session) -> Result<(), MapError> {
        let views =
            whole!(session, "endpoints", "component, http_route, method, endpoint, path, line_start", EndpointsView);
        for e in views.iter().flat_map(EndpointsView::rows) {
            self.endpoints.push(Endpoint {
                id: e.endpoint.to_owned(),
                component: e.component.to_owned(),
                protocol: e.protocol.to_owned(),
                method: owned(e.method),
                http_route: owned(e.http_route),
                base_path: owned(e.base_path),
                name: owned(e.name),
                spot: spot!(e, e.basis, ""),
            });
        }
        let views = whole!(session, "topics", "topic, component, direction, path, line_start", TopicsView);
        for t in views.iter().flat_map(TopicsView::rows) {
            self.topics.push(Topic {
                topic: t.topic.to_owned(),
                component: t.component.to_owned(),
                produces: t.direction == "produces",
                broker: owned(t.broker),
                spot: spot!(t, t.basis, ""),
            });
        }
        let views = whole!(session, "entities", "entity, path, line_start", EntitiesView);
        for e in views.iter().flat_map(EntitiesView::rows) {
            self.entities.push(Entity {
                id: e.entity.to_owned(),
                name: e.name.to_owned(),
                component: owned(e.component),
                store: owned(e.store),
                spot: spot!(e, e.basis, ""),
            });
        }
        let views = whole!(session, "map_gaps", "component, repo, path, line_start, target", MapGapsView);
        for g in views.iter().flat_map(MapGapsView::rows) {
            self.gaps.push(Gap {
                component: owned(g.component),
                what: g.what.to_owned(),
                target: owned(g.target),
                reason: g.reason.to_owned(),
                spot: spot!(g, "unknown", ""),
            });
        }
        Ok(())
    }

    /// The component of that id.
    pub fn component(&self, id: &str) -> Option<&Component> {
        // Read from the tables they come in the order of ids; a map put together otherwise is looked through.
        match self.components.binary_search_by(|c| c.id.as_str().cmp(id)) {
            Ok(at) => self.components.get(at),
            Err(_) => self.components.iter().find(|c| c.id == id),
        }
    }

    /// The name of a component, or its id where it is not on the map.
    pub fn name<'a>(&'a self, id: &'a str) -> &'a str {
        self.component(id).map_or_else(|| short(id), |c| c.name.as_str())
    }
}

/// A component's id without its prefix.
pub fn short(id: &str) -> &str {
    id.strip_prefix("component:").unwrap_or(id)
}

/// The places of each row, strongest first.
fn evidence(session: &Session) -> Result<BTreeMap<String, Vec<Spot>>, MapError> {
    let mut spots: BTreeMap<String, Vec<Spot>> = BTreeMap::new();
    let views = whole!(session, "map_evidence", "subject, position", MapEvidenceView);
    for e in views.iter().flat_map(MapEvidenceView::rows) {
        spots.entry(e.subject.to_owned()).or_default().push(spot!(e, e.basis, e.about));
    }
    Ok(spots)
}
