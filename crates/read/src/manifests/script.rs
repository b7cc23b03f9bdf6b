//! Words, strings and marks of build scripts (Groovy, Kotlin, Ruby, Python, Elixir, Scala, Swift), with their lines.
//!
//! Scripts are never run. Readers look for literal shapes in the tokens, and what is computed stays unread.

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Letters, digits and `_`.
    Word,
    /// The inside of a string literal, as written.
    Text,
    /// One other character.
    Mark,
    /// The end of a line that holds a token.
    Break,
}

/// One token of a script.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    /// Line on which it begins, counted from 1.
    pub(super) line: usize,
}

impl Token<'_> {
    pub(super) fn is_word(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text == word
    }

    pub(super) fn is_mark(&self, mark: &str) -> bool {
        self.kind == Kind::Mark && self.text == mark
    }

    /// The string it holds, if that is one literal without holes in it.
    pub(super) fn literal(&self) -> Option<&str> {
        (self.kind == Kind::Text).then_some(self.text)
    }
}

/// How a language writes comments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comments {
    /// `//` and `/* */`.
    Slashes,
    /// `#` to the end of the line.
    Hash,
}

/// Splits a script into tokens, in one pass. A string that does not end on its line ends there, unless it has three
/// quotes: a stray quote must not swallow the rest of a file.
pub(super) fn scan(text: &str, comments: Comments) -> Vec<Token<'_>> {
    let bytes = text.as_bytes();
    let mut tokens: Vec<Token<'_>> = Vec::new();
    let (mut at, mut line) = (0, 1);
    while at < bytes.len() {
        let byte = bytes[at];
        let start = at;
        match byte {
            b'\n' => {
                if tokens.last().is_some_and(|t| t.kind != Kind::Break) {
                    tokens.push(Token { kind: Kind::Break, text: "", line });
                }
                line += 1;
                at += 1;
            }
            b'#' if comments == Comments::Hash => at = end_of_line(bytes, at),
            b'/' if comments == Comments::Slashes && bytes.get(at + 1) == Some(&b'/') => at = end_of_line(bytes, at),
            b'/' if comments == Comments::Slashes && bytes.get(at + 1) == Some(&b'*') => {
                let end = memchr::memmem::find(&bytes[at + 2..], b"*/").map_or(bytes.len(), |i| at + i + 4);
                line += memchr::memchr_iter(b'\n', &bytes[at..end]).count();
                at = end;
            }
            b'"' | b'\'' => {
                let triple = [byte; 3];
                if bytes[at..].starts_with(&triple) {
                    let inside = at + 3;
                    let end = memchr::memmem::find(&bytes[inside..], &triple).map_or(bytes.len(), |i| inside + i);
                    tokens.push(Token { kind: Kind::Text, text: &text[inside..end], line });
                    line += memchr::memchr_iter(b'\n', &bytes[at..end]).count();
                    at = (end + 3).min(bytes.len());
                    continue;
                }
                at += 1;
                while at < bytes.len() && bytes[at] != byte && bytes[at] != b'\n' {
                    // A backslash takes the next byte along, unless that ends the line.
                    at += if bytes[at] == b'\\' && bytes.get(at + 1).is_some_and(|b| *b != b'\n') { 2 } else { 1 };
                }
                let end = at.min(bytes.len());
                tokens.push(Token { kind: Kind::Text, text: text.get(start + 1..end).unwrap_or(""), line });
                if bytes.get(end) == Some(&byte) {
                    at = end + 1;
                }
            }
            _ if byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80 => {
                while at < bytes.len() && (bytes[at].is_ascii_alphanumeric() || bytes[at] == b'_' || bytes[at] >= 0x80) {
                    at += 1;
                }
                tokens.push(Token { kind: Kind::Word, text: &text[start..at], line });
            }
            _ => {
                at += 1;
                if !byte.is_ascii_whitespace() {
                    tokens.push(Token { kind: Kind::Mark, text: &text[start..at], line });
                }
            }
        }
    }
    tokens
}

fn end_of_line(bytes: &[u8], at: usize) -> usize {
    memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |i| at + i)
}

/// The index of the bracket that closes the one at `open`, or the end.
pub(super) fn closing(tokens: &[Token<'_>], open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        if token.kind != Kind::Mark {
            continue;
        }
        match token.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at;
                }
            }
            _ => {}
        }
    }
    tokens.len()
}

/// Splits the tokens between two brackets at the commas of their own level.
pub(super) fn arguments<'t, 'a>(tokens: &'t [Token<'a>]) -> Vec<&'t [Token<'a>]> {
    let (mut depth, mut from) = (0_usize, 0);
    let mut parts = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        if token.kind != Kind::Mark {
            continue;
        }
        match token.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            "," if depth == 0 => {
                parts.push(&tokens[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    if from < tokens.len() {
        parts.push(&tokens[from..]);
    }
    parts
}

/// The end of the statement that begins at `from`: the first line break outside brackets, unless a comma or an opening
/// bracket before it says that it goes on.
pub(super) fn statement<'t, 'a>(tokens: &'t [Token<'a>], from: usize) -> &'t [Token<'a>] {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(from) {
        match (token.kind, token.text) {
            (Kind::Mark, "(" | "[" | "{") => depth += 1,
            (Kind::Mark, ")" | "]" | "}") => {
                if depth == 0 {
                    return &tokens[from..at];
                }
                depth -= 1;
            }
            (Kind::Mark, ";") if depth == 0 => return &tokens[from..at],
            (Kind::Break, _) if depth == 0 && !tokens[at - 1].is_mark(",") => return &tokens[from..at],
            _ => {}
        }
    }
    &tokens[from..]
}

/// The value of a named argument (`name: "x"`, `:name => "x"`, `name = "x"`), if it is one literal.
pub(super) fn named<'t, 'a>(arguments: &[&'t [Token<'a>]], name: &str) -> Option<&'t Token<'a>> {
    arguments.iter().find_map(|argument| {
        let at = argument.iter().position(|t| t.is_word(name) || (t.kind == Kind::Text && t.text == name))?;
        if at > 1 {
            return None;
        }
        let rest = &argument[at + 1..];
        let skip = rest.iter().take_while(|t| t.kind == Kind::Break || t.is_mark(":") || t.is_mark("=") || t.is_mark(">")).count();
        (skip > 0).then(|| rest.get(skip)).flatten().filter(|t| t.kind == Kind::Text)
    })
}

#[cfg(test)]
mod tests {
    use super::{Comments, Kind, scan};

    #[test]
    fn comments_are_no_tokens_and_stray_quotes_end_with_their_line() {
        let tokens = scan("a 'x' // 'y'\n\"open\nb /* 'z'\n */ \"\"\"l\n\"\"\"", Comments::Slashes);
        let found: Vec<_> = tokens.iter().filter(|t| t.kind != Kind::Break).map(|t| (t.text, t.line)).collect();
        assert_eq!(found, [("a", 1), ("x", 1), ("open", 2), ("b", 3), ("l\n", 4)]);
    }
}
