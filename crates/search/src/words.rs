//! How names become words: `OrderService`, `order_service`, `order-service.ts` and `/order/service` all have the words
//! `order` and `service`.

/// Longest word, in bytes: what is longer is cut, since nobody types it.
const LONGEST: usize = 64;

/// Letters and digits alone, in lower case: the form in which whole names are compared. At most 256 bytes.
pub(crate) fn bare(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase) {
        if out.len() + c.len_utf8() > 256 {
            break;
        }
        out.push(c);
    }
    out
}

/// The words of a text in lower case, in order, without repetition, at most `most`.
///
/// A word ends where letters end, before a capital after a small letter (`orderService`), before the last of several
/// capitals (`HTTPServer`), and between letters and digits. What has two words written as one is a word too (`gitHub`).
/// Languages without spaces have a word for each sign.
pub(crate) fn words(text: &str, most: usize) -> Vec<String> {
    let mut found = Vec::new();
    for piece in text.split(|c: char| !c.is_alphanumeric()).filter(|p| !p.is_empty()) {
        if found.len() >= most {
            break;
        }
        let parts = parts(piece);
        // People type `javascript` and `github` as they stand, capitals inside or not. Longer wholes are found as names;
        // as words they would make the dictionary many times as large.
        let is_pair = parts.len() == 2 && piece.chars().all(|c| matches!(sort(c), Sort::Small | Sort::Capital));
        if is_pair {
            add(&mut found, piece, most);
        }
        for part in parts {
            add(&mut found, part, most);
        }
    }
    found
}

fn add(found: &mut Vec<String>, word: &str, most: usize) {
    let mut word = word.to_lowercase();
    if word.len() > LONGEST {
        let end = (0..=LONGEST).rev().find(|i| word.is_char_boundary(*i)).unwrap_or(0);
        word.truncate(end);
    }
    if found.len() < most && !found.contains(&word) {
        found.push(word);
    }
}

#[derive(PartialEq, Clone, Copy)]
enum Sort {
    Small,
    Capital,
    Digit,
    Sign,
}

fn sort(c: char) -> Sort {
    if matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
    {
        Sort::Sign
    } else if c.is_numeric() {
        Sort::Digit
    } else if c.is_uppercase() {
        Sort::Capital
    } else {
        Sort::Small
    }
}

/// Cuts `HTTPServer2` into `HTTP`, `Server` and `2`.
fn parts(piece: &str) -> Vec<&str> {
    let letters: Vec<(usize, Sort)> = piece.char_indices().map(|(i, c)| (i, sort(c))).collect();
    let mut found = Vec::new();
    let mut start = 0;
    for i in 1..letters.len() {
        let (at, this) = letters[i];
        let (_, before) = letters[i - 1];
        let next = letters.get(i + 1).map(|l| l.1);
        let cut = match (before, this) {
            (Sort::Sign, _) | (_, Sort::Sign) => true,
            (Sort::Capital, Sort::Capital) => next == Some(Sort::Small),
            (Sort::Capital, Sort::Small) => false,
            (a, b) => a != b,
        };
        if cut {
            found.push(&piece[start..at]);
            start = at;
        }
    }
    found.push(&piece[start..]);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &[&str]) {
        assert_eq!(words(text, 20), expect, "{text}");
    }

    #[test]
    fn names_are_cut_as_people_read_them() {
        check("orderService", &["orderservice", "order", "service"]);
        check("OrderHTTPServer", &["order", "http", "server"]);
        check("order_service-test.ts", &["order", "service", "test", "ts"]);
        check("POST /api/v2/orders/{id}", &["post", "api", "v", "2", "orders", "id"]);
        check("@shop/web-team", &["shop", "web", "team"]);
        check("注文サービス", &["注", "文", "サ", "ー", "ビ", "ス"]);
        check("Größe", &["größe"]);
        check("--- !!", &[]);
    }

    #[test]
    fn long_texts_are_cut_between_letters() {
        assert_eq!(words(&"ü".repeat(100), 5), ["ü".repeat(32)]);
        assert_eq!(words("a b c d", 2), ["a", "b"]);
        assert!(bare(&"ü".repeat(1_000)).len() <= 256);
        assert_eq!(bare("POST /Orders-2"), "postorders2");
    }
}
