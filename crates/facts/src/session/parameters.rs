//! Values in the place of `:name`, quoted so that no value can change the question.

/// A value for a `:name` in a query.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// Text.
    Text(&'a str),
    /// A whole number.
    Integer(i64),
    /// A number.
    Float(f64),
    /// No value.
    Null,
}

impl Value<'_> {
    fn literal(self) -> String {
        match self {
            Self::Text(text) => format!("'{}'", text.replace('\'', "''")),
            Self::Integer(n) => n.to_string(),
            Self::Float(x) if x.is_finite() => format!("{x:?}"),
            Self::Float(_) | Self::Null => "null".to_owned(),
        }
    }
}

/// Puts literals in the place of `:name` wherever it stands outside strings, quoted names and comments.
pub fn bind(sql: &str, parameters: &[(&str, Value<'_>)]) -> String {
    let mut out = String::with_capacity(sql.len() + 16 * parameters.len());
    let bytes = sql.as_bytes();
    let (mut at, mut copied) = (0, 0);
    while at < bytes.len() {
        let skip_to = |close: &str, from: usize| sql[from..].find(close).map_or(sql.len(), |i| from + i + close.len());
        match bytes[at] {
            b'\'' => at = skip_to("'", at + 1),
            b'"' => at = skip_to("\"", at + 1),
            b'-' if sql[at..].starts_with("--") => at = skip_to("\n", at),
            b'/' if sql[at..].starts_with("/*") => at = skip_to("*/", at + 2),
            // `::` is a cast.
            b':' if bytes.get(at + 1) == Some(&b':') => at += 2,
            b':' => {
                let end = bytes[at + 1..]
                    .iter()
                    .position(|b| !b.is_ascii_alphanumeric() && *b != b'_')
                    .map_or(bytes.len(), |i| at + 1 + i);
                if let Some((_, value)) = parameters.iter().find(|(name, _)| *name == &sql[at + 1..end]) {
                    out.push_str(&sql[copied..at]);
                    out.push_str(&value.literal());
                    copied = end;
                }
                at = end;
            }
            _ => at += 1,
        }
    }
    out.push_str(&sql[copied..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binds_outside_strings_only() {
        let check = |sql: &str, expect: &str| {
            let given = [("a", Value::Text("x' or '1")), ("n", Value::Integer(3)), ("z", Value::Null)];
            assert_eq!(bind(sql, &given), expect);
        };
        check("select :a, :n, :z", "select 'x'' or ''1', 3, null");
        check("select ':a', \":n\", 1::int -- :a", "select ':a', \":n\", 1::int -- :a");
        check("select /* :a */ :n+:n, :unknown", "select /* :a */ 3+3, :unknown");
        check("select 'it''s :a' || :a", "select 'it''s :a' || 'x'' or ''1'");
        check("select 'open :a", "select 'open :a");
    }
}
