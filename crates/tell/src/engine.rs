//! The claim engine: runs the queries of the section files and fills their templates, tables and pictures.
//!
//! Nothing is computed here. A figure is a column of a query, a sentence is a row, and what a sentence stands on is
//! the answer to a second query, joined by `subject`.

mod evidence;
mod held;
mod pages;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::rc::Rc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use sightline_facts::FactsError;
use sightline_facts::session::Session;
use sightline_facts::tables;

use self::evidence::{MOST_EVIDENCE, N_ALL_ROWS, first_of_each};
use self::pages::{Page, Shown};
use crate::TellError;
use crate::cell::{Cell, Rows};
use crate::document::{
    Basis, Block, Claim, Column, Drawn, Evidence, Format, Level, Mark, Picture, PictureKind, Report, Section, Source,
    Table,
};
use crate::naming;
use crate::render::pictures::{Line, Part, Step};
use crate::section::{BlockFile, SectionFile};
use crate::store::Stored;
use crate::template::Template;
use crate::text;

/// Claims of one template that a page shows before the rest is only counted.
const MOST_CLAIMS: usize = 12;
/// Things that need attention on one page.
const MOST_ATTENTION: usize = 7;
/// Rows that a table reads when its file does not say otherwise.
const MOST_ROWS: usize = 1_000;
/// Boxes and lines that a picture of the system reads when its file does not say otherwise.
const MOST_BOXES: usize = 2_000;
const MOST_LINES: usize = 20_000;
/// Questions asked at the same time. Most are small and spend their time in planning, which uses one processor.
const AT_ONCE: usize = 2;
/// Longest quotation kept with evidence.
const QUOTE: usize = 600;

/// What to make of the section files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Everything.
    Whole,
    /// Claims only, for storing them.
    Claims,
}

/// What is read of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Read {
    /// All rows.
    All,
    /// The first rows of each subject.
    Evidence,
}

impl Read {
    fn of(self, session: &Session, sql: &str) -> Result<Rows, FactsError> {
        let batches = session.query(sql)?;
        match self {
            Self::All => Ok(Rows::of(&batches)),
            Self::Evidence => first_of_each(&batches),
        }
    }
}

/// Runs queries, each distinct text once.
pub(crate) struct Engine<'a> {
    session: &'a Session,
    answers: BTreeMap<String, Rc<Rows>>,
    /// Answers of which only the first rows of each subject are kept.
    evidence: BTreeMap<String, Rc<Rows>>,
    /// Questions in a shorter form that gives the same answer.
    short: BTreeMap<String, String>,
    /// The page that is being made, of a section that has many.
    page: Option<Page>,
    /// Answers for all pages of a section, cut by page.
    by_page: BTreeMap<String, BTreeMap<String, Rc<Rows>>>,
    /// Sentences of all pages, by section and claim.
    claims_by_page: BTreeMap<(String, String), BTreeMap<String, Vec<Claim>>>,
    /// Claims, as `section/key`, that are left out.
    without: BTreeSet<String>,
}

impl<'a> Engine<'a> {
    pub(crate) fn over(session: &'a Session) -> Self {
        Self {
            session,
            answers: BTreeMap::new(),
            evidence: BTreeMap::new(),
            short: BTreeMap::new(),
            page: None,
            by_page: BTreeMap::new(),
            claims_by_page: BTreeMap::new(),
            without: BTreeSet::new(),
        }
    }

    /// Leaves out claims, named as `section/key`.
    pub(crate) fn without(self, places: &BTreeSet<String>) -> Self {
        Self { without: places.clone(), ..self }
    }

    fn is_left_out(&self, file: &SectionFile, block: &BlockFile) -> bool {
        !self.without.is_empty() && self.without.contains(&format!("{}/{}", file.id, block.key()))
    }

    pub(crate) fn rows(&mut self, sql: &str, place: &str) -> Result<Rc<Rows>, TellError> {
        self.read(sql, place, Read::All)
    }

    fn read(&mut self, sql: &str, place: &str, read: Read) -> Result<Rc<Rows>, TellError> {
        if let Some(rows) = self.answers(read).get(sql) {
            return Ok(Rc::clone(rows));
        }
        let asked = self.short.get(sql).map_or(sql, String::as_str);
        let answer = read.of(self.session, asked);
        let rows = Rc::new(answer.map_err(|source| TellError::Query { place: place.to_owned(), source })?);
        self.answers(read).insert(sql.to_owned(), Rc::clone(&rows));
        Ok(rows)
    }

