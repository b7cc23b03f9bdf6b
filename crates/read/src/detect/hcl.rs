//! HCL of Terraform, `OpenTofu`, Nomad and the like as a tree with lines. The labels of a block are keys below its own:
//! `resource "aws_sqs_queue" "orders" { name = "x" }` stands at `resource.aws_sqs_queue.orders.name`.

use std::borrow::Cow;
use std::ops::Range;

use hcl_edit::Span;
use hcl_edit::expr::{Expression, ObjectKey};
use hcl_edit::structure::{Body, Structure};

use crate::manifests::lines::LineTable;
use crate::manifests::tree::{Broken, Entry, Node, Value};

/// Reads a text.
pub(super) fn read<'a>(text: &'a str, lines: &LineTable) -> Result<Node<'a>, Broken> {
    // The parser itself limits how deep blocks and expressions may stand.
    let body = hcl_edit::parser::parse_body(text)
        .map_err(|e| Broken { line: e.location().line(), detail: format!("not HCL: {}", e.message()) })?;
    let source = Source { text, lines };
    let value = Value::Map(source.entries(&body));
    Ok(Node { first: 1, last: lines.count(), value })
}

/// The text that spans of the tree point into.
struct Source<'a, 's> {
    text: &'a str,
    lines: &'s LineTable,
}

impl<'a> Source<'a, '_> {
    fn rows(&self, span: Option<Range<usize>>) -> (usize, usize) {
        let span = span.unwrap_or(0..0);
        (self.lines.line(span.start), self.lines.line(span.end.max(span.start + 1) - 1))
    }

    fn entries(&self, body: &Body) -> Vec<Entry<'a>> {
        body.iter()
            .map(|structure| match structure {
                Structure::Attribute(attribute) => {
                    let line = self.rows(attribute.key.span()).0;
                    entry(attribute.key.to_string(), line, self.node(&attribute.value))
                }
                Structure::Block(block) => {
                    let line = self.rows(block.ident.span()).0;
                    let last = self.rows(block.span()).1;
                    let around = |value| Node { first: line, last, value };
                    let inner = around(Value::Map(self.entries(&block.body)));
                    let below = block.labels.iter().rev().fold(inner, |node, label| {
                        around(Value::Map(vec![entry(label.as_str().to_owned(), line, node)]))
                    });
                    entry(block.ident.to_string(), line, below)
                }
            })
            .collect()
    }

    /// A value; what has to be worked out stays as it is written.
    fn node(&self, expression: &Expression) -> Node<'a> {
        let (first, last) = self.rows(expression.span());
        let value = match expression {
            Expression::Null(_) => Value::Null,
            Expression::Bool(value) => Value::Bool(*value.value()),
            Expression::String(text) => Value::Text(Cow::Owned(text.value().clone())),
            Expression::Array(items) => Value::List(items.iter().map(|item| self.node(item)).collect()),
            Expression::Object(object) => Value::Map(
                object
                    .iter()
                    .map(|(key, value)| {
                        let node = self.node(value.expr());
                        let name = match key {
                            ObjectKey::Ident(name) => name.to_string(),
                            ObjectKey::Expression(Expression::String(name)) => name.value().clone(),
                            ObjectKey::Expression(other) => self.written(other.span()).into_owned(),
                        };
                        let line = match key {
                            ObjectKey::Ident(name) => self.rows(name.span()).0,
                            ObjectKey::Expression(other) => self.rows(other.span()).0,
                        };
                        entry(name, line, node)
                    })
                    .collect(),
            ),
            Expression::StringTemplate(_) => {
                let written = self.written(expression.span());
                let inner = written.trim().trim_matches('"').to_owned();
                Value::Text(Cow::Owned(inner))
            }
            other => Value::Bare(self.written(other.span())),
        };
        Node { first, last, value }
    }

    fn written(&self, span: Option<Range<usize>>) -> Cow<'a, str> {
        Cow::Borrowed(span.and_then(|s| self.text.get(s)).unwrap_or_default().trim())
    }
}

fn entry(key: String, line: usize, node: Node<'_>) -> Entry<'_> {
    Entry { key: Cow::Owned(key), line, node }
}
