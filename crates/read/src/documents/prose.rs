//! Which paragraph tells a newcomer what this is? Judged on blocks, whatever the markup was.

use std::borrow::Cow;

use super::blocks::{Block, BlockKind};

/// Below these headings stands how to get or use something, not what it is. Beginnings, in lower case.
const ASIDE: [&str; 39] = [
    "install",
    "contribut",
    "licen",
    "sponsor",
    "backer",
    "badge",
    "build",
    "requirement",
    "prerequisite",
    "usage",
    "getting started",
    "quick",
    "documentation",
    "docs",
    "support",
    "community",
    "table of contents",
    "contents",
    "toc",
    "news",
    "latest",
    "status",
    "download",
    "changelog",
    "release",
    "credit",
    "author",
    "team",
    "acknowledg",
    "thanks",
    "stargazer",
    "translation",
    "note",
    "announc",
    "what's new",
    "what’s new",
    "question",
    "issue",
    "stay in touch",
];

/// A paragraph that opens like this announces something beside the point.
const NOTICES: [&str; 16] = [
    "note",
    "warning",
    "important",
    "tip",
    "caution",
    "attention",
    "⚠",
    "notice",
    "disclaimer",
    "update:",
    "announcement",
    "looking for",
    "we are hiring",
    "we're hiring",
    "we're excited",
    "we are excited",
];

/// The paragraph that best says what the document is about: the first prose that is no aside; failing that a line that
/// leads to something else, a quote or a notice. What stands under `Installation` or `Sponsors` does not say what a
/// README is about, so there is rather no answer; of other documents the first prose is as good as any.
pub(super) fn summary(blocks: &[Block], is_readme: bool) -> Option<&Block> {
    let mut lead_in = None;
    let mut quote = None;
    let mut notice = None;
    let mut aside = None;
    let mut in_aside = false;
    let mut in_section = false;
    let mut aside_level = None;
    let mut instructed = false;
    for block in blocks {
        match block.kind {
            BlockKind::Heading(level) => {
                // A section inside an aside is one too.
                if aside_level.is_none_or(|outer| level <= outer) {
                    in_aside = (level > 1 && is_aside(&block.text)) || asks_for_money(&block.text);
                    aside_level = in_aside.then_some(level);
                }
                in_section |= level > 1;
            }
            BlockKind::Paragraph if is_prose(block) => {
                if is_readme && is_instruction(&block.text) {
                    instructed = true;
                } else if in_aside || (instructed && (in_section || !defines(&block.text))) {
                    aside.get_or_insert(block);
                } else if is_readme && (is_scaffold(&block.text) || points_elsewhere(&block.text)) {
                    // Where to read on, or which program wrote it, is no answer at all.
                } else if is_notice(&block.text) || is_pointer(&block.text) {
                    notice.get_or_insert(block);
                } else if block.text.ends_with([':', '：']) && n_words(&block.text) < 8 {
                    lead_in.get_or_insert(block);
                } else {
                    // A slogan set as a quote at the top says more than what stands in some section.
                    return quote.filter(|_| in_section).or(Some(block));
                }
            }
            BlockKind::Quote if is_prose(block) && !is_notice(&block.text) && !in_aside => {
                quote.get_or_insert(block);
            }
            _ => {}
        }
    }
    quote.or(lead_in).or(notice).or(aside.filter(|_| !is_readme))
}

