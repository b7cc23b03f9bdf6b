//! The body of a page: sections, sentences, tables and pictures, the same for the one-file report and for the web app.
//! They differ in where links lead and in how evidence opens.

use std::collections::{BTreeMap, BTreeSet};

use maud::{Markup, PreEscaped, html as markup};
use sightline_facts::secrets::mask;

use crate::cell::Cell;
use crate::document::{
    Basis, Block, Claim, Column, Evidence, Figure, Format, Level, Picture, PictureKind, Report, Section, Table,
};
use crate::glossary::Explainer;
use crate::render::{MOST_SHOWN, Note, csv, marks, note, pictures, place, short, shown, svg, without_commit};
use crate::{address, host, text, words};

/// Rows that go along as CSV behind a table, and the bytes after which even those stop.
const MOST_CSV_BYTES: usize = 400_000;
/// Rows of a table that are open before somebody asks for the rest.
const MOST_OPEN: usize = 12;
/// Letters of the longest first cell that names its row; a longer one is a sentence.
const MOST_NAME: usize = 60;
/// Letters of a place in a table.
const MOST_PLACE: usize = 42;
/// Widths of pictures, in pixels, that are drawn smaller to be seen whole; larger ones would not be read.
const NEAR: std::ops::Range<i32> = 900..1_500;
/// What a page of the web app has room for on most screens.
const ROOM: i32 = 1_000;

/// Where the links of a page lead.
#[derive(Debug, Clone, Copy)]
pub(super) enum Links<'a> {
    /// Inside one file that holds everything.
    File,
    /// To other pages of the web app.
    Served(&'a Served<'a>),
}

/// What links between pages of the web app are made from.
#[derive(Debug, Clone, Copy)]
pub struct Served<'a> {
    /// Address of the page without its query, such as `/map`.
    pub path: &'a str,
    /// Query of the address, such as `of=POST%20%2Forders`; mostly empty.
    pub query: &'a str,
    /// Names of parts of the system, each of which has a page.
    pub parts: &'a BTreeSet<String>,
}

impl Served<'_> {
    /// The address of the page itself.
    fn page(&self) -> String {
        if self.query.is_empty() { self.path.to_owned() } else { format!("{}?{}", self.path, self.query) }
    }

    /// The address of one of its tables as CSV.
    fn csv(&self, table: &str) -> String {
        let glue = if self.query.is_empty() { "" } else { "&" };
        format!("{}.csv?{}{glue}table={}", self.path, self.query, address::encoded(table))
    }
}

pub(super) struct Body<'a> {
    report: &'a Report,
    links: Links<'a>,
    notes: Vec<&'a Claim>,
    /// Distinct queries with the first place that uses each.
    queries: Vec<(String, &'a str)>,
    known: BTreeMap<&'a str, usize>,
    csv_left: usize,
}

impl<'a> Body<'a> {
    pub(super) fn new(report: &'a Report, links: Links<'a>) -> Self {
        Self { report, links, notes: Vec::new(), queries: Vec::new(), known: BTreeMap::new(), csv_left: 3_000_000 }
    }

    pub(super) fn commit(&self) -> String {
        match self.report.sources.as_slice() {
            [one] => one.commit.as_deref().map(|c| format!(", commit {}", short(c))).unwrap_or_default(),
            _ => String::new(),
        }
    }

    /// Where a query can be read: in the appendix, or on the page that asks it again.
    fn query(&mut self, sql: &'a str, place: impl FnOnce() -> String) -> String {
        if let Links::Served(_) = self.links {
            return address::sql(sql);
        }
        let next = self.queries.len() + 1;
        let n = *self.known.entry(sql).or_insert(next);
        if n == next {
            self.queries.push((place(), sql));
        }
        format!("#q{n}")
    }

    pub(super) fn section(&mut self, section: &'a Section) -> Markup {
        let mut explainer = Explainer::default();
        let blocks: Vec<Markup> = section.blocks.iter().map(|b| self.block(section, b, &mut explainer)).collect();
        markup! {
            section class=(if section.id.contains('/') { "sec one" } else { "sec" }) id=(section.id) aria-labelledby={ "h-" (section.id) } {
                @if self.is_served() {
                    // The first page is about the whole, so it bears its name.
                    h1 id={ "h-" (section.id) } { bdi { @if section.id == "start" { (self.report.title()) } @else { (section.title) } } }
                }
                @else { h2 id={ "h-" (section.id) } { bdi { (section.title) } } }
                @if !section.question.is_empty() { p class="q" { (section.question) } }
                @for block in blocks { (block) }
            }
        }
    }

