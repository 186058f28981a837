use super::*;
use crate::schema::testing::{group, leaf, schema};
use crate::schema::{Annotation, Repetition, TimeUnit};

/// Statistics of a column chunk with ten values.
#[derive(Clone, Copy, Default)]
struct ChunkStatistics<'a> {
    values: Option<u64>,
    raw: RawStatistics<'a>,
}

fn chunk<'a>(min: &'a [u8], max: &'a [u8]) -> ChunkStatistics<'a> {
    let end = |value| RawBound { value: Some(value), is_inexact: false };
    ChunkStatistics {
        values: None,
        raw: RawStatistics { ends: [end(min), end(max)], ..RawStatistics::default() },
    }
}

impl ChunkStatistics<'_> {
    fn old(mut self) -> Self {
        self.raw.is_old = true;
        self
    }

    fn nulls(mut self, nulls: u64) -> Self {
        self.raw.nulls = Some(nulls);
        self
    }

    fn shortened(mut self) -> Self {
        self.raw.ends.iter_mut().for_each(|end| end.is_inexact = true);
        self
    }
}

fn annotated(name: &str) -> Annotation {
    Annotation::Scalar(match name {
        "" => return Annotation::None,
        "string" => Scalar::Text("string"),
        "uint8" => Scalar::Uint { bits: 8 },
        "uint32" => Scalar::Uint { bits: 32 },
        "uint64" => Scalar::Uint { bits: 64 },
        "decimal" => Scalar::Decimal { precision: 4, scale: 2 },
        "date" => Scalar::Date,
        "time" => Scalar::Time { unit: TimeUnit::Millis, utc: true },
        "local" => Scalar::Timestamp { unit: TimeUnit::Millis, utc: false },
        "nanos" => Scalar::Timestamp { unit: TimeUnit::Nanos, utc: true },
        "float16" => Scalar::Float16,
        "uuid" => Scalar::Uuid,
        "interval" => Scalar::Interval,
        "geometry" => Scalar::Binary { name: "geometry", length: None },
        "geography" => Scalar::Binary { name: "geography", length: None },
        other => panic!("{other}"),
    })
}

/// Nulls and bounds of a column over its row groups; `~` marks a truncated bound.
fn statistics(kind: &str, chunks: &[ChunkStatistics]) -> (Option<u64>, [String; 2]) {
    let (physical, annotation) = kind.split_once(' ').unwrap_or((kind, ""));
    let (physical, length) = match physical.split_once(':') {
        Some((physical, length)) => (physical, length.parse().unwrap()),
        None => (physical, -1),
    };
    let types = ["boolean", "int32", "int64", "int96", "float", "double", "binary", "fixed"];
    let physical = types.iter().position(|&name| name == physical).unwrap() as i32;
    let column = leaf("column", Repetition::Optional, physical, length).annotated(annotated(annotation));
    let schema = schema(&[group("row", Repetition::Required, 1), column]).unwrap();
    let mut summary = ColumnSummary::new(&schema.column(0));
    chunks.iter().for_each(|chunk| summary.add(&chunk.raw, chunk.values.unwrap_or(10)));
    let text = |bound: Option<Bound>| {
        let mark = |bound: Bound| if bound.is_exact { bound.json } else { format!("~{}", bound.json) };
        bound.map_or("unknown".to_string(), mark)
    };
    (summary.nulls, summary.bounds(0, &schema, &value_options()).map(text))
}

fn bounds(kind: &str, chunks: &[ChunkStatistics]) -> [String; 2] {
    statistics(kind, chunks).1
}

const UNKNOWN: [&str; 2] = ["unknown", "unknown"];
const STRING: &str = "binary string";
const FLOAT16: &str = "fixed:2 float16";
const UUID: &str = "fixed:16 uuid";