/// What a README tells its reader to do, get, give or buy; it does not say what the thing is.
fn is_instruction(text: &str) -> bool {
    let lower = text.to_lowercase();
    let opens = [
        "you need",
        "you must",
        "you should",
        "you will need",
        "you'll need",
        "you can ",
        "you may ",
        "please ",
        "install ",
        "download ",
        "make sure",
        "to install",
        "to build",
        "to run",
        "to use",
        "to get started",
        "run ",
        "clone ",
        "show your",
        "support ",
        "donate",
        "sponsor",
        "buy ",
        "click ",
        "first, ",
        "if you ",
        "thank",
        "follow ",
        "join ",
        "we build and test",
        "requires ",
        "help us",
        "star us",
        "give us",
    ];
    let asks = [
        "donat",
        "patreon",
        "t-shirt",
        "stickers",
        "opencollective",
        "open collective",
        "buy me a",
        "must be installed",
    ];
    opens.iter().any(|opening| lower.starts_with(opening)) || asks.iter().any(|word| lower.contains(word))
}

/// Whether a paragraph says what something is or does, which counts once the README began with instructions.
fn defines(text: &str) -> bool {
    let lower = text.to_lowercase();
    [" is a ", " is an ", " provides ", " lets you ", " allows you ", " helps "].iter().any(|verb| lower.contains(verb))
}

/// That it ends is said of a thing, but does not say what it is.
fn is_end(text: &str) -> bool {
    let lower = text.to_lowercase();
    ["will be archived", "has been archived", "is archived", "no longer maintained", "is deprecated"]
        .iter()
        .any(|phrase| lower.contains(phrase))
}

/// What a program writes into the README of everything that it sets up.
fn is_scaffold(text: &str) -> bool {
    let lower = text.to_lowercase();
    let made = [
        "was generated with",
        "was generated by",
        "was generated using",
        "was bootstrapped",
        "is bootstrapped",
        "been bootstrapped",
        "was scaffolded",
        "is scaffolded",
    ];
    // People create with love too.
    let by_a_program = ["npx ", " cli", "create-", "template", "generator"].iter().any(|tool| lower.contains(tool));
    let is_made = made.iter().any(|phrase| lower.contains(phrase)) || lower.contains("was created ") && by_a_program;
    lower.starts_with("this ") && n_words(text) < 30 && is_made
}

/// A short line that says no more than where to read on.
fn points_elsewhere(text: &str) -> bool {
    let lower = text.to_lowercase();
    let opens = ["see ", "visit ", "go to ", "head to ", "read the ", "check out ", "click "];
    is_pointer(text) && !is_end(text) && opens.iter().any(|opening| lower.starts_with(opening))
}

/// A short line that sends the reader somewhere else.
fn is_pointer(text: &str) -> bool {
    if is_end(text) {
        return true;
    }
    let lower = text.to_lowercase();
    n_words(text) < 16
        && ["see ", "head to", "visit ", "go to ", "read the ", "check out", "can be found", "available at", "click "]
            .iter()
            .any(|phrase| lower.contains(phrase))
}

/// Whether a heading is the name of a section, not of a document.
pub(super) fn is_section(heading: &Block) -> bool {
    (heading.kind != BlockKind::Heading(1) && is_aside(&heading.text)) || asks_for_money(&heading.text)
}

/// Such a section is no title on any level.
fn asks_for_money(heading: &str) -> bool {
    let heading = heading.trim_start_matches(|c: char| !c.is_alphabetic()).to_lowercase();
    ["sponsor", "donat", "backer", "funding"].iter().any(|beginning| heading.starts_with(beginning))
}

fn is_aside(heading: &str) -> bool {
    let heading = heading.trim_start_matches(|c: char| !c.is_alphabetic()).to_lowercase();
    ASIDE.iter().any(|beginning| heading.starts_with(beginning))
}

fn is_notice(text: &str) -> bool {
    let text = text.trim_start_matches(['*', '_', '[', '!', '❗', '📢', '🚨', ' ']).to_lowercase();
    NOTICES
        .iter()
        .any(|beginning| text.strip_prefix(beginning).is_some_and(|rest| !rest.starts_with(char::is_alphabetic)))
}

