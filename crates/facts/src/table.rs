//! The `table!` macro: from one description come the spec, a borrowed row, a column builder and a typed reader.

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, BooleanBuilder, Float64Array, Float64Builder, Int64Array, Int64Builder,
    StringArray, StringBuilder, TimestampMicrosecondArray, TimestampMicrosecondBuilder,
};
use datafusion::arrow::datatypes::{Float64Type, Int64Type, TimestampMicrosecondType};
use std::sync::Arc;

use crate::spec::ColumnType;

/// How a Rust value becomes a column and comes back. Implemented by the marker types below, used only by `table!`.
pub trait ColumnKind {
    /// Type shown to users.
    const TYPE: ColumnType;
    /// Whether values may be missing.
    const NULLABLE: bool;
    /// The Rust value of one row.
    type Value<'a>;
    /// The Arrow builder.
    type Builder: Default;
    /// The Arrow array.
    type Array: Clone;
    /// Appends a value.
    fn append(builder: &mut Self::Builder, value: Self::Value<'_>);
    /// Ends the column.
    fn finish(builder: &mut Self::Builder) -> ArrayRef;
    /// Narrows an array of the right type; `None` where the type differs.
    fn narrow(array: &ArrayRef) -> Option<Self::Array>;
    /// The value of row `i`.
    fn get(array: &Self::Array, i: usize) -> Self::Value<'_>;
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $required:ident, $(#[$optdoc:meta])* $optional:ident: $ty:ident, $value:ty, $builder:ty, $array:ty, $narrow:expr, $end:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub struct $required;
        impl ColumnKind for $required {
            const TYPE: ColumnType = ColumnType::$ty;
            const NULLABLE: bool = false;
            type Value<'a> = $value;
            type Builder = $builder;
            type Array = $array;
            fn append(builder: &mut Self::Builder, value: Self::Value<'_>) { builder.append_value(value); }
            fn finish(builder: &mut Self::Builder) -> ArrayRef { let array = builder.finish(); Arc::new($end(array)) }
            fn narrow(array: &ArrayRef) -> Option<Self::Array> { $narrow(array) }
            fn get(array: &Self::Array, i: usize) -> Self::Value<'_> { array.value(i) }
        }
        $(#[$optdoc])*
        #[derive(Debug, Clone, Copy)]
        pub struct $optional;
        impl ColumnKind for $optional {
            const TYPE: ColumnType = ColumnType::$ty;
            const NULLABLE: bool = true;
            type Value<'a> = Option<$value>;
            type Builder = $builder;
            type Array = $array;
            fn append(builder: &mut Self::Builder, value: Self::Value<'_>) { builder.append_option(value); }
            fn finish(builder: &mut Self::Builder) -> ArrayRef { let array = builder.finish(); Arc::new($end(array)) }
            fn narrow(array: &ArrayRef) -> Option<Self::Array> { $narrow(array) }
            fn get(array: &Self::Array, i: usize) -> Self::Value<'_> { (!array.is_null(i)).then(|| array.value(i)) }
        }
    )*};
}

kinds! {
    /// Text that is always there.
    Text, /// Text that may be missing.
    OptText: Text, &'a str, StringBuilder, StringArray, |a: &ArrayRef| a.as_string_opt::<i32>().cloned(), |a| a;
    /// A whole number that is always there.
    Integer, /// A whole number that may be missing.
    OptInteger: Integer, i64, Int64Builder, Int64Array, |a: &ArrayRef| a.as_primitive_opt::<Int64Type>().cloned(), |a| a;
    /// A number that is always there.
    Float, /// A number that may be missing.
    OptFloat: Float, f64, Float64Builder, Float64Array, |a: &ArrayRef| a.as_primitive_opt::<Float64Type>().cloned(), |a| a;
    /// True or false.
    Boolean, /// True, false or not known.
    OptBoolean: Boolean, bool, BooleanBuilder, BooleanArray, |a: &ArrayRef| a.as_boolean_opt().cloned(), |a| a;
    /// An instant in microseconds since 1970-01-01 UTC.
    Instant, /// An instant that may be missing.
    OptInstant: Instant, i64, TimestampMicrosecondBuilder, TimestampMicrosecondArray,
        |a: &ArrayRef| a.as_primitive_opt::<TimestampMicrosecondType>().cloned(),
        |a: TimestampMicrosecondArray| a.with_timezone("UTC");
}

/// Describes a table once; makes its `SPEC`, row, builder and reader.
#[macro_export]
macro_rules! table {
    (
        $(#[doc = $purpose:literal])+
        $name:literal, version $version:literal, proof $proof:expr;
        row $Row:ident, builder $Builder:ident, view $View:ident;
        $( $column:ident: $kind:ident [$unit:literal] $meaning:literal; )+
    ) => {
        $(#[doc = $purpose])+
        pub static SPEC: $crate::spec::TableSpec = $crate::spec::TableSpec {
            name: $name,
            version: $version,
            purpose: concat!($($purpose),+).trim_ascii(),
            proof: $proof,
            columns: &[$( $crate::spec::ColumnSpec {
                name: stringify!($column),
                kind: <$crate::table::$kind as $crate::table::ColumnKind>::TYPE,
                nullable: <$crate::table::$kind as $crate::table::ColumnKind>::NULLABLE,
                unit: $unit,
                meaning: $meaning,
            }, )+],
        };

        #[doc = concat!("One row of `", $name, "`, borrowed.")]
        #[derive(Debug, Clone, Copy, Default, PartialEq)]
        pub struct $Row<'a> {
            $( #[doc = $meaning] pub $column: <$crate::table::$kind as $crate::table::ColumnKind>::Value<'a>, )+
            #[doc(hidden)]
            pub _row: std::marker::PhantomData<&'a ()>,
        }

        #[doc = concat!("Builds columns of `", $name, "` row by row.")]
        #[derive(Debug, Default)]
        pub struct $Builder {
            $( $column: <$crate::table::$kind as $crate::table::ColumnKind>::Builder, )+
            len: usize,
        }

        impl $Builder {
            /// Appends one row.
            pub fn push(&mut self, row: &$Row<'_>) {
                $( <$crate::table::$kind as $crate::table::ColumnKind>::append(&mut self.$column, row.$column); )+
                self.len += 1;
            }
        }

        impl $crate::rows::RowBuilder for $Builder {
            fn spec(&self) -> &'static $crate::spec::TableSpec {
                &SPEC
            }

            fn len(&self) -> usize {
                self.len
            }

            fn finish(&mut self) -> $crate::arrow::array::RecordBatch {
                self.len = 0;
                let columns = vec![
                    $( <$crate::table::$kind as $crate::table::ColumnKind>::finish(&mut self.$column), )+
                ];
                $crate::arrow::array::RecordBatch::try_new(SPEC.schema(), columns)
                    .expect("the builder's columns are those of the spec, all of the same length")
            }
        }

        #[doc = concat!("Reads rows of `", $name, "` back out of a batch.")]
        #[derive(Debug, Clone)]
        pub struct $View {
            $( $column: <$crate::table::$kind as $crate::table::ColumnKind>::Array, )+
            len: usize,
        }

        impl $View {
            /// Narrows a batch to this table; `None` when a column is missing or has another type.
            pub fn of(batch: &$crate::arrow::array::RecordBatch) -> Option<Self> {
                Some(Self {
                    $( $column: <$crate::table::$kind as $crate::table::ColumnKind>::narrow(
                        batch.column_by_name(stringify!($column))?)?, )+
                    len: batch.num_rows(),
                })
            }

            /// All rows in order.
            pub fn rows(&self) -> impl Iterator<Item = $Row<'_>> {
                (0..self.len).map(|i| $Row {
                    $( $column: <$crate::table::$kind as $crate::table::ColumnKind>::get(&self.$column, i), )+
                    _row: std::marker::PhantomData,
                })
            }
        }
    };
}
