//! Query results as plain values: one [`Cell`] per column and row, whatever Arrow type carried it.

use sightline_facts::arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use sightline_facts::arrow::compute::cast;
use sightline_facts::arrow::datatypes::{DataType, Float64Type, Int64Type, TimeUnit, TimestampMicrosecondType};
use sightline_facts::arrow::util::display::array_value_to_string;

/// One value of a result.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Missing.
    Null,
    /// Text as it came, not yet made safe to show.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A number.
    Float(f64),
    /// True or false.
    Boolean(bool),
    /// Microseconds since 1970-01-01 UTC.
    Instant(i64),
    /// Several values.
    List(Vec<Cell>),
}

impl Cell {
    /// The text, where it is text.
    pub fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The whole number, also of a number without fraction.
    pub fn integer(&self) -> Option<i64> {
        match self {
            Self::Integer(value) | Self::Instant(value) => Some(*value),
            #[expect(clippy::cast_possible_truncation, reason = "the range is checked first")]
            Self::Float(value) if value.fract() == 0.0 && value.abs() < 9e15 => Some(*value as i64),
            _ => None,
        }
    }

    /// The number.
    #[expect(clippy::cast_precision_loss, reason = "figures are shown with three digits")]
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Float(value) => Some(*value),
            Self::Integer(value) => Some(*value as f64),
            _ => None,
        }
    }

    /// Whether a number is in it: such columns are set flush right.
    pub fn is_number(&self) -> bool {
        matches!(self, Self::Integer(_) | Self::Float(_))
    }

    /// The value for machines.
    pub fn json(&self) -> serde_json::Value {
        use serde_json::Value;
        match self {
            Self::Null => Value::Null,
            Self::Text(text) => Value::from(text.as_str()),
            Self::Integer(value) => Value::from(*value),
            Self::Float(value) => serde_json::Number::from_f64(*value).map_or(Value::Null, Value::Number),
            Self::Boolean(value) => Value::from(*value),
            Self::Instant(value) => Value::from(instant_iso(*value)),
            Self::List(items) => Value::Array(items.iter().map(Self::json).collect()),
        }
    }
}

/// An instant for machines: `2026-11-20T08:15:00Z`.
pub fn instant_iso(micros: i64) -> String {
    use sightline_facts::time::{DAY, SECOND, day_iso};
    let seconds = micros.rem_euclid(DAY) / SECOND;
    format!("{}T{:02}:{:02}:{:02}Z", day_iso(micros), seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

/// The rows of a result.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rows {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Values, row by row.
    pub rows: Vec<Vec<Cell>>,
}

impl Rows {
    /// Reads all batches of one result.
    pub fn of(batches: &[RecordBatch]) -> Self {
        let mut out = Self::default();
        for batch in batches {
            if out.columns.is_empty() {
                out.columns = batch.schema().fields().iter().map(|f| f.name().clone()).collect();
            }
            let columns: Vec<Vec<Cell>> = batch.columns().iter().map(cells).collect();
            let start = out.rows.len();
            out.rows.resize_with(start + batch.num_rows(), || Vec::with_capacity(columns.len()));
            for column in columns {
                for (row, cell) in out.rows[start..].iter_mut().zip(column) {
                    row.push(cell);
                }
            }
        }
        out
    }

    /// The place of a column.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|c| c == name)
    }

    /// The cell of a column in a row; [`Cell::Null`] where there is no such column.
    pub fn get<'a>(&'a self, row: &'a [Cell], name: &str) -> &'a Cell {
        self.position(name).and_then(|i| row.get(i)).unwrap_or(&Cell::Null)
    }
}

fn cells(array: &ArrayRef) -> Vec<Cell> {
    (match array.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => texts(array),
        DataType::Dictionary(_, value) if value.is_string() => texts(array),
        DataType::List(_) => array.as_list_opt::<i32>().map(|list| {
            (0..list.len())
                .map(|i| if list.is_null(i) { Cell::Null } else { Cell::List(cells(&list.value(i))) })
                .collect()
        }),
        DataType::Boolean => {
            array.as_boolean_opt().map(|a| a.iter().map(|v| v.map_or(Cell::Null, Cell::Boolean)).collect())
        }
        kind if kind.is_integer() => cast(array, &DataType::Int64).ok().and_then(|a| {
            let a = a.as_primitive_opt::<Int64Type>()?;
            Some(a.iter().map(|v| v.map_or(Cell::Null, Cell::Integer)).collect())
        }),
        kind if kind.is_floating() || matches!(kind, DataType::Decimal128(..) | DataType::Decimal256(..)) => {
            cast(array, &DataType::Float64).ok().and_then(|a| {
                let a = a.as_primitive_opt::<Float64Type>()?;
                Some(a.iter().map(|v| v.map_or(Cell::Null, Cell::Float)).collect())
            })
        }
        DataType::Timestamp(..) | DataType::Date32 | DataType::Date64 => {
            cast(array, &DataType::Timestamp(TimeUnit::Microsecond, None)).ok().and_then(|a| {
                let a = a.as_primitive_opt::<TimestampMicrosecondType>()?;
                Some(a.iter().map(|v| v.map_or(Cell::Null, Cell::Instant)).collect())
            })
        }
        _ => None,
    })
    .unwrap_or_else(|| other(array))
}

fn texts(array: &ArrayRef) -> Option<Vec<Cell>> {
    let array = cast(array, &DataType::Utf8).ok()?;
    let array = array.as_string_opt::<i32>()?;
    Some(array.iter().map(|v| v.map_or(Cell::Null, |v| Cell::Text(v.to_owned()))).collect())
}

/// Types that no table has but that SQL can make (intervals, structures): as Arrow writes them.
fn other(array: &ArrayRef) -> Vec<Cell> {
    (0..array.len())
        .map(
            |i| {
                if array.is_null(i) {
                    Cell::Null
                } else {
                    array_value_to_string(array, i).map_or(Cell::Null, Cell::Text)
                }
            },
        )
        .collect()
}