    fn answers(&mut self, read: Read) -> &mut BTreeMap<String, Rc<Rows>> {
        match read {
            Read::All => &mut self.answers,
            Read::Evidence => &mut self.evidence,
        }
    }

    /// Builds the report. With `stored`, claims come from the `claims` table instead of their queries.
    pub(crate) fn report(
        &mut self,
        files: &[SectionFile],
        scope: Scope,
        mut stored: Option<Stored>,
    ) -> Result<Report, TellError> {
        let sources = self.sources()?;
        if stored.is_none() {
            self.ask_ahead(files);
        }
        let mut sections = Vec::with_capacity(files.len());
        for file in files {
            if scope == Scope::Whole && files.len() > 1 && self.lacks(&file.needs)? {
                continue;
            }
            if scope == Scope::Whole && !file.pages.is_empty() {
                sections.extend(self.pages(file, &mut stored)?);
            } else {
                sections.push(self.section(file, scope, &mut stored, |_| true)?);
            }
        }
        let report = Report { sources, sections };
        if scope == Scope::Whole { self.named(report) } else { Ok(report) }
    }

    /// Whether a table that a section needs has no rows.
    fn lacks(&mut self, table: &str) -> Result<bool, TellError> {
        if table.is_empty() {
            return Ok(false);
        }
        Ok(self.rows(&format!("select 1 as one from {table} limit 1"), table)?.rows.is_empty())
    }

    /// The report with the name by which people know what was read.
    pub(crate) fn named(&mut self, mut report: Report) -> Result<Report, TellError> {
        let [source] = report.sources.as_mut_slice() else { return Ok(report) };
        let rows = self.rows(naming::SQL, "the name")?;
        let Some(name) = naming::name(&rows) else { return Ok(report) };
        source.name = Some(name.clone());
        for block in report.sections.iter_mut().flat_map(|s| &mut s.blocks) {
            if let Block::Claim(claim) = block {
                naming::rename(claim, &source.repo, &name);
            }
        }
        Ok(report)
    }

    /// One section of the blocks that are wanted.
    fn section(
        &mut self,
        file: &SectionFile,
        scope: Scope,
        stored: &mut Option<Stored>,
        wanted: impl Fn(&BlockFile) -> bool,
    ) -> Result<Section, TellError> {
        let mut blocks = Vec::new();
        let mut attention = 0;
        let mut attention_left = 0;
        // A sentence that says that nothing was found needs no empty table below it to say so again.
        let mut is_absent = false;
        for block in file.blocks.iter().filter(|b| wanted(b)) {
            let made = self.block(file, block, scope, stored.as_mut())?;
            match made.as_slice() {
                [] => {}
                [Block::Table(table)] if is_absent && table.rows.is_empty() => continue,
                [Block::Claim(claim), ..] => is_absent = !block.absent.is_empty() && claim.template == block.absent,
                _ => is_absent = false,
            }
            for made in made {
                // Pages are kept short; the tables hold every sentence.
                if scope == Scope::Claims {
                    blocks.push(made);
                    continue;
                }
                if let Block::Claim(Claim { level: Level::Attention, .. }) = &made {
                    attention += 1;
                    if attention > MOST_ATTENTION {
                        attention_left += 1;
                        continue;
                    }
                }
                blocks.push(made);
            }
        }
        insert_note(&mut blocks, attention_left);
        drop_empty_headings(&mut blocks);
        Ok(Section { id: file.id.clone(), title: file.title.clone(), question: file.question.clone(), blocks })
    }

