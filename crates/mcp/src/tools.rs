//! The tools: what each is called, what it takes, and who answers.

mod asking;
mod evidence;
mod system;

use rmcp::model::JsonObject;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::ToolError;
use crate::reply::Reply;
use crate::state::State;

/// One tool.
pub(crate) struct Tool {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    /// What it answers and when to use it, for an assistant that chooses among tools.
    pub(crate) description: &'static str,
    pub(crate) schema: fn() -> JsonObject,
    pub(crate) run: fn(&State, JsonObject) -> Result<Reply, ToolError>,
}

impl std::fmt::Debug for Tool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// All tools, in the order in which they are listed.
pub(crate) static ALL: &[Tool] = &[
    Tool {
        name: "overview",
        title: "What is this system and how is it doing?",
        description: "The first page: what the system says of itself, size, age, people, parts, documents, and what needs attention. Start here.",
        schema: schema::<Nothing>,
        run: |state, given| parse::<Nothing>(given).and_then(|_| system::section(state, "start")),
    },
    Tool {
        name: "map",
        title: "Which parts exist?",
        description: "Services, jobs, sites, stores, queues and outside systems by product area: what each is for, what it is made with, who looks after it, how many use it.",
        schema: schema::<system::Map>,
        run: |state, given| system::map(state, &parse(given)?),
    },
    Tool {
        name: "show_component",
        title: "All about one component",
        description: "One part of the system: what it is for, who uses it, what it uses, endpoints, topics, data, people, and the lines that show it.",
        schema: schema::<system::Component>,
        run: |state, given| system::component(state, &parse(given)?),
    },
    Tool {
        name: "impact",
        title: "Who depends on this?",
        description: "Everything that depends on a component, endpoint, topic or table, nearest first, and whether it notices at once or later when that stops.",
        schema: schema::<system::Named>,
        run: |state, given| system::impact(state, &parse(given)?),
    },
    Tool {
        name: "flow",
        title: "What happens, step by step?",
        description: "Numbered steps from an endpoint (such as `POST /orders`) or a component to the last effect: calls, data kept, messages and what their receivers do; steps that leave the system or could not be followed are marked.",
        schema: schema::<system::Named>,
        run: |state, given| system::flow(state, &parse(given)?),
    },
    Tool {
        name: "endpoints",
        title: "What does it offer?",
        description: "Routes, remote procedures, pages and topics, of the whole system or of one component.",
        schema: schema::<system::Endpoints>,
        run: |state, given| system::endpoints(state, &parse(given)?),
    },
    Tool {
        name: "data",
        title: "Where does data live?",
        description: "Stores, tables and collections, who keeps them, and fields whose names suggest personal data; or one table with its fields and users.",
        schema: schema::<system::Data>,
        run: |state, given| system::data(state, &parse(given)?),
    },
    Tool {
        name: "blockers",
        title: "What is stuck, or about to be?",
        description: "Warnings about open work: what is wrong, since when, who waits for it, and how often such warnings of the same stream came true; what dates hang on comes first.",
        schema: schema::<system::Stream>,
        run: |state, given| system::blockers(state, &parse(given)?),
    },
    Tool {
        name: "forecast",
        title: "When will it land?",
        description: "Dates with their chances (50, 85 and 95 in 100) for the next 5, 10 and 20 items of each stream of work and for each open milestone, or for an initiative, how often such dates held, and why nobody can know where that is so. Never pass on one date alone.",
        schema: schema::<system::Forecast>,
        run: |state, given| system::forecast(state, &parse(given)?),
    },
    Tool {
        name: "search",
        title: "Find anything by its name",
        description: "Finds components, endpoints, tables, topics, technologies, teams, issues, pull requests, releases, glossary words, packages, fields, settings, headings, modules, files and symbols; forgives typing errors. The `subject` of an answer is what other tools take as `name`.",
        schema: schema::<asking::Search>,
        run: |state, given| asking::search(state, &parse(given)?),
    },
    Tool {
        name: "report_section",
        title: "A page of the report",
        description: "One page of the report as Markdown with its evidence: start, map, endpoints, data, outside, stack, health, changes, documents, tables, trust and others; a wrong name is answered with the list.",
        schema: schema::<system::Section>,
        run: |state, given| system::named_section(state, &parse(given)?),
    },
    Tool {
        name: "explain_metric",
        title: "What stands behind a number?",
        description: "Definition, unit, query, values and rows of a metric. Without an id, the list of all metrics.",
        schema: schema::<asking::Metric>,
        run: |state, given| asking::metric(state, &parse(given)?),
    },
    Tool {
        name: "evidence",
        title: "Read the cited lines",
        description: "Opens an evidence id of another answer (`place:…` gives the lines of the file at the commit, `claim:…` the query and places behind a sentence), or any lines of a file that was read.",
        schema: schema::<evidence::Evidence>,
        run: |state, given| evidence::evidence(state, &parse(given)?),
    },
    Tool {
        name: "list_tables",
        title: "The tables",
        description: "All tables that `sql` can ask, with what one row says and how many rows there are.",
        schema: schema::<Nothing>,
        run: |state, given| parse::<Nothing>(given).and_then(|_| asking::tables(state)),
    },
    Tool {
        name: "describe_table",
        title: "The columns of a table",
        description: "Columns of one table with type, unit and meaning. Look here before writing SQL.",
        schema: schema::<asking::Table>,
        run: |_, given| asking::describe(&parse(given)?),
    },
    Tool {
        name: "sql",
        title: "Ask the tables",
        description: "Answers one read-only SQL query (DataFusion dialect, close to PostgreSQL) within limits of rows and time. Select repo, commit, path, line_start and line_end too, so that the answer carries evidence.",
        schema: schema::<asking::Sql>,
        run: |state, given| asking::sql(state, &parse(given)?),
    },
];

/// Takes no arguments.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// The JSON schema of arguments.
fn schema<T: JsonSchema>() -> JsonObject {
    match schemars::schema_for!(T).to_value() {
        Value::Object(mut object) => {
            object.remove("$schema");
            object.remove("title");
            let properties = object.entry("properties").or_insert_with(|| Value::Object(JsonObject::new()));
            for about in properties.as_object_mut().into_iter().flat_map(JsonObject::values_mut) {
                simplify(about);
            }
            object
        }
        _ => JsonObject::new(),
    }
}

/// Makes `["integer", "null"]` plain `integer`: an argument that may be left out is said so by not being required, and some
/// clients read no lists of types.
fn simplify(about: &mut Value) {
    let Some(about) = about.as_object_mut() else { return };
    if let Some(Value::Array(types)) = about.get("type") {
        let plain = types.iter().find(|t| *t != "null").cloned();
        if let Some(plain) = plain {
            about.insert("type".to_owned(), plain);
        }
    }
    about.remove("default");
    about.remove("format");
}

/// Reads arguments; the error says what is wrong with them and nothing is guessed.
fn parse<T: DeserializeOwned>(given: JsonObject) -> Result<T, ToolError> {
    serde_json::from_value(Value::Object(given))
        .map_err(|e| ToolError::Arguments(format!("the arguments are not those of this tool: {e}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tool_has_a_name_of_its_own_and_a_described_schema() {
        let mut names: Vec<&str> = ALL.iter().map(|t| t.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ALL.len());
        for tool in ALL {
            let schema = (tool.schema)();
            assert_eq!(schema["type"], "object", "{}", tool.name);
            for (argument, about) in schema["properties"].as_object().expect("an object") {
                assert!(about["description"].is_string(), "{}: {argument}", tool.name);
                assert!(about["type"].is_string(), "{}: {argument}", tool.name);
            }
        }
    }
}