    fn is_served(&self) -> bool {
        matches!(self.links, Links::Served(_))
    }

    fn block(&mut self, section: &'a Section, block: &'a Block, explainer: &mut Explainer) -> Markup {
        match block {
            Block::Heading(heading) if self.is_served() => markup! { h2 class="h3" { (heading) } },
            Block::Heading(heading) => markup! { h3 { (heading) } },
            Block::Note(words) => match note(words) {
                Note::Words(words) => markup! { p class="note" { (ticks(words)) } },
                Note::Commands(_) => markup! {},
                Note::Marks => markup! {
                    ul class="marks" {
                        @for (shape, name, meaning) in marks() {
                            li { span class="sh" aria-hidden="true" { (shape) } b { (name) } ": " (meaning) }
                        }
                    }
                },
            },
            Block::Claim(claim) => self.claim(section, claim, explainer),
            Block::Table(table) => self.table(section, table),
            Block::Picture(picture) => self.picture(section, picture),
        }
    }

    fn claim(&mut self, section: &'a Section, claim: &'a Claim, explainer: &mut Explainer) -> Markup {
        let query = self.query(&claim.query, || format!("{}: {}", section.title, claim.key));
        self.notes.push(claim);
        let n = self.notes.len();
        let sentence = sentence(claim, &query, explainer);
        let label = format!("Evidence {n}, {}", claim.basis.words().to_lowercase());
        // The word joiner keeps the mark on the line of the word before it.
        let mark = markup! {
            "\u{2060}"
            @match self.links {
                Links::File => { button class="ev" popovertarget={ "e" (n) } aria-label=(label) { (n) } }
                Links::Served(to) => {
                    a class="ev" data-panel href=(address::evidence(&claim.id, &to.page())) aria-label=(label) { (n) }
                }
            }
        };
        let shape =
            markup! { span class="sh" title=(claim.basis.words()) aria-hidden="true" { (claim.basis.shape()) } };
        let basis = claim.basis.id();
        match claim.level {
            Level::Top => markup! { p class={ "lead " (basis) } { (sentence) (mark) } },
            Level::Quote => markup! { div class={ "quote " (basis) } { (sentence) (mark) } },
            Level::Fact => markup! { div class={ "c " (basis) } { (shape) p { (sentence) (mark) } (reasons(claim)) } },
            Level::Attention => markup! {
                div class={ "att " (basis) } {
                    span class="sh" aria-hidden="true" { "▲" }
                    p { (sentence) (mark) }
                    (reasons(claim))
                }
            },
        }
    }

    fn table(&mut self, section: &'a Section, table: &'a Table) -> Markup {
        if table.rows.is_empty() {
            return markup! { p class="note" { (table.empty) } };
        }
        let query = self.query(&table.query, || format!("{}: {}", section.title, table.key));
        let right: Vec<bool> = (0..table.columns.len()).map(|c| table.rows.iter().any(|r| r[c].is_number())).collect();
        let total = table.rows.len();
        let shown_rows = total.min(MOST_SHOWN);
        // The first rows are open; what they leave is one click away, without script.
        let open_rows = if shown_rows > MOST_OPEN + MOST_OPEN / 4 { MOST_OPEN } else { shown_rows };
        let id = format!("t-{}-{}", section.id, table.key);
        let csv = match self.links {
            Links::Served(to) => Some(to.csv(&table.key)),
            Links::File if total > shown_rows || table.cut => self.csv(table),
            Links::File => None,
        };
        let left = shown_rows - open_rows;
        // A first column of sentences is set like text, one of names in bold: the same in each row.
        let is_prose = table.columns.first().is_some_and(|c| {
            !matches!(c.format, Format::Name | Format::Path)
                && table.rows.iter().any(|r| text::width(&shown(&r[0], c.format)) > MOST_NAME)
        });
        markup! {
            div class=(if is_prose { "tb prose" } else { "tb" }) {
            // Where the script puts its filter: room that is kept does not move the page under the reader.
            @if left > 0 && self.is_served() { div class="filter" {} }
            div class="tw" role="region" aria-label=(table.caption) tabindex="0" {
                table id=(id) data-open=[(left > 0).then_some(open_rows)] {
                    caption { span { (table.caption) " " small { "(" a class="n" href=(query) { (rows_words(shown_rows, total, table.cut)) } ")" } } }
                    thead { tr { @for (column, right) in table.columns.iter().zip(&right) {
                        th scope="col" class=[right.then_some("r")] { (column.title) }
                    } } }
                    tbody {
                        @for (n, (row, at)) in table.rows.iter().zip(&table.places).take(shown_rows).enumerate() {
                            tr class=[(n >= open_rows).then_some("rest")] { @for i in 0..row.len() {
                                (self.cell(section, table, (row, i), at.as_ref(), right[i]))
                            } }
                        }
                    }
                }
            }
            @if left > 0 || csv.is_some() {
                p class="more" {
                    @if left > 0 {
                        label { input type="checkbox"; " Show all " (words::exact(i64::try_from(shown_rows).unwrap_or(0))) " rows" }
                    }
                    @if let Some(csv) = csv {
                        a download={ (table.key) ".csv" } href=(csv) {
                            @if total > shown_rows || table.cut { "Download more rows as CSV" } @else { "Download as CSV" }
                        }
                    }
                }
            }
            }
        }
    }

