//! What people correct of the map: the form, and the list of what `sightline.toml` says.

use std::collections::BTreeMap;

use axum::Form as Sent;
use axum::response::Response;
use maud::{Markup, html};
use sightline_map::Says;
use sightline_scan::corrections::{self, Of, Said};
use sightline_tell::{address, text};

use crate::ask::Ask;
use crate::facts::Facts;
use crate::guard;
use crate::reply::{self, Trouble};
use crate::shell::Page;

/// Kinds that a part may be said to be; the words of table `components`.
const KINDS: [&str; 16] = [
    "service",
    "web",
    "app",
    "gateway",
    "job",
    "database",
    "cache",
    "search",
    "storage",
    "broker",
    "registry",
    "config",
    "auth",
    "monitoring",
    "tool",
    "external",
];

/// Names of parts that a form offers; others can be typed.
const MOST_OFFERED: usize = 300;

/// A form that corrects a part. Without a name it asks for one.
pub(crate) fn form(ask: &Ask, name: &str, kind: &str) -> Markup {
    if !ask.visitor.may_edit() {
        return html! { p class="note" { "You came in as a reader. An editor can correct this, or you can: in " code { "sightline.toml" } " of the workspace." } };
    }
    let back = if ask.get("panel") == "1" || ask.path == "/evidence" { ask.get("on") } else { &ask.path };
    html! {
        form class="fix" method="post" action="/corrections" {
            input type="hidden" name="csrf" value=(ask.visitor.csrf);
            input type="hidden" name="back" value=(back);
            @if name.is_empty() {
                label { "Part" input name="name" required maxlength="200"; }
            } @else {
                input type="hidden" name="name" value=(name);
                p { "What is true of " b { bdi { (text::visible(name)) } } "? Fill in only what is wrong." }
            }
            label { "Its name" input name="rename" maxlength="200"; }
            label { "Its kind"
                select name="kind" {
                    option value="" { "as it is" @if !kind.is_empty() { " (" (text::visible(kind)) ")" } }
                    @for kind in KINDS { option value=(kind) { (kind) } }
                }
            }
            label { "What it does" input name="describe" maxlength="300"; }
            label { "Looked after by" input name="owner" maxlength="200"; }
            label { "Area" input name="area" maxlength="200"; }
            label class="check" { input type="checkbox" name="hide" value="1"; " It is no part of the system" }
            button { "Write it to sightline.toml" }
        }
    }
}

/// What a connection may be said to be: the words of table `connections`, and what people call it.
const WAYS: [(&str, &str); 6] = [
    ("sync", "asks and waits for an answer"),
    ("async", "sends messages and does not wait"),
    ("data", "reads or writes data"),
    ("config", "takes its settings from it"),
    ("registration", "registers there"),
    ("monitoring", "reports measurements"),
];

/// A form that hides, adds or describes a connection of a part.
pub(crate) fn connection_form(ask: &Ask, facts: &Facts, part: &str) -> Markup {
    if !ask.visitor.may_edit() {
        return html! {};
    }
    let others = || facts.parts.iter().filter(|p| *p != part).take(MOST_OFFERED);
    html! {
        form class="fix" method="post" action="/corrections" {
            input type="hidden" name="csrf" value=(ask.visitor.csrf);
            input type="hidden" name="of" value="connection";
            p { "A connection goes from the part that starts it. One that is not on the map yet is added." }
            label { "From" input name="from" list="part-names" required maxlength="200" value=(part) autocomplete="off"; }
            label { "To" input name="to" list="part-names" required maxlength="200" autocomplete="off"; }
            label { "What happens, such as \u{201c}asks for prices\u{201d}" input name="what" maxlength="300"; }
            label { "Its kind"
                select name="kind" {
                    option value="" { "as it is" }
                    @for (kind, words) in WAYS { option value=(kind) { (words) } }
                }
            }
            label class="check" { input type="checkbox" name="hide" value="1"; " This connection is not there" }
            button { "Write it to sightline.toml" }
            datalist id="part-names" {
                option value=(part) {}
                @for name in others() { option value=(name) {} }
            }
        }
    }
}

/// Takes a correction.
pub(crate) async fn write(ask: Ask, Sent(form): Sent<BTreeMap<String, String>>) -> Response {
    ask.blocking(move |ask| match taken(ask, &form) {
        Ok(line) => reply::see(&format!("/corrections?written={line}")),
        Err(trouble) => reply::trouble(ask, ask.app.door.facts().ok().as_deref(), &trouble),
    })
    .await
}

/// Whether somebody may send a form that changes something.
pub(crate) fn may(ask: &Ask, form: &BTreeMap<String, String>) -> Result<(), Trouble> {
    if !guard::is_ours(&ask.visitor, form) {
        return Err(Trouble::Refused(
            "the form does not come from a page of this server\nhelp: load the page again and send it from there"
                .to_owned(),
        ));
    }
    if !ask.visitor.may_edit() {
        return Err(Trouble::Refused("you came in as a reader, who may look and ask but change nothing".to_owned()));
    }
    Ok(())
}