/// Whether the paragraph has enough words of its own: no row of badges, no list of links, no `English | Deutsch`.
fn is_prose(block: &Block) -> bool {
    let text = block.text.as_str();
    if n_words(text) < 4 || block.linked * 10 > text.len() * 7 {
        return false;
    }
    // Bars between short pieces are a menu, whether or not the pieces are links.
    let pieces = text.split(['|', '·', '•']).count();
    pieces < 3 || text.len() / pieces > 60
}

/// Whether a paragraph under a heading is worth quoting at all.
pub(super) fn says_something(block: &Block) -> bool {
    block.kind == BlockKind::Paragraph && n_words(&block.text) >= 3 && block.linked * 10 <= block.text.len() * 9
}

/// Words; scripts without blanks count two characters as one word.
fn n_words(text: &str) -> usize {
    let wide = text.chars().filter(|c| matches!(*c, '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}')).count();
    let words = text.split_whitespace().filter(|word| word.chars().any(char::is_alphanumeric)).count();
    words + wide / 2
}

/// The text, or as many whole sentences of it as fit in `limit` characters; failing that whole words and `…`.
pub(super) fn cut(text: &str, limit: usize) -> Cow<'_, str> {
    let Some((end, _)) = text.char_indices().nth(limit) else { return Cow::Borrowed(text) };
    let head = &text[..end];
    let sentence = [". ", "! ", "? "].iter().filter_map(|mark| head.rfind(mark)).map(|at| at + 1);
    let wide = ['。', '！', '？'].iter().filter_map(|mark| head.rfind(*mark)).map(|at| at + '。'.len_utf8());
    // A sentence that ends in the first third is rather an abbreviation or a slogan.
    if let Some(at) = sentence.chain(wide).max().filter(|at| *at * 3 > head.len()) {
        return Cow::Borrowed(&text[..at]);
    }
    let at = head.rfind(' ').unwrap_or(head.len().saturating_sub(4));
    let at = (0..=at).rev().find(|at| head.is_char_boundary(*at)).unwrap_or(0);
    Cow::Owned(format!("{}…", head[..at].trim_end()))
}

/// The first sentence of a text where it is short enough, otherwise as much of it as [`cut`] leaves of whole words.
pub(super) fn first_sentence(text: &str, limit: usize) -> &str {
    let ends = [". ", "! ", "? "].iter().filter_map(|mark| text.find(mark)).map(|at| at + 1);
    // A sentence of three letters is an abbreviation.
    let end = ends.filter(|end| *end > 12).min().unwrap_or(text.len());
    if end <= limit {
        return &text[..end];
    }
    let most = (0..=limit).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let head = &text[..most];
    head[..head.rfind(' ').unwrap_or(most)].trim_end_matches([' ', ',', ';', ':'])
}

/// A text that ends in a line which leads to something, without that line: nothing when there is no other.
pub(super) fn without_lead(text: &str) -> &str {
    let ends = [". ", "! ", "? "].iter().filter_map(|mark| text.rfind(mark)).map(|at| at + 1);
    &text[..ends.max().unwrap_or(0)]
}

/// A field of a decision record: what stands under a heading of that name, or after `Name:` at the start of a paragraph
/// or list item.
pub(super) fn field(blocks: &[Block], name: &str) -> Option<String> {
    let starts = |text: &str| -> Option<String> {
        let rest =
            text.get(..name.len()).filter(|head| head.eq_ignore_ascii_case(name)).map(|_| &text[name.len()..])?;
        let value = rest.trim_start().strip_prefix(':')?.trim();
        (!value.is_empty()).then(|| cut(value, 100).into_owned())
    };
    for (i, block) in blocks.iter().enumerate() {
        if block.is_heading() && block.text.trim().trim_end_matches(':').eq_ignore_ascii_case(name) {
            let below = blocks[i + 1..].iter().take_while(|b| !b.is_heading()).next();
            if let Some(below) = below {
                return Some(cut(&below.text, 100).into_owned());
            }
        } else if let Some(value) = starts(&block.text) {
            return Some(value);
        }
    }
    None
}