    fn cell(
        &self,
        section: &Section,
        table: &Table,
        (row, i): (&[Cell], usize),
        at: Option<&Evidence>,
        right: bool,
    ) -> Markup {
        let (column, cell) = (&table.columns[i], &row[i]);
        if let (Format::Place, Some(at)) = (column.format, at) {
            let inner = self.short_place(at);
            return if i == 0 {
                markup! { th scope="row" { (inner) } }
            } else {
                markup! { td { (inner) } }
            };
        }
        let full = shown(cell, column.format);
        let cut = match column.format {
            Format::Path | Format::Name => text::shorten_middle(&full, 70),
            _ => text::shorten_end(&full, 240),
        };
        let title = (cut != full && full.len() < 400).then_some(full.as_str());
        let wide = !right && text::width(&cut) > 40;
        let class = if right {
            Some("r")
        } else if wide {
            Some("w")
        } else {
            None
        };
        let basis = cell.text().filter(|_| column.format == Format::Basis).and_then(Basis::of);
        let inner = markup! {
            @if column.format == Format::Path { span class="path" title=[title] { bdi { (breakable(&cut)) } } }
            @else if let Some(basis) = basis { span class={ "known " (basis.id()) } { span class="sh" aria-hidden="true" { (basis.shape()) } " " (cut) } }
            @else if right { (cut) }
            @else { bdi title=[title] { (cut) } }
        };
        let inner = match self.target(section, table, row, column) {
            Some(to) => markup! { a href=(to) { (inner) } },
            None => inner,
        };
        if i == 0 {
            markup! { th scope="row" class=[class] { (inner) } }
        } else {
            markup! { td class=[class] { (inner) } }
        }
    }

    /// The page of what a cell names: a part of the system, an endpoint's flow, a table of facts.
    fn target(&self, section: &Section, table: &Table, row: &[Cell], column: &Column) -> Option<String> {
        let Links::Served(to) = self.links else { return None };
        let asks = |what: &str| table.query.contains(what);
        let of = |name: &str| {
            table.columns.iter().position(|c| c.name == name).and_then(|i| row.get(i)).and_then(Cell::text)
        };
        let name = of(&column.name)?;
        match column.name.as_str() {
            "route" if asks("endpoints") => {
                let own = section.id.starts_with("component/").then_some(section.title.as_str());
                // The id of the endpoint, as far as the row shows it.
                let part = of("part").or(own).map(|p| format!("{p}: ")).unwrap_or_default();
                let method = of("how").or_else(|| of("method")).filter(|m| m.bytes().all(|b| b.is_ascii_uppercase()));
                Some(address::flow(
                    format!("{part}{}{name}", method.map(|m| format!("{m} ")).unwrap_or_default()).as_str(),
                ))
            }
            "title" if asks("flows") => Some(address::flow(name)),
            "name" if asks("n_columns") => Some(address::table(name)),
            "metric" if asks("from metrics") => Some(address::metric(name)),
            // What is kept may bear the name of a part.
            "name" if asks("from entities") => None,
            // The same word may be a package elsewhere; a table that asks about parts means the part.
            _ if column.format == Format::Name && asks("components") && to.parts.contains(name) => {
                Some(address::part(name))
            }
            _ => None,
        }
    }