fn taken(ask: &Ask, form: &BTreeMap<String, String>) -> Result<usize, Trouble> {
    may(ask, form)?;
    let field = |name: &str| form.get(name).map(|v| v.trim().to_owned()).unwrap_or_default();
    let by = format!("said by {} in the web app", text::visible(&ask.visitor.name));
    if field("of") == "connection" {
        let said = Said {
            of: Of::Connection(field("from"), field("to")),
            texts: ["what", "kind"].map(|key| (key, field(key))).to_vec(),
            hide: field("hide") == "1",
            by,
        };
        let facts = ask.app.door.facts()?;
        known_connection(&facts, &said)?;
        return Ok(corrections::write(ask.app.workspace.root(), &said)?);
    }
    let texts = ["rename", "kind", "describe", "owner", "area"].map(|key| (key, field(key))).to_vec();
    let kind = field("kind");
    if !kind.is_empty() && !KINDS.contains(&kind.as_str()) {
        return Err(Trouble::Wrong(format!("there is no kind of part called `{}`", text::shorten_end(&kind, 40))));
    }
    let said = Said { of: Of::Component(field("name")), texts, hide: field("hide") == "1", by };
    Ok(corrections::write(ask.app.workspace.root(), &said)?)
}

/// Whether a connection can be meant: both ends are parts, and its kind is one there is.
fn known_connection(facts: &Facts, said: &Said) -> Result<(), Trouble> {
    let Of::Connection(from, to) = &said.of else { return Ok(()) };
    for end in [from, to] {
        if !facts.parts.contains(end) {
            return Err(Trouble::Wrong(format!(
                "no part of the system is called `{}`\nhelp: the map lists all parts; a new one is written as `[[component]]` with `add = true`",
                text::shorten_middle(&text::visible(end), 100)
            )));
        }
    }
    let kind = said.texts.iter().find(|(key, _)| *key == "kind").map(|(_, kind)| kind.as_str()).unwrap_or_default();
    if from == to || !kind.is_empty() && !WAYS.iter().any(|(known, _)| *known == kind) {
        return Err(Trouble::Wrong(
            "a connection leads from one part to another, and has a kind of the list".to_owned(),
        ));
    }
    Ok(())
}

/// What is corrected.
pub(crate) async fn list(ask: Ask) -> Response {
    ask.facts(|facts, ask| {
        let found = sightline_scan::settings::corrections(ask.app.workspace.root())?;
        let written = ask.number("written");
        let main = html! {
            h1 { "Corrections" }
            p class="q" { "What have people corrected of the map?" }
            @if let Some(line) = written {
                div class="att good" role="status" {
                    span class="sh" aria-hidden="true" { "■" }
                    p { "Written to " code { "sightline.toml" } ", line " (line) ". The next scan applies it." }
                    (super::scan::button(ask))
                }
            }
            @if found.is_empty() {
                p class="lead" { "Nothing has been corrected." }
                p class="note" { "On the page of a part, \"Is something here wrong?\" writes a correction to " code { "sightline.toml" } ". It is applied at each scan and shown as said by people." }
            } @else {
                p class="lead" { (found.len()) @if found.len() == 1 { " correction stands" } @else { " corrections stand" } " in sightline.toml." }
                div class="tw" role="region" aria-label="Corrections" tabindex="0" {
                    table {
                        caption { "Corrections, in the order of the file." }
                        thead { tr { th scope="col" { "About" } th scope="col" { "What is said" } th scope="col" { "Where" } } }
                        tbody { @for one in &found { tr {
                            th scope="row" { (about(&one.says)) }
                            td { bdi { (text::shorten_end(&text::visible(&what(&one.says)), 300)) } }
                            td { a href=(address::code(&place(one)).unwrap_or_default()) class="path" { "sightline.toml:" (one.lines.0) } }
                        } } }
                    }
                }
                p class="note" { "To take one back, remove its lines from the file; the next scan follows." }
            }
        };
        Ok(reply::page(ask, Some(facts), &Page { title: "Corrections".to_owned(), room: "/corrections", main, ..Page::default() }))
    })
    .await
}

fn place(one: &sightline_map::Correction) -> sightline_tell::document::Evidence {
    sightline_tell::document::Evidence {
        repo: sightline_map::WORKSPACE.to_owned(),
        path: Some(one.file.clone()),
        lines: Some(one.lines),
        ..sightline_tell::document::Evidence::default()
    }
}

fn about(says: &Says) -> Markup {
    html! {
        @match says {
            Says::Component { name, .. } => { a href=(address::part(name)) { bdi { (text::visible(name)) } } }
            Says::Connection { from, to, .. } => { bdi { (text::visible(from)) } " → " bdi { (text::visible(to)) } }
        }
    }
}

fn what(says: &Says) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut say = |word: &str, value: &Option<String>| {
        if let Some(value) = value {
            parts.push(format!("{word} {value}"));
        }
    };
    match says {
        Says::Component { rename, kind, describe, owner, area, merge, hide, add, .. } => {
            say("is called", rename);
            say("is a", kind);
            say("does:", describe);
            say("is looked after by", owner);
            say("belongs to", area);
            if !merge.is_empty() {
                parts.push(format!("is the same as {}", merge.join(", ")));
            }
            if *hide {
                parts.push("is no part of the system".to_owned());
            }
            if *add {
                parts.push("exists".to_owned());
            }
        }
        Says::Connection { what, kind, hide, .. } => {
            say("does:", what);
            say("is a", kind);
            parts.push(if *hide { "is not there" } else { "exists" }.to_owned());
        }
    }
    parts.join("; ")
}
