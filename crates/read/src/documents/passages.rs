//! What a document says about the topics that people ask about: passages of its own words, and the settings it
//! describes.
//!
//! A passage is a paragraph, a short list with the line that leads to it, or some rows of a table. Only words that
//! `verify` finds again in the cited lines are kept.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;
use sightline_facts::tables::{passages::PassageRow, settings::SettingRow};

use super::blocks::{Block, BlockKind};
use super::prose;
use super::topics::TOPICS;
use crate::file::FileInput;
use crate::rows::SourceRows;
use crate::text::holds_words;

/// Characters of a passage; as much as a reader takes in at once.
const LONGEST: usize = 520;
/// Characters of a list with the line that leads to it: cut short it would lose what the line promises.
const LONGEST_LIST: usize = 900;
/// Characters of an item that may stand together with others in one passage.
const SHORT_ITEM: usize = 170;
/// Passages of a topic that one document gives, the best ones.
const MOST_OF_TOPIC: usize = 40;
/// Releases whose notes are kept, and notes of each.
const MOST_RELEASES: usize = 30;
const MOST_NOTES: usize = 80;
/// Settings that one document gives.
const MOST_SETTINGS: usize = 1_000;

/// Some blocks that belong together.
struct Passage {
    heading: String,
    text: String,
    first: usize,
    last: usize,
    /// Items of a list that no line leads to: each speaks for itself, and so does any run of them.
    items: Vec<Item>,
}

#[derive(Clone)]
struct Item {
    text: String,
    first: usize,
    last: usize,
}

/// Adds rows of `passages` and `settings`.
pub(super) fn read(file: &FileInput<'_>, kind: &str, blocks: &[Block], rows: &mut SourceRows) {
    let lines: Vec<&str> = file.text.split('\n').collect();
    // The text of a licence is the same everywhere.
    let name = file.name().to_ascii_lowercase();
    if ["license", "licence", "copying", "unlicense"].iter().any(|beginning| name.starts_with(beginning)) {
        return;
    }
    if kind == "changelog" {
        release_notes(file, &lines, blocks, rows);
        return;
    }
    let passages = passages(blocks);
    push_topics(file, kind, &lines, &passages, rows);
    push_questions(file, kind, &lines, blocks, rows);
    push_settings(file, &lines, blocks, rows);
}

fn held(lines: &[&str], first: usize, last: usize, quote: &str) -> bool {
    lines.get(first.saturating_sub(1)..last.min(lines.len())).is_some_and(|cited| holds_words(&cited.join("\n"), quote))
}

fn push_topics(file: &FileInput<'_>, kind: &str, lines: &[&str], passages: &[Passage], rows: &mut SourceRows) {
    let stem = file.name().split('.').next().unwrap_or_default().replace(['-', '_'], " ");
    let mut found: Vec<(usize, &str, i64, Option<Passage>)> = Vec::new();
    for (place, passage) in passages.iter().enumerate() {
        // Descriptions of settings are rows of `settings`; here they would push everything else aside.
        let names = |text: &str| NAME.find(text).is_some_and(|name| name.start() == 0);
        if names(&passage.text) || names(passage.heading.rsplit(" › ").next().unwrap_or_default()) {
            continue;
        }
        for (topic, score) in TOPICS.of(&stem, &passage.heading, &passage.text) {
            match runs(&stem, topic, passage) {
                Some(runs) => found.extend(runs.into_iter().map(|(run, score)| (place, topic, score, Some(run)))),
                None => found.push((place, topic, score, None)),
            }
        }
    }
    // The best of each topic, then in the order of the document again.
    let first = |at: usize, run: &Option<Passage>| run.as_ref().unwrap_or(&passages[at]).first;
    found.sort_by_key(|(at, topic, score, run)| (*topic, -score, *at, first(*at, run)));
    let mut kept = Vec::new();
    let mut n = 0;
    let mut last = "";
    for one in found {
        n = if one.1 == last { n + 1 } else { 1 };
        last = one.1;
        if n <= MOST_OF_TOPIC {
            kept.push(one);
        }
    }
    kept.sort_by_key(|(at, topic, _, run)| (*at, first(*at, run), *topic));
    for (place, topic, score, run) in kept {
        let passage = run.as_ref().unwrap_or(&passages[place]);
        if held(lines, passage.first, passage.last, &passage.text) {
            push(file, kind, topic, (passage, score, place), rows);
        }
    }
}

