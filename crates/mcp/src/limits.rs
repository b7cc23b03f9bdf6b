//! What one answer may cost, and how an answer that is too long is cut.

use std::time::Duration;

use serde_json::Value;

/// Rows of one table at most, however many are asked for.
pub(crate) const MOST_ROWS: usize = 1_000;

/// Rows when nothing is said.
pub(crate) const USUAL_ROWS: usize = 100;

/// Time after which a question is answered with an error, whatever it does.
pub(crate) const CALL_TIME: Duration = Duration::from_mins(1);

/// Questions that are worked on at a time.
pub(crate) const AT_ONCE: usize = 4;

/// Bytes of an answer's text, and of its data.
pub(crate) const TEXT_BYTES: usize = 40_000;
pub(crate) const DATA_BYTES: usize = 80_000;

/// Longest SQL that is read.
pub(crate) const QUERY_BYTES: usize = 20_000;

/// Columns of a table as text.
pub(crate) const WIDTH: usize = 140;

/// A text of at most `most` bytes, cut at the end of a line; whether it was cut.
pub(crate) fn cut_text(text: &str, most: usize) -> (&str, bool) {
    if text.len() <= most {
        return (text, false);
    }
    let end = (0..=most).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
    let end = text[..end].rfind('\n').unwrap_or(end);
    (&text[..end], true)
}

/// Makes a value take at most `most` bytes as JSON, by halving its longest list again and again and then its longest
/// text; whether something was left out.
pub(crate) fn cut_value(value: &mut Value, most: usize) -> bool {
    let mut is_cut = false;
    while size(value) > most {
        let halved =
            longest(value, &|v| v.as_array().map_or(0, |a| if a.len() > 1 { size(v) } else { 0 }), &mut |v| {
                if let Value::Array(items) = v {
                    items.truncate(items.len() / 2);
                }
            }) || longest(value, &|v| v.as_str().map_or(0, |s| if s.len() > 200 { s.len() } else { 0 }), &mut |v| {
                if let Value::String(text) = v {
                    let (start, _) = cut_text(text, text.len() / 2);
                    *v = Value::String(format!("{start}…"));
                }
            });
        is_cut = true;
        if !halved {
            *value = Value::Null;
        }
    }
    is_cut
}

fn size(value: &Value) -> usize {
    struct Count(usize);
    impl std::io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    serde_json::to_writer(&mut count, value).map_or(usize::MAX, |()| count.0)
}

/// Changes the value with the highest weight, itself or inside; `false` where all weigh nothing.
fn longest(value: &mut Value, weight: &dyn Fn(&Value) -> usize, change: &mut dyn FnMut(&mut Value)) -> bool {
    // A list is heavier than each list inside it, and cutting the inner ones keeps more kinds of rows: only lists
    // whose items hold no list are weighed.
    fn find(value: &Value, weight: &dyn Fn(&Value) -> usize, path: &mut Vec<usize>, best: &mut (usize, Vec<usize>)) {
        let own = weight(value);
        if own > best.0 {
            *best = (own, path.clone());
        }
        let children: Vec<&Value> = match value {
            Value::Array(items) => items.iter().collect(),
            Value::Object(map) => map.values().collect(),
            _ => Vec::new(),
        };
        for (i, child) in children.into_iter().enumerate() {
            path.push(i);
            find(child, weight, path, best);
            path.pop();
        }
    }
    let mut best = (0, Vec::new());
    find(value, weight, &mut Vec::new(), &mut best);
    if best.0 == 0 {
        return false;
    }
    let mut at = value;
    for i in best.1 {
        let next = match at {
            Value::Array(items) => items.get_mut(i),
            Value::Object(map) => map.values_mut().nth(i),
            _ => None,
        };
        let Some(next) = next else { return false };
        at = next;
    }
    change(at);
    true
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_too_long_is_cut_and_says_so() {
        let mut small = json!({"a": [1, 2, 3]});
        assert!(!cut_value(&mut small, 100));
        let mut rows = json!({"rows": (0..10_000).collect::<Vec<_>>(), "title": "kept"});
        assert!(cut_value(&mut rows, 1_000));
        assert!(size(&rows) <= 1_000);
        assert_eq!(rows["title"], "kept");
        assert_eq!(rows["rows"][0], 0);
        let mut text = json!("ü".repeat(10_000));
        assert!(cut_value(&mut text, 500));
        assert!(size(&text) <= 500 && text.as_str().is_some_and(|t| t.starts_with('ü')));
        let mut keys = Value::Object((0..1_000).map(|i| (format!("key {i}"), Value::Null)).collect());
        assert!(cut_value(&mut keys, 500), "what cannot be cut is left out");
    }

    #[test]
    fn text_is_cut_at_a_line() {
        assert_eq!(cut_text("one\ntwo\nthree", 9), ("one\ntwo", true));
        assert_eq!(cut_text("üüü", 3), ("ü", true));
        assert_eq!(cut_text("one", 3), ("one", false));
    }
}