#[test]
fn bounds_of_two_row_groups_are_combined_in_the_order_of_their_type() {
    let check = |kind: &str, a: [&[u8]; 2], b: [&[u8]; 2], expected: [&str; 2]| {
        let (a, b) = (chunk(a[0], a[1]), chunk(b[0], b[1]));
        assert_eq!(bounds(kind, &[a, b]), expected, "{kind}");
        assert_eq!(bounds(kind, &[b, a]), expected, "{kind}, the other way round");
    };
    macro_rules! check {
        ($kind:expr, $type:ty, $a:expr, $b:expr, $expected:expr) => {
            let [a, b] = [$a, $b].map(|ends: [$type; 2]| ends.map(<$type>::to_le_bytes));
            check($kind, [&a[0], &a[1]], [&b[0], &b[1]], $expected);
        };
    }
    check("boolean", [&[1], &[1]], [&[0], &[0]], ["false", "true"]);
    check!("int32", i32, [-5, 2], [-1, 7], ["-5", "7"]);
    check!("int64", i64, [i64::MIN, 1], [0, i64::MAX], ["-9223372036854775808", "9223372036854775807"]);
    check!("int32 uint32", i32, [1, 2], [7, -1], ["1", "4294967295"]);
    check!("int32 uint8", i32, [200, 255], [3, 4], ["3", "255"]);
    check!("int64 uint64", i64, [5, -1], [6, 7], ["5", "18446744073709551615"]);
    check!("float", f32, [0.1, 2.0], [-1.5, f32::INFINITY], ["-1.5", "\"Infinity\""]);
    check!("double", f64, [0.1, 0.2], [-3.0, -2.0], ["-3.0", "0.2"]);
    check!(FLOAT16, u16, [0xc000, 0x3c00], [0xbc00, 0x4000], ["-2.0", "2.0"]);
    check!("int32 decimal", i32, [-150, 5], [7, 99], ["-1.50", "0.99"]);
    check!("int64 decimal", i64, [-1, 5], [7, 12_345_678_901], ["-0.01", "123456789.01"]);
    check!("int32 date", i32, [-1, 0], [1, 20_000], ["\"1969-12-31\"", "\"2024-10-04\""]);
    check!("int32 time", i32, [1000, 2000], [500, 600], ["\"00:00:00.500\"", "\"00:00:02\""]);
    check!(
        "int64 local",
        i64,
        [-1, 0],
        [0, 1000],
        ["\"1969-12-31T23:59:59.999\"", "\"1970-01-01T00:00:01\""]
    );
    check!(
        "int64 nanos",
        i64,
        [1, 2],
        [0, 1],
        ["\"1970-01-01T00:00:00Z\"", "\"1970-01-01T00:00:00.000000002Z\""]
    );
    check("fixed:3 decimal", [&[0xff, 0xff, 0x6a], &[0, 0, 5]], [&[0xff; 3], &[0, 1, 0]], ["-1.50", "2.56"]);
    // Decimals of variable length.
    check("binary decimal", [&[0x80], &[5]], [&[0xff, 0], &[0, 0xff]], ["-2.56", "2.55"]);
    check(STRING, [b"a", b"z"], [b"B", "é".as_bytes()], ["\"B\"", "\"é\""]);
    check("binary string", [b"aa", b"b"], [b"a", b"ba"], ["\"a\"", "\"ba\""]);
    check("binary", [&[0], &[0x7f]], [&[1], &[0xff]], ["\"AA==\"", "\"/w==\""]);
    check(
        UUID,
        [&[1; 16], &[0x7f; 16]],
        [&[2; 16], &[0xff; 16]],
        ["\"01010101-0101-0101-0101-010101010101\"", "\"ffffffff-ffff-ffff-ffff-ffffffffffff\""],
    );
}

#[test]
fn types_without_an_order_have_no_bounds() {
    for (kind, length) in
        [("int96", 12), ("fixed:12 interval", 12), ("binary geometry", 8), ("binary geography", 8)]
    {
        let bytes = vec![0; length];
        assert_eq!(bounds(kind, &[chunk(&bytes, &bytes)]), UNKNOWN, "{kind}");
    }
}

#[test]
fn a_bound_that_is_nan_is_ignored() {
    let doubles = |groups: &[[f64; 2]]| {
        let groups: Vec<_> = groups.iter().map(|ends| ends.map(f64::to_le_bytes)).collect();
        let chunks: Vec<_> = groups.iter().map(|[min, max]| chunk(min, max)).collect();
        bounds("double", &chunks)
    };
    assert_eq!(doubles(&[[f64::NAN, 3.0]]), ["unknown", "3.0"]);
    assert_eq!(doubles(&[[1.0, 2.0], [1.0, f64::NAN]]), ["1.0", "unknown"]);
    assert_eq!(bounds(FLOAT16, &[chunk(&[0, 0x7e], &[0, 0])]), ["unknown", "0.0"]);
    // A zero's sign is ignored.
    assert_eq!(doubles(&[[-0.0, 1.0]]), ["0.0", "1.0"]);
    assert_eq!(doubles(&[[-1.0, -0.0], [-1.0, 0.0]]), ["-1.0", "0.0"]);
    assert_eq!(doubles(&[[0.0, -0.0]]), ["0.0", "0.0"]);
    assert_eq!(bounds(FLOAT16, &[chunk(&[0, 0x80], &[0, 0])]), ["0.0", "0.0"]);
}