/// Of a list that speaks of many things, the runs of items that speak of the topic; `None` where the list belongs together
/// or all of it is about the topic.
fn runs(stem: &str, topic: &str, passage: &Passage) -> Option<Vec<(Passage, i64)>> {
    if passage.items.len() < 2 || TOPICS.keeps_lists(topic) {
        return None;
    }
    let speaks: Vec<bool> =
        passage.items.iter().map(|item| TOPICS.is_named(topic, &passage.heading, &item.text)).collect();
    let n = speaks.iter().filter(|speaks| **speaks).count();
    if n * 10 >= speaks.len() * 7 {
        return None;
    }
    let mut out = Vec::new();
    let mut at = 0;
    while at < speaks.len() {
        let end = at + speaks[at..].iter().take_while(|speaks| **speaks).count();
        if end == at {
            at += 1;
            continue;
        }
        let run = joined(&passage.heading, &passage.items[at..end]);
        let score = TOPICS.of(stem, &run.heading, &run.text).into_iter().find(|(id, _)| *id == topic);
        if let Some((_, score)) = score.filter(|_| run.text.split_whitespace().count() >= 3) {
            out.push((run, score));
        }
        at = end;
    }
    // Words that are scattered over a list make no passage, unless the heading says what it is about.
    (!out.is_empty() || !TOPICS.is_headed(topic, &passage.heading)).then_some(out)
}

fn joined(heading: &str, items: &[Item]) -> Passage {
    Passage {
        heading: heading.to_owned(),
        text: items.iter().map(|item| item.text.as_str()).collect::<Vec<_>>().join(" · "),
        first: items.first().map_or(1, |item| item.first),
        last: items.last().map_or(1, |item| item.last),
        items: Vec::new(),
    }
}

fn push(
    file: &FileInput<'_>,
    document: &str,
    topic: &str,
    (passage, score, place): (&Passage, i64, usize),
    rows: &mut SourceRows,
) {
    rows.passages.push(&PassageRow {
        repo: file.repo,
        commit: file.commit,
        path: file.path,
        line_start: super::count(passage.first),
        line_end: super::count(passage.last),
        topic,
        heading: (!passage.heading.is_empty()).then_some(passage.heading.as_str()),
        quote: &passage.text,
        score,
        place: super::count(place + 1),
        document,
        ..PassageRow::default()
    });
}

/// Headings that ask a question, with the first words below them: pages of questions answer what people really ask.
fn push_questions(file: &FileInput<'_>, kind: &str, lines: &[&str], blocks: &[Block], rows: &mut SourceRows) {
    for (i, block) in blocks.iter().enumerate() {
        if !block.is_heading() || !block.text.ends_with('?') || block.text.len() < 12 {
            continue;
        }
        let Some(answer) = blocks[i + 1..].iter().take_while(|b| !b.is_heading()).find(|b| prose::says_something(b))
        else {
            continue;
        };
        let text = prose::cut(&answer.text, LONGEST).into_owned();
        if held(lines, answer.first, answer.last, &text) {
            let passage = Passage {
                heading: prose::cut(&block.text, 160).into_owned(),
                text,
                first: block.first,
                last: answer.last,
                items: Vec::new(),
            };
            push(file, kind, "question", (&passage, 1, i), rows);
        }
    }
}

/// Passages in the order of the document.
fn passages(blocks: &[Block]) -> Vec<Passage> {
    let mut out = Vec::new();
    let mut trail: Vec<(u8, &str)> = Vec::new();
    let mut at = 0;
    while at < blocks.len() {
        let block = &blocks[at];
        if let BlockKind::Heading(level) = block.kind {
            trail.retain(|(outer, _)| *outer < level);
            trail.push((level, &block.text));
            at += 1;
            continue;
        }
        let mut text = plain(&block.text).into_owned();
        let mut end = at + 1;
        let leads = is_prose(block.kind) && text.ends_with(':') && text.len() < LONGEST / 2;
        let is_short = is_item(block.kind) && text.len() <= SHORT_ITEM;
        let mut items = vec![Item { text: text.clone(), first: block.first, last: block.last }];
        // Items of one list; a table below a list is another matter.
        let listed = if leads { blocks.get(end).map_or(block.kind, |first| first.kind) } else { block.kind };
        while (leads || is_short)
            && let Some(next) = blocks.get(end)
            && is_item(next.kind)
            && next.kind == listed
            && (leads || names_setting(next) == names_setting(block))
            && (leads || next.text.len() <= SHORT_ITEM)
        {
            let item = plain(&next.text);
            // Of a list that something leads to each item says its first sentence, so that the list is whole.
            let item = if leads { prose::first_sentence(&item, SHORT_ITEM) } else { item.as_ref() };
            let most = if leads { LONGEST_LIST } else { LONGEST };
            if text.len() + item.len() + 3 > most {
                break;
            }
            text.push_str(if leads && end == at + 1 { " " } else { " · " });
            text.push_str(item);
            items.push(Item { text: item.to_owned(), first: next.first, last: next.last });
            end += 1;
        }
        let last = blocks[end - 1].last;
        // What a line leads to may be code, which is no passage; then what stands before it must do.
        let text = if text.ends_with(':') && text.len() > 1 { prose::without_lead(&text).to_owned() } else { text };
        let linked: usize = blocks[at..end].iter().map(|b| b.linked).sum();
        let is_menu = linked * 10 > text.len() * 9 && (!is_item(block.kind) || end - at > 2);
        if text.split_whitespace().count() >= 3 && !is_menu && !is_markup(&text) && !is_address(&text) {
            // The title of a document says nothing that its path does not.
            let shown: Vec<&str> = trail.iter().filter(|(level, _)| *level > 1).map(|(_, text)| *text).collect();
            let heading = shown[shown.len().saturating_sub(2)..].join(" › ");
            let title = trail.iter().find(|(level, _)| *level == 1).map_or("", |(_, text)| *text);
            let heading =
                if heading.is_empty() && trail.len() == 1 && blocks.len() > 1 { title.to_owned() } else { heading };
            let most = if leads { LONGEST_LIST } else { LONGEST };
            out.push(Passage {
                heading: prose::cut(&heading, 160).into_owned(),
                text: prose::cut(&text, most).into_owned(),
                first: block.first,
                last,
                items: if is_short && items.len() > 1 { items } else { Vec::new() },
            });
        }
        at = end;
    }
    out
}