    /// Asks what the claims need, some questions at the same time. An answer says the same whenever it was asked, so
    /// that the order does not matter; a question that fails is asked again in its place and its error is told there.
    fn ask_ahead(&mut self, files: &[SectionFile]) {
        let mut first = BTreeSet::new();
        let claims = files.iter().flat_map(|f| f.blocks.iter().filter(|b| b.claim.is_some()).map(move |b| (f, b)));
        let claims: Vec<_> = claims.filter(|(f, b)| !self.is_left_out(f, b)).collect();
        let claims = || claims.iter().copied();
        self.shorten(&claims().collect::<Vec<_>>());
        for (file, block) in claims() {
            let sql = expand(&file.sql(&block.query));
            // Of nothing our sections say nothing; a test holds them to it.
            if sightline_measure::asks_of_nothing(self.session, &sql) {
                self.answers.insert(sql, Rc::default());
            } else {
                first.insert(sql);
            }
            if !block.absent.is_empty() {
                first.insert(expand(&file.sql(&block.absent_query)));
            }
        }
        self.ask(first, Read::All);
        // What nothing is said of needs no evidence, and most repositories have no queues, no trackers and no models.
        let is_said = |file: &SectionFile, block: &BlockFile| {
            self.answers.get(&expand(&file.sql(&block.query))).is_none_or(|rows| !rows.rows.is_empty())
        };
        let second = claims().filter(|(file, block)| is_said(file, block));
        let second = second.map(|(file, block)| expand(&file.sql(&block.evidence))).collect();
        self.ask(second, Read::Evidence);
    }

