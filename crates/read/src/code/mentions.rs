//! Which names a function calls, as written: what lets a question follow a request from one function to the next.
//!
//! Read from the text and not from the tree, for one rule serves all languages: a name with a bracket behind it, or with
//! a dot, `->` or `::` before it, is used rather than declared. Comments and texts are skipped as far as that is simple.

use super::language::Id;

/// Names that are kept of one function; more is generated code.
const MOST: usize = 80;
/// Longest name, with what stands before its dot.
const LONGEST: usize = 80;

/// Words with a bracket behind them that call nothing.
const WORDS: [&str; 24] = [
    "if", "for", "while", "switch", "catch", "return", "match", "when", "elif", "else", "function", "fn", "func",
    "def", "await", "async", "yield", "throw", "case", "and", "not", "with", "except", "typeof",
];

/// Appends the distinct names that a piece of code calls, in the order of their first use, with a blank between them.
///
/// A name is written with what stands before its last dot, as in `orders.create`; `self`, `this` and `super` are kept, and
/// `?` stands for what has no name, such as the result of another call.
pub(super) fn names(id: Id, text: &str, out: &mut String) {
    let bytes = text.as_bytes();
    let hash_comments = matches!(id, Id::Python | Id::Ruby | Id::Elixir | Id::Bash | Id::Php);
    let mut seen: Vec<(&str, &str)> = Vec::new();
    // The last name, and whether a sign that joins names stands right behind it.
    let mut before: &str = "";
    let mut at = 0;
    while at < bytes.len() && seen.len() < MOST {
        let rest = &bytes[at..];
        match bytes[at] {
            b'/' if rest.starts_with(b"//") && id != Id::Python => {
                at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            }
            b'#' if hash_comments => at += memchr::memchr(b'\n', rest).unwrap_or(rest.len()),
            b'/' if rest.starts_with(b"/*") => {
                at += memchr::memmem::find(rest, b"*/").map_or(rest.len(), |end| end + 2);
            }
            // Texts in single signs may hold code in some languages; those in double signs rarely do.
            b'"' => at = after_text(bytes, at),
            b if b == b'_' || b.is_ascii_alphabetic() || b >= 0x80 => {
                let start = at;
                while at < bytes.len() && (bytes[at] == b'_' || bytes[at].is_ascii_alphanumeric() || bytes[at] >= 0x80)
                {
                    at += 1;
                }
                let name = text.get(start..at).unwrap_or_default();
                let joined_before = joins_before(bytes, start);
                let opens = opens(bytes, at);
                let tag = name.starts_with(|c: char| c.is_ascii_uppercase())
                    && start > 0
                    && bytes[start - 1] == b'<'
                    && !(start > 1 && bytes[start - 2].is_ascii_alphanumeric());
                let owner = match (joined_before, before) {
                    (true, "") => "?",
                    (true, before) => before,
                    (false, _) => "",
                };
                let is_use = (opens || joined_before || tag) && name.len() + owner.len() < LONGEST;
                if is_use && !WORDS.contains(&name) && !seen.contains(&(owner, name)) {
                    seen.push((owner, name));
                }
                before = name;
            }
            b'0'..=b'9' => {
                while at < bytes.len() && (bytes[at] == b'_' || bytes[at].is_ascii_alphanumeric()) {
                    at += 1;
                }
                before = "";
            }
            b'.' | b'?' | b'!' | b':' | b'-' | b'>' | b' ' | b'\t' | b'\n' | b'\r' => at += 1,
            _ => {
                before = "";
                at += 1;
            }
        }
    }
    let start = out.len();
    for (owner, name) in seen {
        if out.len() > start {
            out.push(' ');
        }
        if !owner.is_empty() {
            out.push_str(owner);
            out.push('.');
        }
        out.push_str(name);
    }
}

/// Where a text in double signs ends.
fn after_text(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 1,
            b'"' => return at + 1,
            _ => {}
        }
        at += 1;
    }
    // A sign that nothing closes opens nothing.
    start + 1
}

/// Whether `.`, `->`, `?.` or `::` stands before a name, line breaks allowed as in a chain of calls.
fn joins_before(bytes: &[u8], start: usize) -> bool {
    let before = bytes[..start].trim_ascii_end();
    before.ends_with(b".") && !before.ends_with(b"..") || before.ends_with(b"->") || before.ends_with(b"::")
}

/// Whether a bracket stands behind a name, arguments of types allowed before it.
fn opens(bytes: &[u8], end: usize) -> bool {
    match bytes.get(end) {
        Some(b'(') => true,
        Some(b'<') => {
            let rest = &bytes[end..bytes.len().min(end + 60)];
            memchr::memmem::find(rest, b">(").is_some_and(|at| !rest[..at].contains(&b';'))
        }
        Some(b'!') => bytes.get(end + 1) == Some(&b'('),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_names_what_it_calls() {
        let check = |id, text: &str, expect: &str| {
            let mut out = String::new();
            names(id, text, &mut out);
            assert_eq!(out, expect, "{text}");
        };
        check(Id::Go, "if err := cs.shipOrder(ctx, a); err != nil { return toJSON(err) }", "cs.shipOrder toJSON");
        check(Id::Java, "return List.of(orderService\n  .findAll()); // old(1)", "List.of orderService.findAll");
        check(Id::Python, "x = await Orders.objects.get(id=1)  # gone(2)", "Orders.objects objects.get");
        check(Id::Php, "$this->orders->create($a); Order::find(1);", "this.orders orders.create Order.find");
        check(Id::Python, "super().get(a); rows[0].total()", "super ?.get ?.total");
        check(Id::Tsx, "return <Cart a={useCart<Item>()} />;", "Cart useCart");
        // Near misses: words of the language, texts, numbers, plain names.
        check(Id::TypeScript, "while (a > 1.5) { b = \"call(me)\"; }", "");
    }
}
