//! The fields between `---` (YAML) or `+++` (TOML) lines at the top of a document.
//!
//! Only plain `key: value` lines of the first level are read: the four fields that we use are never written otherwise.

/// The fields we use, as written, with the line of those that are shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct FrontMatter<'a> {
    pub(super) title: Option<(&'a str, usize)>,
    pub(super) description: Option<(&'a str, usize)>,
    pub(super) status: Option<&'a str>,
    pub(super) date: Option<&'a str>,
}

/// Longer blocks between two rules are text.
const MAX_LINES: usize = 200;

/// Splits the fields from the text; also says on which line the text begins.
pub(super) fn split(text: &str) -> (FrontMatter<'_>, &str, usize) {
    let none = (FrontMatter::default(), text, 1);
    let Some(fence) = text.lines().next().map(str::trim_end) else { return none };
    let separator = match fence {
        "---" => ':',
        "+++" => '=',
        _ => return none,
    };
    let mut front = FrontMatter::default();
    let mut at = 0;
    let mut has_field = false;
    for (i, line) in text.split_inclusive('\n').enumerate().take(MAX_LINES) {
        at += line.len();
        if i == 0 {
            continue;
        }
        let content = line.trim_end();
        if content == fence || (fence == "---" && content == "...") {
            return if has_field || i == 1 { (front, &text[at..], i + 2) } else { none };
        }
        let Some((key, value)) = content.split_once(separator) else { continue };
        has_field = true;
        if key.starts_with([' ', '\t']) {
            continue;
        }
        let value = unquote(value.trim());
        if value.is_empty() || matches!(value, ">" | "|" | ">-" | "|-") {
            continue;
        }
        match key.trim().to_ascii_lowercase().as_str() {
            "title" => front.title = Some((value, i + 1)),
            "description" | "summary" => front.description = Some((value, i + 1)),
            "status" => front.status = Some(value),
            "date" => front.date = Some(value),
            _ => {}
        }
    }
    none
}

fn unquote(value: &str) -> &str {
    let inner = |quote: char| value.strip_prefix(quote).and_then(|v| v.strip_suffix(quote));
    inner('"').or_else(|| inner('\'')).unwrap_or(value)
}