    /// Asks questions that were not asked before, some at the same time.
    fn ask(&mut self, questions: BTreeSet<String>, read: Read) {
        let known = self.answers(read);
        let questions: Vec<String> = questions.into_iter().filter(|q| !known.contains_key(q)).collect();
        let next = AtomicUsize::new(0);
        let answers: Mutex<Vec<(usize, Rows)>> = Mutex::default();
        let session = self.session;
        let short = &self.short;
        std::thread::scope(|scope| {
            for _ in 0..AT_ONCE {
                scope.spawn(|| {
                    loop {
                        let i = next.fetch_add(1, Ordering::Relaxed);
                        let Some(question) = questions.get(i) else { return };
                        let question = short.get(question).unwrap_or(question);
                        if let Ok(rows) = read.of(session, question) {
                            answers.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((i, rows));
                        }
                    }
                });
            }
        });
        for (i, rows) in answers.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner) {
            self.answers(read).insert(questions[i].clone(), Rc::new(rows));
        }
    }

    pub(crate) fn sources(&mut self) -> Result<Vec<Source>, TellError> {
        let rows = self.rows(
            "select repo, url, commit, committed_at, as_of, is_shallow from sources order by repo",
            "the header",
        )?;
        let text = |row: &[Cell], name: &str| rows.get(row, name).text().map(str::to_owned);
        Ok(rows
            .rows
            .iter()
            .map(|row| Source {
                repo: text(row, "repo").unwrap_or_default(),
                name: None,
                url: text(row, "url"),
                commit: text(row, "commit"),
                committed_at: rows.get(row, "committed_at").integer(),
                as_of: rows.get(row, "as_of").integer().unwrap_or(0),
                is_shallow: *rows.get(row, "is_shallow") == Cell::Boolean(true),
            })
            .collect())
    }

    fn block(
        &mut self,
        file: &SectionFile,
        block: &BlockFile,
        scope: Scope,
        stored: Option<&mut Stored>,
    ) -> Result<Vec<Block>, TellError> {
        let place = format!("{}/{}", file.id, block.key());
        if let Some(heading) = &block.heading {
            return Ok(vec![Block::Heading(heading.clone())]);
        }
        if let Some(note) = &block.note {
            return Ok(vec![Block::Note(note.clone())]);
        }
        if block.claim.is_some() {
            if self.is_left_out(file, block) {
                return Ok(Vec::new());
            }
            let claims = match stored {
                _ if self.page.is_some() => self.claims_of_page(file, block, &place, stored)?,
                Some(stored) => stored.take(&file.id, block),
                None => self.claims(file, block, &place)?,
            };
            let claims = self.of_shown_pages(file, block, &place, scope, claims)?;
            let most = if scope == Scope::Claims { claims.len() } else { MOST_CLAIMS };
            let left = claims.len().saturating_sub(most);
            let mut blocks: Vec<Block> = claims.into_iter().take(most).map(Block::Claim).collect();
            if left > 0 {
                blocks.push(Block::Note(format!("The same is known of {left} more.")));
                blocks.push(Block::Note(format!(
                    "@commands All of them: `sightline sql \"select text from claims where claim like '{place}/%'\"`."
                )));
            }
            return Ok(blocks);
        }
        if scope == Scope::Claims {
            return Ok(Vec::new());
        }
        if block.table.is_some() {
            let table = self.table(file, block, &place)?;
            // A table that has no words for being empty is only there when it holds something.
            let is_shown = !table.rows.is_empty() || !table.empty.is_empty() && !self.is_one_of_many();
            return Ok(is_shown.then_some(Block::Table(table)).into_iter().collect());
        }
        Ok(self.picture(file, block, &place)?.map(Block::Picture).into_iter().collect())
    }

    fn claims(&mut self, file: &SectionFile, block: &BlockFile, place: &str) -> Result<Vec<Claim>, TellError> {
        let sql = expand(&file.sql(&block.query));
        let rows = of_block(block, self.rows(&sql, place)?);
        let mut claims = fill(block, &block.text, block.level, &rows, &sql, place)?;
        let said: BTreeSet<String> = rows.rows.iter().map(|row| subject(&rows, row)).collect();
        if !claims.is_empty() {
            let mut evidence = self.evidence(file, block, place)?;
            for (claim, subject) in &mut claims {
                if let Some((rows, n)) = evidence.get_mut(subject.as_str()) {
                    claim.evidence = std::mem::take(rows);
                    claim.n_rows = *n;
                }
            }
        }
        if !block.absent.is_empty() {
            let sql = expand(&file.sql(&block.absent_query));
            let rows = self.rows(&sql, place)?;
            let level = block.absent_level.unwrap_or(block.level);
            let mut searched = fill(block, &block.absent, level, &rows, &sql, place)?;
            for (claim, _) in &mut searched {
                // That nothing was found is known by looking, whatever a find would have been.
                if claim.basis != Basis::Unknown {
                    claim.basis = Basis::Resolved;
                }
                // Why a find would matter says nothing of its absence.
                claim.why = None;
                claim.ask = None;
            }
            claims.extend(searched.into_iter().filter(|(_, subject)| !said.contains(subject)));
        }
        for (claim, subject) in &mut claims {
            // A sentence about a whole repository, or about what it does not have, stands on the commit that was read.
            if claim.evidence.is_empty() {
                let repo = claim.repo.clone().unwrap_or_else(|| subject.clone());
                claim.evidence = self.whole(&repo)?;
                claim.n_rows = i64::try_from(claim.evidence.len()).unwrap_or(0);
            }
        }
        Ok(claims.into_iter().map(|(claim, _)| claim).collect())
    }

    fn evidence(
        &mut self,
        file: &SectionFile,
        block: &BlockFile,
        place: &str,
    ) -> Result<BTreeMap<String, (Vec<Evidence>, i64)>, TellError> {
        let sql = expand(&file.sql(&block.evidence));
        let rows = self.read(&sql, &format!("{place} (evidence)"), Read::Evidence)?;
        let mut out: BTreeMap<String, (Vec<Evidence>, i64)> = BTreeMap::new();
        for row in &rows.rows {
            let mut one = evidence_of(&rows, row);
            if one.from_table.is_empty() {
                one.from_table.clone_from(&block.from);
            }
            let entry = out.entry(subject(&rows, row)).or_default();
            entry.0.push(one);
            entry.1 = rows.get(row, N_ALL_ROWS).integer().unwrap_or(0);
        }
        Ok(out)
    }

    /// The commit at which a repository was read, or all of them when the name is of none.
    fn whole(&mut self, repo: &str) -> Result<Vec<Evidence>, TellError> {
        let sources = self.sources()?;
        let one = |s: &Source| Evidence {
            repo: s.repo.clone(),
            commit: s.commit.clone(),
            from_table: "sources".to_owned(),
            ..Evidence::default()
        };
        let named: Vec<Evidence> = sources.iter().filter(|s| s.repo == repo).map(one).collect();
        Ok(if named.is_empty() { sources.iter().take(MOST_EVIDENCE).map(one).collect() } else { named })
    }

    fn table(&mut self, file: &SectionFile, block: &BlockFile, place: &str) -> Result<Table, TellError> {
        let limit = block.limit.unwrap_or(MOST_ROWS);
        let read = if block.only.is_empty() { limit + 1 } else { MOST_ROWS };
        let Shown { rows, sql } = self.shown(block, &expand(&file.sql(&block.query)), read, place)?;
        let rows = of_block(block, rows);
        let columns = block
            .columns
            .iter()
            .map(|c| column(c))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|detail| TellError::Section { section: file.id.clone(), detail })?;
        let several = rows.rows.iter().map(|row| rows.get(row, "repo").text()).collect::<BTreeSet<_>>().len() > 1;
        // A column that says the same repository in each row says nothing.
        let columns: Vec<Column> = columns.into_iter().filter(|c| c.name != "repo" || several).collect();
        let columns = telling(columns, &rows);
        let missing = columns.iter().find(|c| c.format != Format::Place && rows.position(&c.name).is_none());
        if let (Some(missing), false) = (missing, rows.rows.is_empty()) {
            return Err(TellError::Section {
                section: file.id.clone(),
                detail: format!(
                    "table `{}` shows column `{}`, which its query does not have",
                    block.key(),
                    missing.name
                ),
            });
        }
        let shown = rows.rows.iter().take(limit);
        Ok(Table {
            key: block.key().to_owned(),
            caption: block.caption.clone(),
            rows: shown.clone().map(|row| columns.iter().map(|c| shown_cell(&rows, row, c)).collect()).collect(),
            places: shown
                .map(|row| columns.iter().any(|c| c.format == Format::Place).then(|| evidence_of(&rows, row)))
                .collect(),
            columns,
            cut: rows.rows.len() > limit,
            empty: block.empty.clone(),
            query: sql,
        })
    }

    fn picture(&mut self, file: &SectionFile, block: &BlockFile, place: &str) -> Result<Option<Picture>, TellError> {
        let Some(kind) = block.kind else { return Ok(None) };
        let sql = expand(&file.sql(&block.query));
        if kind.is_system() {
            return self.system(file, block, kind, &sql, place);
        }
        let Shown { rows, sql } = self.shown(block, &sql, block.limit.unwrap_or(400), place)?;
        let marks: Vec<Mark> = rows
            .rows
            .iter()
            .filter_map(|row| {
                Some(Mark {
                    label: text::shorten_middle(&text::visible(rows.get(row, "label").text()?), 60),
                    x: rows.get(row, "x").number()?,
                    y: rows.get(row, "y").number().unwrap_or(0.0),
                })
            })
            .collect();
        if marks.len() < 2 {
            return Ok(None);
        }
        Ok(Some(Picture { marks, ..picture(block, kind, sql) }))
    }

    /// A picture of the running system: boxes of one query, lines of another.
    fn system(
        &mut self,
        file: &SectionFile,
        block: &BlockFile,
        kind: PictureKind,
        sql: &str,
        place: &str,
    ) -> Result<Option<Picture>, TellError> {
        let Shown { rows, sql } = self.shown(block, sql, block.limit.unwrap_or(MOST_BOXES), place)?;
        let needs = |rows: &Rows, columns: &[&str]| match columns.iter().find(|c| rows.position(c).is_none()) {
            Some(missing) if !rows.rows.is_empty() => Err(TellError::Section {
                section: file.id.clone(),
                detail: format!("picture `{}` needs column `{missing}`, which its query does not have", block.key()),
            }),
            _ => Ok(()),
        };
        let mut drawn = Drawn::default();
        let mut lines_query = String::new();
        if kind == PictureKind::Lanes {
            needs(&rows, &["number", "from", "to"])?;
            drawn.steps = rows.rows.iter().map(|row| step(&rows, row)).collect();
        } else {
            needs(&rows, &["id", "name", "kind"])?;
            drawn.parts = rows.rows.iter().filter_map(|row| part(&rows, row)).collect();
            let this = rows.rows.iter().find(|row| is_true(&rows, row, "is_this"));
            drawn.this = this.and_then(|row| rows.get(row, "id").text().map(str::to_owned));
            let unordered = BlockFile::default();
            let asked = expand(&file.sql(&block.lines));
            let Shown { rows: lines, sql } = self.shown(&unordered, &asked, MOST_LINES, &format!("{place} (lines)"))?;
            lines_query = sql;
            needs(&lines, &["from", "to"])?;
            drawn.lines = lines.rows.iter().filter_map(|row| line(&lines, row)).collect();
        }
        let is_empty =
            drawn.parts.is_empty() && drawn.steps.is_empty() || kind == PictureKind::Columns && drawn.this.is_none();
        Ok((!is_empty).then(|| Picture { system: drawn, lines_query, ..picture(block, kind, sql) }))
    }
}