    fn place(&self, at: &Evidence) -> Markup {
        let full = place(at);
        let cut = text::shorten_middle(&full, 64);
        let inner = markup! { span class="path" { bdi { (cut) } } };
        if let (Links::Served(_), Some(lines)) = (self.links, address::code(at)) {
            return markup! { a href=(lines) title=(text::shorten_middle(&full, 300)) { (inner) } };
        }
        if let Some(url) = host::link(self.report.source(&at.repo), at) {
            markup! { a href=(url) rel="noreferrer noopener" title=(text::shorten_middle(&full, 300)) { (inner) } }
        } else {
            markup! { span title=(text::shorten_middle(&full, 300)) { (inner) } }
        }
    }

    /// A place in a table, where the commit of the page need not be said again and the end of a path tells most.
    fn short_place(&self, at: &Evidence) -> Markup {
        let full = place(at);
        let of_page = self.report.source(&at.repo).and_then(|s| s.commit.as_deref());
        let is_same = at.path.is_some() && at.commit.as_deref() == of_page;
        let cut = text::shorten_middle(if is_same { without_commit(&full) } else { &full }, MOST_PLACE);
        let title = text::shorten_middle(&full, 300);
        let inner = markup! { span class="at" { bdi { (breakable(&cut)) } } };
        if let (Links::Served(_), Some(lines)) = (self.links, address::code(at)) {
            return markup! { a href=(lines) title=(title) { (inner) } };
        }
        if let Some(url) = host::link(self.report.source(&at.repo), at) {
            markup! { a href=(url) rel="noreferrer noopener" title=(title) { (inner) } }
        } else {
            markup! { span title=(title) { (inner) } }
        }
    }

    fn picture(&mut self, section: &'a Section, picture: &'a Picture) -> Markup {
        let query = self.query(&picture.query, || format!("{}: {}", section.title, picture.key));
        let lines = (!picture.lines_query.is_empty())
            .then(|| self.query(&picture.lines_query, || format!("{}: {}, lines", section.title, picture.key)));
        let id = format!("p-{}-{}", section.id, picture.key);
        let is_system = picture.kind.is_system();
        // Boxes lead to the pages of their parts.
        let linked = match self.links {
            Links::Served(_) if is_system => Some(linked(picture)),
            _ => None,
        };
        let drawn = linked.as_ref().unwrap_or(picture);
        let width = if is_system { pictures::of(picture).width } else { 0 };
        // What is only a little too wide for its column is made a little smaller rather than moved.
        let class =
            if self.is_served() && NEAR.contains(&width) { Some("near") } else { (width > 1_010).then_some("wide") };
        let twin = if is_system { system_tables(picture) } else { chart_table(picture) };
        markup! {
            figure class=[class] {
                figcaption {
                    (picture.title)
                    small {
                        (picture.description) " " a class="n" href=(query) { "Query" }
                        @if let Some(lines) = lines { ", " a class="n" href=(lines) { "query of the lines" } }
                        "."
                    }
                }
                div class="pic" role="region" aria-label=(picture.title) tabindex="0" { (PreEscaped(svg::svg(drawn, &id))) }
                @if class == Some("near") && width > ROOM {
                    p class="more full" { label { input type="checkbox"; " Full size" } }
                }
                details class="pd" {
                    summary { "The same as a table" }
                    (twin)
                }
            }
        }
    }

    fn csv(&mut self, table: &Table) -> Option<String> {
        let url = data_url(&csv::table_csv(table, MOST_CSV_BYTES));
        if url.len() > self.csv_left {
            return None;
        }
        self.csv_left -= url.len();
        Some(url)
    }

    pub(super) fn end_notes(&self) -> Markup {
        markup! {
            section class={ "endnotes" @if self.is_served() { " paper" } } aria-label="Evidence" {
                h2 class="pages" { "Evidence" }
                ul class="notes" {
                    @for (i, claim) in self.notes.iter().enumerate() { li { (self.end_note(i + 1, claim)) } }
                }
            }
        }
    }