/// Words without the marks of definition lists, of boxes such as `:::tip[Note]` and `!!! note`, of attributes such as
/// `{target="_blank"}`, and of links.
fn plain(text: &str) -> Cow<'_, str> {
    let text = text.trim_start_matches(": ");
    let boxed = text.strip_prefix(":::").map(|rest| rest.trim_end_matches(':').trim());
    let boxed = boxed.or_else(|| text.strip_prefix("!!! ").or_else(|| text.strip_prefix("??? ")));
    let text = boxed.map_or(text, |rest| BOX.find(rest).map_or(rest, |name| &rest[name.end()..]));
    if !text.contains("](") && !text.contains("{:") && !text.contains("{#") && !text.contains("{.") {
        return Cow::Borrowed(text);
    }
    // Inside a box that is indented, the parser takes links for plain text.
    Cow::Owned(LINK.replace_all(&ATTRIBUTES.replace_all(text, ""), "$1").into_owned())
}

static LINK: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\[([^\[\]]+)\]\([^()\s]*\)").expect("the pattern is ours"));

static BOX: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i)^ *(note|tip|info|warning|danger|caution|important|attention|hint|example|success|question|failure|bug|quote|abstract|details)\b(\[[^\]]*\]| *"[^"]*")?[ :]*"#)
        .expect("the pattern is ours")
});
static ATTRIBUTES: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\{[:#.][^{}]*\}").expect("the pattern is ours"));

/// An address with hardly a word beside it.
fn is_address(text: &str) -> bool {
    text.contains("://") && text.split_whitespace().filter(|word| !word.contains("://")).count() < 6
}

/// Code and elements of pages that stand where prose is expected: inside tabs, or indented.
fn is_markup(text: &str) -> bool {
    ["```", "<img", "style={", "](http", "className="].iter().any(|mark| text.contains(mark))
}

/// Settings and other items do not share a passage.
fn names_setting(block: &Block) -> bool {
    is_item(block.kind) && NAME.find(&block.text).is_some_and(|name| name.start() == 0)
}

fn is_item(kind: BlockKind) -> bool {
    matches!(kind, BlockKind::ListItem | BlockKind::TableRow)
}

fn is_prose(kind: BlockKind) -> bool {
    matches!(kind, BlockKind::Paragraph | BlockKind::Quote | BlockKind::Admonition)
}

static VERSION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)(?-u:\b)v?\d+\.\d+(\.\d+)?([-.+]\w+)*(?-u:\b)|(?-u:\b)unreleased(?-u:\b)")
        .expect("the pattern is ours")
});