#[test]
fn truncated_bounds_are_not_exact() {
    assert_eq!(bounds(STRING, &[chunk(b"aaa", b"b").shortened()]), ["~\"aaa\"", "~\"b\""]);
    // A bound is exact if the row group with the extreme value has it in full.
    let (cut, full) = (chunk(b"b", b"c").shortened(), chunk(b"a", b"d"));
    assert_eq!(bounds(STRING, &[cut, full]), ["\"a\"", "\"d\""]);
    let same = chunk(b"a", b"c").shortened();
    assert_eq!(bounds(STRING, &[same, full])[0], "\"a\"");
    assert_eq!(bounds(STRING, &[full, same])[0], "\"a\"");
    assert_eq!(bounds(STRING, &[chunk(b"A", b"c").shortened(), full])[0], "~\"A\"");
    // Also for fixed-length bytes.
    let fixed = "fixed:9";
    assert_eq!(bounds(fixed, &[chunk(&[1], &[2]).shortened()]), ["~\"AQ==\"", "~\"Ag==\""]);
}

#[test]
fn a_bound_truncated_inside_a_value_is_omitted_but_not_the_other_bound() {
    let text = chunk(&"é".as_bytes()[..1], "ö".as_bytes()).shortened();
    assert_eq!(bounds(STRING, &[text]), ["unknown", "~\"ö\""]);
    let zero = "\"00000000-0000-0000-0000-000000000000\"";
    assert_eq!(bounds(UUID, &[chunk(&[1], &[0; 16])]), ["unknown", zero]);
}

#[test]
fn a_very_long_bound_is_omitted() {
    let long = [b'a'; MAX_BOUND + 1];
    assert_eq!(bounds(STRING, &[chunk(&long, b"b")]), ["unknown", "\"b\""]);
}

#[test]
fn deprecated_bounds_are_used_only_for_signed_numbers() {
    let (min, max) = ((-1i32).to_le_bytes(), 1i32.to_le_bytes());
    assert_eq!(bounds("int32", &[chunk(&min, &max).old()]), ["-1", "1"]);
    let (min, max) = ((-1i64).to_le_bytes(), 1i64.to_le_bytes());
    assert_eq!(bounds("int64 decimal", &[chunk(&min, &max).old()]), ["-0.01", "0.01"]);
    let (min, max) = ((-1f64).to_le_bytes(), 1f64.to_le_bytes());
    assert_eq!(bounds("double", &[chunk(&min, &max).old()]), ["-1.0", "1.0"]);
    assert_eq!(bounds("boolean", &[chunk(&[0], &[1]).old()]), ["false", "true"]);
    assert_eq!(bounds("int32 uint32", &[chunk(&[1, 0, 0, 0], &[2, 0, 0, 0]).old()]), UNKNOWN);
    assert_eq!(bounds(STRING, &[chunk(b"a", b"b").old()]), UNKNOWN);
    let decimal = "fixed:2 decimal";
    assert_eq!(bounds(decimal, &[chunk(&[0, 1], &[0, 2]).old()]), UNKNOWN);
}

#[test]
fn unreliable_bounds_are_omitted() {
    let [one, two, three] = [1i32, 2, 3].map(i32::to_le_bytes);
    let good = chunk(&one, &two);
    for (why, chunks) in [
        ("a row group says nothing", &[good, ChunkStatistics::default()][..]),
        ("they are of another length than the type's", &[chunk(&[1], &[2])]),
        ("the minimum is greater than the maximum", &[chunk(&three, &two)]),
        ("there is no row group", &[]),
    ] {
        assert_eq!(bounds("int32", chunks), UNKNOWN, "{why}");
    }
    assert_eq!(bounds("boolean", &[chunk(&[], &[1])]), ["unknown", "true"]);
}

#[test]
fn nulls_of_all_row_groups_are_added_up() {
    let [one, two] = [1i32, 2].map(i32::to_le_bytes);
    let good = chunk(&one, &two);
    let nulls = |chunks: &[ChunkStatistics]| statistics("int32", chunks).0;
    assert_eq!(nulls(&[good.nulls(3), good.nulls(4)]), Some(7));
    // Unknown if a row group has no count, or an impossible one.
    assert_eq!(nulls(&[good.nulls(3), good]), None);
    assert_eq!(nulls(&[good.nulls(3), good.nulls(11)]), None);
}

#[test]
fn a_row_group_with_only_nulls_or_no_rows_needs_no_bounds() {
    let [one, two] = [1i32, 2].map(i32::to_le_bytes);
    let only_nulls = ChunkStatistics::default().nulls(10);
    let empty = ChunkStatistics { values: Some(0), ..ChunkStatistics::default() };
    let chunks = [chunk(&one, &two).nulls(3), only_nulls, empty];
    assert_eq!(statistics("int32", &chunks), (Some(13), ["1", "2"].map(String::from)));
    assert_eq!(statistics("int32", &[only_nulls]), (Some(10), UNKNOWN.map(String::from)));
}