    fn end_note(&self, n: usize, claim: &Claim) -> Markup {
        let left = claim.n_rows - i64::try_from(claim.evidence.len()).unwrap_or(0);
        let query = self.known.get(claim.query.as_str()).copied().unwrap_or(1);
        let is_file = !self.is_served();
        markup! {
            div popover=[is_file.then_some("auto")] class="en" id={ "e" (n) } {
                @if is_file {
                    button class="x foot" popovertarget={ "e" (n) } popovertargetaction="hide" aria-label="Close" { "×" }
                }
                h4 { (n) " · " span aria-hidden="true" { (claim.basis.shape()) } " " (claim.basis.words()) " " }
                p class="say" { bdi { (claim.text) } }
                ol {
                    @for one in &claim.evidence {
                        li {
                            (self.place(one))
                            @if let Some(about) = &one.about { " (" bdi { (about) } ")" }
                            @if let Some(quote) = &one.quote { blockquote { bdi { (mask(quote)) } } }
                        }
                    }
                    @if left > 0 { li { "and " (words::exact(left)) " more" } }
                }
                p class="foot" { (claim.basis.meaning()) }
                @if is_file { p class="foot" { a href={ "#q" (query) } { "Show the query" } } }
            }
        }
    }

    pub(super) fn appendix(&self) -> Markup {
        markup! {
            section class="sec sql" id="evidence-queries" aria-labelledby="h-queries" {
                h2 id="h-queries" { "Queries" }
                p class="q" { "Which question to the facts gave each figure?" }
                p class="note" { "Run any of them with " code { "sightline sql" } ", change it, and run it again." }
                @for (i, (place, sql)) in self.queries.iter().enumerate() {
                    h3 id={ "q" (i + 1) } { (i + 1) ". " (place) }
                    pre { code { (sql) } }
                }
            }
        }
    }
}

/// The picture with each box leading to the page of its part.
fn linked(picture: &Picture) -> Picture {
    let mut picture = picture.clone();
    for part in &mut picture.system.parts {
        part.href = Some(address::part(&part.name));
    }
    picture
}

/// The marks of a chart as a table.
fn chart_table(picture: &Picture) -> Markup {
    let scatter = picture.kind == PictureKind::Scatter;
    markup! {
        div class="tw" {
            table {
                caption { (picture.title) }
                thead { tr {
                    th scope="col" { "Name" }
                    th scope="col" class="r" { (picture.x_title) }
                    @if scatter { th scope="col" class="r" { (picture.y_title) } }
                } }
                tbody { @for mark in picture.marks.iter().take(60) {
                    tr {
                        th scope="row" { bdi { (mark.label) } }
                        td class="r" { (figure(mark.x, picture.format)) }
                        @if scatter { td class="r" { (figure(mark.y, Format::Plain)) } }
                    }
                } }
            }
        }
    }
}

/// The boxes, lines or steps of a picture of the system as tables.
fn system_tables(picture: &Picture) -> Markup {
    let drawn = &picture.system;
    let name = |id: &str| drawn.parts.iter().find(|p| p.id == id).map_or_else(|| id.to_owned(), |p| p.name.clone());
    let cut = |words: &str| text::shorten_end(&text::visible(words), 160);
    let rest = |n: usize| n.saturating_sub(MOST_SHOWN);
    let table = |caption: String, heads: &[&str], rows: Vec<Vec<String>>, left: usize| {
        markup! {
            div class="tw" {
                table {
                    caption { (caption) }
                    thead { tr { @for head in heads { th scope="col" { (head) } } } }
                    tbody { @for row in rows { tr { @for (i, words) in row.iter().enumerate() {
                        @if i == 0 { th scope="row" { bdi { (words) } } } @else { td { bdi { (words) } } }
                    } } } }
                }
            }
            @if left > 0 { p class="more" { (words::exact(i64::try_from(left).unwrap_or(0))) " more rows are in the facts." } }
        }
    };
    if picture.kind == PictureKind::Lanes {
        let mut steps: Vec<_> = drawn.steps.iter().collect();
        steps.sort();
        let left = rest(steps.len());
        let rows = steps.into_iter().take(MOST_SHOWN).map(|s| {
            let how = if s.is_gap {
                "not followed"
            } else if s.is_async {
                "later"
            } else {
                "at once"
            };
            vec![s.number.to_string(), cut(&s.from), cut(&s.to), cut(&s.label), how.to_owned()]
        });
        return table(picture.title.clone(), &["Step", "From", "To", "What", "When"], rows.collect(), left);
    }
    let mut parts: Vec<_> = drawn.parts.iter().collect();
    parts.sort_by_key(|p| (&p.name, &p.id));
    let part_rows = parts.iter().take(MOST_SHOWN).map(|p| {
        let kind = pictures::kind_words(&p.kind);
        vec![cut(&p.name), cut(kind), cut(p.area.as_deref().unwrap_or("–")), cut(p.purpose.as_deref().unwrap_or("–"))]
    });
    let mut lines: Vec<Vec<String>> = drawn
        .lines
        .iter()
        .map(|l| {
            let how = l.label.as_deref().unwrap_or(&l.kind);
            let how = if l.is_async { format!("{how}, does not wait") } else { how.to_owned() };
            vec![cut(&name(&l.from)), cut(&name(&l.to)), cut(&how), l.basis.words().to_owned()]
        })
        .collect();
    lines.sort();
    let left = rest(lines.len());
    lines.truncate(MOST_SHOWN);
    markup! {
        (table("Lines".to_owned(), &["From", "To", "How", "Known by"], lines, left))
        (table("Boxes".to_owned(), &["Name", "Kind", "Area", "What it is"], part_rows.collect(), rest(parts.len())))
    }
}