/// The rows that a block tells of.
fn of_block(block: &BlockFile, rows: Rc<Rows>) -> Rc<Rows> {
    let Some((column, value)) = block.only.split_once('=') else { return rows };
    let own = rows.rows.iter().filter(|row| rows.get(row, column).text() == Some(value)).cloned().collect();
    Rc::new(Rows { columns: rows.columns.clone(), rows: own })
}

/// A picture with the words of its block and nothing in it yet.
fn picture(block: &BlockFile, kind: PictureKind, query: String) -> Picture {
    Picture {
        key: block.key().to_owned(),
        kind,
        title: block.title.clone(),
        description: block.description.clone(),
        x_title: block.x_title.clone(),
        y_title: block.y_title.clone(),
        format: block.format,
        marks: Vec::new(),
        system: Drawn::default(),
        query,
        lines_query: String::new(),
    }
}

fn is_true(rows: &Rows, row: &[Cell], name: &str) -> bool {
    matches!(rows.get(row, name), Cell::Boolean(true))
}

fn part(rows: &Rows, row: &[Cell]) -> Option<Part> {
    let text = |name: &str| rows.get(row, name).text().map(str::to_owned);
    Some(Part {
        id: text("id")?,
        name: text("name")?,
        kind: text("kind").unwrap_or_default(),
        area: text("area"),
        purpose: text("purpose"),
        is_outside: is_true(rows, row, "is_outside"),
        href: None,
    })
}