/// What a changelog says of each release, as passages of topic `release` under the heading of that release.
fn release_notes(file: &FileInput<'_>, lines: &[&str], blocks: &[Block], rows: &mut SourceRows) {
    let mut release: Option<(u8, &str)> = None;
    let mut group: Option<&str> = None;
    let (mut n_releases, mut n_notes) = (0, 0);
    for (place, block) in blocks.iter().enumerate() {
        if let BlockKind::Heading(level) = block.kind {
            if VERSION.is_match(&block.text) {
                release = Some((level, &block.text));
                group = None;
                n_releases += 1;
                n_notes = 0;
                if n_releases > MOST_RELEASES {
                    return;
                }
            } else if release.is_some_and(|(outer, _)| level > outer) {
                group = Some(&block.text);
            } else {
                release = None;
            }
            continue;
        }
        let Some((_, name)) = release.filter(|_| n_notes < MOST_NOTES) else { continue };
        // A line that only leads to a list names the group of what follows.
        if is_prose(block.kind) && block.text.ends_with(':') && block.text.len() < 60 {
            group = Some(&block.text);
            continue;
        }
        let text = prose::cut(&block.text, LONGEST).into_owned();
        if block.text.split_whitespace().count() < 2 || !held(lines, block.first, block.last, &text) {
            continue;
        }
        n_notes += 1;
        let heading = match group {
            Some(group) => format!("{} › {}", prose::cut(name, 80), prose::cut(group.trim_end_matches(':'), 60)),
            None => prose::cut(name, 80).into_owned(),
        };
        let passage = Passage { heading, text, first: block.first, last: block.last, items: Vec::new() };
        push(file, "changelog", "release", (&passage, 1, place), rows);
    }
}

static NAME: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+").expect("the pattern is ours"));
static DEFAULT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i)(?-u:\b)defaults?(?: value)?(?: is| are| to|:|=)+ ["'“]?(.{1,60}?)["'”]?(?:[.,;)|]+(?:\s|$)|$)"#)
        .expect("the pattern is ours")
});

fn push_settings(file: &FileInput<'_>, lines: &[&str], blocks: &[Block], rows: &mut SourceRows) {
    let mut seen = BTreeSet::new();
    let mut heading = "";
    let mut mentions = Vec::new();
    for (i, block) in blocks.iter().enumerate() {
        let (form, starts) = match block.kind {
            BlockKind::Heading(_) => ("heading", block.text.as_str()),
            BlockKind::TableRow => ("row", block.text.split(" | ").next().unwrap_or_default()),
            BlockKind::ListItem => ("item", block.text.as_str()),
            _ => ("mention", ""),
        };
        let starts = starts.trim_start_matches(['-', ' ', '$', '`', '*']);
        let named = NAME.find(starts).filter(|m| m.start() == 0);
        match named {
            Some(name) if form == "heading" => {
                let own = |b: &&Block| !b.is_heading() && !names_setting(b);
                let below: Vec<&Block> = blocks[i + 1..].iter().take_while(own).take(4).collect();
                let text = below.iter().map(|b| plain(&b.text)).collect::<Vec<_>>().join(" ");
                let last = below.last().map_or(block.last, |b| b.last);
                setting(file, lines, (name.as_str(), form, ""), (&text, block.first, last), &mut seen, rows);
            }
            Some(name) => {
                setting(
                    file,
                    lines,
                    (name.as_str(), form, heading),
                    (&block.text, block.first, block.last),
                    &mut seen,
                    rows,
                );
            }
            None if form != "heading" => {
                // `<NAME>` and `[NAME]` stand for something that the reader fills in.
                let is_blank = |m: &regex::Match<'_>| block.text[..m.start()].ends_with(['<', '[', '{', '%']);
                let named = NAME.find_iter(&block.text).filter(|m| !is_blank(m));
                mentions.extend(named.map(|m| (m.as_str(), heading, block)));
            }
            None => heading = &block.text,
        }
    }
    // What is only mentioned in running text comes after what is described.
    for (name, heading, block) in mentions {
        setting(file, lines, (name, "mention", heading), (&block.text, block.first, block.last), &mut seen, rows);
    }
}

fn setting<'a>(
    file: &FileInput<'_>,
    lines: &[&str],
    (name, form, heading): (&'a str, &str, &str),
    (text, first, last): (&str, usize, usize),
    seen: &mut BTreeSet<&'a str>,
    rows: &mut SourceRows,
) {
    let quote = prose::cut(text, LONGEST);
    if seen.len() >= MOST_SETTINGS
        || quote.is_empty()
        || is_markup(&quote)
        || !held(lines, first, last, &quote)
        || !seen.insert(name)
    {
        return;
    }
    let default_value = DEFAULT.captures(text).and_then(|c| c.get(1)).map(|m| m.as_str().trim());
    rows.settings.push(&SettingRow {
        repo: file.repo,
        commit: file.commit,
        path: file.path,
        line_start: super::count(first),
        line_end: super::count(last),
        setting: name,
        default_value: default_value.filter(|d| !d.is_empty()),
        topic: TOPICS.of_setting(name, heading, text),
        quote: &quote,
        form,
        ..SettingRow::default()
    });
}