fn figure(value: f64, format: Format) -> String {
    if format == Format::Percent { words::percent(value) } else { words::decimal(value, 1) }
}

fn rows_words(shown: usize, total: usize, cut: bool) -> String {
    let number = |n: usize| words::exact(i64::try_from(n).unwrap_or(i64::MAX));
    match (shown == total, cut) {
        (true, false) if total == 1 => "1 row".to_owned(),
        (true, false) => format!("{} rows", number(total)),
        (_, false) => format!("{} of {} rows", number(shown), number(total)),
        (_, true) => format!("{} of more than {} rows", number(shown), number(total)),
    }
}

fn reasons(claim: &Claim) -> Markup {
    markup! {
        @if let Some(why) = &claim.why { p class="why" { b { "Why it matters: " } (ticks(why)) } }
        @if let Some(ask) = &claim.ask { p class="why" { b { "Ask the team: " } (ticks(ask)) } }
    }
}

/// A path that may go on in the next line after each folder.
fn breakable(path: &str) -> Markup {
    markup! { @for part in path.split_inclusive('/') { (part) wbr; } }
}

/// Text of ours in which back-ticks set code.
fn ticks(text: &str) -> Markup {
    markup! {
        @for (i, part) in text.split('`').enumerate() {
            @if i % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

/// The sentence with its figures linked to their query and its terms explained.
fn sentence(claim: &Claim, query: &str, explainer: &mut Explainer) -> Markup {
    let mut at = 0;
    let mut parts = Vec::new();
    for figure in &claim.figures {
        if figure.at.start < at || claim.text.get(at..figure.at.end).is_none() {
            continue;
        }
        parts.push(explained(&claim.text[at..figure.at.start], explainer));
        parts.push(value(figure, &claim.text[figure.at.clone()], query, explainer));
        at = figure.at.end;
    }
    parts.push(explained(claim.text.get(at..).unwrap_or_default(), explainer));
    markup! { @for part in parts { (part) } }
}

fn value(figure: &Figure, shown: &str, query: &str, explainer: &mut Explainer) -> Markup {
    if figure.is_number() {
        // A count carries its noun, which may be a term.
        let digits = shown.find(' ').filter(|_| figure.kind == "count").unwrap_or(shown.len());
        let exact = figure.value.as_i64().map(|v| format!("exactly {}", words::exact(v)));
        return markup! {
            a class="n" href=(query) title=[exact] { (&shown[..digits]) } (explained(&shown[digits..], explainer))
        };
    }
    if figure.kind == "path" {
        return markup! { span class="path" { bdi { (shown) } } };
    }
    markup! { bdi { (shown) } }
}

fn explained(text: &str, explainer: &mut Explainer) -> Markup {
    let found = explainer.find(text);
    let mut at = 0;
    let mut parts = Vec::new();
    for (range, means) in found {
        let (before, word) = (&text[at..range.start], &text[range.clone()]);
        parts.push(markup! { (before) abbr tabindex="0" data-means=(means) { (word) } });
        at = range.end;
    }
    let rest = &text[at..];
    markup! { @for part in parts { (part) } (rest) }
}

fn data_url(text: &str) -> String {
    let mut out = String::from("data:text/csv;charset=utf-8,");
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b",-._/:;@()+=!*$ |".contains(&byte) && byte != b' ' {
            out.push(char::from(byte));
        } else {
            out.push('%');
            for half in [byte >> 4, byte & 15] {
                out.push(char::from_digit(u32::from(half), 16).unwrap_or('0').to_ascii_uppercase());
            }
        }
    }
    out
}