fn line(rows: &Rows, row: &[Cell]) -> Option<Line> {
    let text = |name: &str| rows.get(row, name).text().map(str::to_owned);
    Some(Line {
        from: text("from")?,
        to: text("to")?,
        kind: text("kind").unwrap_or_default(),
        is_async: is_true(rows, row, "is_async"),
        basis: rows.get(row, "basis").text().and_then(Basis::of).unwrap_or(Basis::Unknown),
        label: text("label"),
    })
}

fn step(rows: &Rows, row: &[Cell]) -> Step {
    let text = |name: &str| rows.get(row, name).text().unwrap_or_default().to_owned();
    Step {
        number: rows.get(row, "number").integer().unwrap_or(0),
        from: text("from"),
        to: text("to"),
        label: text("label"),
        is_async: is_true(rows, row, "is_async"),
        is_outside: is_true(rows, row, "is_outside"),
        is_gap: is_true(rows, row, "is_gap"),
    }
}

/// One claim per row that has all values of the template.
fn fill(
    block: &BlockFile,
    template: &str,
    level: Level,
    rows: &Rows,
    sql: &str,
    place: &str,
) -> Result<Vec<(Claim, String)>, TellError> {
    let broken = |detail: String| TellError::Template { claim: place.to_owned(), detail };
    let template = Template::parse(template).map_err(broken)?;
    if !rows.rows.is_empty()
        && let Some(missing) = template.columns().find(|c| rows.position(c).is_none())
    {
        return Err(broken(format!("the query has no column `{missing}`")));
    }
    let basis = block.basis.unwrap_or(Basis::Unknown);
    Ok(rows
        .rows
        .iter()
        .filter_map(|row| {
            let (text, figures) = template.fill(rows, row)?;
            let subject = subject(rows, row);
            let claim = Claim {
                id: format!("{place}/{}", text::shorten_middle(&subject, 200)),
                key: block.key().to_owned(),
                repo: rows.get(row, "repo").text().map(str::to_owned),
                text,
                figures,
                basis,
                level,
                template: template.source().to_owned(),
                query: sql.to_owned(),
                evidence: Vec::new(),
                n_rows: 0,
                why: block.why.clone(),
                ask: block.ask.clone(),
            };
            Some((claim, subject))
        })
        .collect())
}

/// What a row is about: its `subject`, otherwise its repository, otherwise everything.
fn subject(rows: &Rows, row: &[Cell]) -> String {
    rows.get(row, "subject").text().or_else(|| rows.get(row, "repo").text()).unwrap_or("all").to_owned()
}

fn evidence_of(rows: &Rows, row: &[Cell]) -> Evidence {
    let text = |name: &str| rows.get(row, name).text().map(str::to_owned);
    let line = |name: &str| rows.get(row, name).integer();
    Evidence {
        repo: text("repo").unwrap_or_default(),
        commit: text("commit"),
        path: text("path"),
        lines: line("line_start").map(|start| (start, line("line_end").unwrap_or(start).max(start))),
        quote: text("quote").map(|q| text::shorten_end(text::visible(&q).trim(), QUOTE)),
        about: text("about").map(|a| text::shorten_end(text::visible(&a).trim(), QUOTE)),
        from_table: text("from_table").unwrap_or_default(),
    }
}

/// The columns without those that are empty in each row; the first stays, since it names the row.
fn telling(columns: Vec<Column>, rows: &Rows) -> Vec<Column> {
    let says = |column: &Column| {
        column.format == Format::Place
            || rows.position(&column.name).is_none()
            || rows.rows.iter().any(|row| match rows.get(row, &column.name) {
                Cell::Null => false,
                Cell::Text(text) => !text.is_empty(),
                Cell::List(items) => !items.is_empty(),
                _ => true,
            })
    };
    let is_empty = rows.rows.is_empty();
    columns.into_iter().enumerate().filter(|(i, c)| *i == 0 || is_empty || says(c)).map(|(_, c)| c).collect()
}

fn shown_cell(rows: &Rows, row: &[Cell], column: &Column) -> Cell {
    if column.format == Format::Place && rows.position(&column.name).is_none() {
        return rows.get(row, "path").clone();
    }
    rows.get(row, &column.name).clone()
}

fn column(text: &str) -> Result<Column, String> {
    let mut parts = text.split('|').map(str::trim);
    let name = parts.next().unwrap_or_default().to_owned();
    let title = parts.next().map_or_else(|| name.clone(), str::to_owned);
    let format = match parts.next().unwrap_or("plain") {
        "plain" => Format::Plain,
        "percent" => Format::Percent,
        "date" => Format::Date,
        "path" => Format::Path,
        "place" => Format::Place,
        "name" => Format::Name,
        "text" => Format::Text,
        "basis" => Format::Basis,
        "kind" => Format::Kind,
        other => return Err(format!("column `{text}` has a format we do not know: `{other}`")),
    };
    Ok(Column { name, title, format })
}

/// `@tables` stands for one row per fact table with its purpose and how many rows it has.
pub(crate) fn expand(sql: &str) -> String {
    if !sql.contains("@tables") {
        return sql.to_owned();
    }
    let mut union = String::new();
    for (position, spec) in tables::ALL.iter().enumerate() {
        let glue = if position == 0 { "" } else { "\nunion all " };
        let purpose = spec.purpose.replace('\'', "''");
        // Writing to a String cannot fail.
        let _done = write!(
            union,
            "{glue}select {position} as position, '{0}' as name, '{purpose}' as purpose, {1} as n_columns, count(*) as n_rows from {0}",
            spec.name,
            spec.columns.len()
        );
    }
    sql.replace("@tables", &format!("({union}\n)"))
}

fn insert_note(blocks: &mut Vec<Block>, left: usize) {
    let last = blocks.iter().rposition(|b| matches!(b, Block::Claim(Claim { level: Level::Attention, .. })));
    if let (Some(last), 1..) = (last, left) {
        blocks.insert(last + 1, Block::Note(format!("{left} more of this kind are in the sections below.")));
    }
}

/// A heading with nothing under it is left out.
fn drop_empty_headings(blocks: &mut Vec<Block>) {
    let heading = |block: &Block| matches!(block, Block::Heading(_));
    let empty: Vec<bool> =
        (0..blocks.len()).map(|i| heading(&blocks[i]) && blocks.get(i + 1).is_none_or(heading)).collect();
    let mut at = 0;
    blocks.retain(|_| {
        at += 1;
        !empty[at - 1]
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_nothing_our_sections_say_nothing() {
        let session = Session::of_batches(Vec::new()).expect("a session");
        let mut talkative = Vec::new();
        for file in crate::section::all().expect("our sections") {
            for block in file.blocks.iter().filter(|b| b.claim.is_some()) {
                let sql = expand(&file.sql(&block.query));
                let rows = Engine::over(&session).rows(&sql, "a test").expect("an answer");
                if sightline_measure::asks_of_nothing(&session, &sql) && !rows.rows.is_empty() {
                    talkative.push(format!("{}/{}", file.id, block.key()));
                }
            }
        }
        // The first counts files, and where none was read it has nothing to say either; the second counts all tables.
        assert_eq!(talkative, ["data/none", "tables/count"]);
    }
}
