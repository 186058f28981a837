//! Compares the library's formatting of single values with other crates.
//!
//! Each benchmark writes many values, each followed by a comma, into memory with enough room, as the encoders write a
//! column. The text of other crates is copied there from their buffers.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use half::f16;
use unparquet_benches::format::{SLOT, Slot, decimal, float, integer, time};

const COUNT: usize = 1 << 14;

/// SplitMix64, <https://prng.di.unimi.it/splitmix64.c>: the same values in every run.
struct Random(u64);

impl Random {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    fn below(&mut self, end: u64) -> u64 {
        self.bits() % end
    }

    /// A float from 0 to 1.
    fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }
}

fn values<T>(mut value: impl FnMut(&mut Random) -> T) -> Vec<T> {
    let mut random = Random(1);
    (0..COUNT).map(|_| value(&mut random)).collect()
}

/// Writes all values; `write` returns the length of a value's text.
#[inline(always)]
fn column<T: Copy>(values: &[T], out: &mut Vec<u8>, write: impl Fn(T, &mut Slot) -> usize) -> usize {
    let mut at = 0;
    out.resize((COUNT + 1) * SLOT, 0);
    for &value in values {
        let Some(slot) = out[at..].first_chunk_mut::<SLOT>() else { unreachable!("room for every slot") };
        let length = write(value, slot);
        slot[length & (SLOT - 1)] = b',';
        at += length + 1;
    }
    at
}

/// Writes texts of any length, up to twice as long as the values.
fn texts(values: &[Vec<u8>], out: &mut Vec<u8>, write: impl Fn(&[u8], &mut [u8])) -> usize {
    out.clear();
    for value in values {
        out.push(b'"');
        let start = out.len();
        out.resize(start + 2 * value.len(), 0);
        write(value, &mut out[start..]);
        out.push(b'"');
    }
    out.len()
}

#[inline(always)]
fn copy(text: &str, to: &mut Slot) -> usize {
    to[..text.len()].copy_from_slice(text.as_bytes());
    text.len()
}

type Writer<'a, T> = (&'a str, &'a dyn Fn(&[T], &mut Vec<u8>) -> usize);

/// Runs all writers on the same values, after checking that they write the same text (except `ryu`, whose format differs).
fn compare<T>(criterion: &mut Criterion, group: &str, mix: &str, values: &[T], writers: &[Writer<T>]) {
    let mut out = Vec::new();
    let (_, first) = writers[0];
    let length = first(values, &mut out);
    let expected = out[..length].to_vec();
    let mut group = criterion.benchmark_group(group);
    group.throughput(Throughput::Elements(values.len() as u64));
    for (name, write) in writers {
        let length = write(values, &mut out);
        assert!(*name == "ryu" || out[..length] == expected, "{mix}: {name} writes another text");
        group.bench_function(BenchmarkId::new(mix, name), |bencher| {
            bencher.iter(|| write(black_box(values), black_box(&mut out)));
        });
    }
    group.finish();
}

macro_rules! integers {
    ($criterion:expr, $type:ident, $mix:literal, $value:expr) => {
        let values: Vec<$type> = values($value);
        let ours = |values: &[$type], out: &mut Vec<u8>| column(values, out, integer::$type);
        let itoa = |values: &[$type], out: &mut Vec<u8>| {
            column(values, out, |value, to| copy(itoa::Buffer::new().format(value), to))
        };
        compare($criterion, stringify!($type), $mix, &values, &[("ours", &ours), ("itoa", &itoa)]);
    };
}

fn integers(criterion: &mut Criterion) {
    integers!(criterion, i32, "codes below 1000", |random| random.below(1_000) as i32);
    integers!(criterion, i32, "all", |random| random.bits() as i32);
    integers!(criterion, i64, "ids", |random| random.below(20_000_000) as i64);
    integers!(criterion, i64, "cents", |random| random.below(500_000) as i64 - 50_000);
    integers!(criterion, i64, "mixed lengths", |random| (random.bits() as i64) >> (random.bits() & 63));
    integers!(criterion, i64, "microseconds", |random| 1_700_000_000_000_000 + random.below(1 << 45) as i64);
    integers!(criterion, u64, "all", |random| random.bits());
}

macro_rules! floats {
    ($criterion:expr, $type:ident, $mix:literal, $value:expr) => {
        let values: Vec<$type> = values($value);
        let ours = |values: &[$type], out: &mut Vec<u8>| column(values, out, float::$type);
        let zmij = |values: &[$type], out: &mut Vec<u8>| {
            column(values, out, |value, to| copy(zmij::Buffer::new().format_finite(value), to))
        };
        let ryu = |values: &[$type], out: &mut Vec<u8>| {
            column(values, out, |value, to| copy(ryu::Buffer::new().format_finite(value), to))
        };
        let writers: &[Writer<$type>] = &[("ours", &ours), ("zmij", &zmij), ("ryu", &ryu)];
        compare($criterion, stringify!($type), $mix, &values, writers);
    };
}

fn floats(criterion: &mut Criterion) {
    floats!(criterion, f64, "prices", |random| random.below(100_000) as f64 / 100.0);
    floats!(criterion, f64, "integers", |random| random.below(100_000) as f64);
    floats!(criterion, f64, "prices and rates", |random| match random.below(4) {
        0 => random.unit(),
        _ => random.below(1_000_000) as f64 / 100.0,
    });
    floats!(criterion, f64, "six places", |random| random.below(180_000_000) as f64 / 1e6 - 90.0);
    floats!(criterion, f64, "0 to 1", |random| random.unit());
    floats!(criterion, f64, "1e-12 to 1e12", |random| {
        random.unit() * 10f64.powi(random.below(25) as i32 - 12)
    });
    floats!(criterion, f64, "any bits", |random| f64::from_bits(random.bits() & !(1 << 62)));
    floats!(criterion, f32, "prices", |random| random.below(100_000) as f32 / 100.0);
    floats!(criterion, f32, "integers", |random| random.below(10_000) as f32);
    floats!(criterion, f32, "0 to 1", |random| random.unit() as f32);
    floats!(criterion, f32, "1e-6 to 1e6", |random| {
        (random.unit() * 10f64.powi(random.below(13) as i32 - 6)) as f32
    });

    let values = values(|random| f16::from_f64((random.unit() - 0.5) * 200.0));
    let ours = |values: &[f16], out: &mut Vec<u8>| column(values, out, float::f16);
    compare(criterion, "f16", "-100 to 100", &values, &[("ours", &ours)]);
}

fn bytes(criterion: &mut Criterion) {
    let uuids = values(|random| (u128::from(random.bits()) << 64 | u128::from(random.bits())).to_be_bytes());
    let ours = |values: &[[u8; 16]], out: &mut Vec<u8>| {
        column(values, out, |value, to| unparquet_benches::format::uuid::uuid(&value, to))
    };
    let faster_hex = |values: &[[u8; 16]], out: &mut Vec<u8>| {
        column(values, out, |value, to| {
            let mut text = [0; 32];
            faster_hex::hex_encode(&value, &mut text).unwrap();
            let mut at = 1;
            to[0] = b'"';
            for part in [0..8, 8..12, 12..16, 16..20, 20..32] {
                let length = part.len();
                to[at..at + length].copy_from_slice(&text[part]);
                to[at + length] = b'-';
                at += length + 1;
            }
            to[37] = b'"';
            38
        })
    };
    let uuid = |values: &[[u8; 16]], out: &mut Vec<u8>| {
        column(values, out, |value, to| {
            to[0] = b'"';
            uuid::Uuid::from_bytes(value).hyphenated().encode_lower(&mut to[1..37]);
            to[37] = b'"';
            38
        })
    };
    let writers: &[Writer<[u8; 16]>] = &[("ours", &ours), ("faster-hex", &faster_hex), ("uuid", &uuid)];
    compare(criterion, "uuid", "all", &uuids, writers);

    for length in [8, 32, 1_000] {
        let mut random = Random(2);
        let blob = |_| (0..length).map(|_| random.bits() as u8).collect();
        let blobs: Vec<Vec<u8>> = (0..COUNT * 8 / length).map(blob).collect();
        let const_hex = |values: &[Vec<u8>], out: &mut Vec<u8>| {
            texts(values, out, |value, to| const_hex::encode_to_slice(value, to).unwrap())
        };
        let faster_hex = |values: &[Vec<u8>], out: &mut Vec<u8>| {
            texts(values, out, |value, to| {
                faster_hex::hex_encode(value, to).unwrap();
            })
        };
        let writers: &[Writer<Vec<u8>>] = &[("faster-hex", &faster_hex), ("const-hex", &const_hex)];
        compare(criterion, "hex", &format!("{length} bytes"), &blobs, writers);
    }
}

fn decimals_and_times(criterion: &mut Criterion) {
    for (mix, scale, end) in [
        ("prices", 2, 100_000),
        ("15 digits, scale 4", 4, 10u64.pow(15)),
        ("18 digits, scale 4", 4, 10u64.pow(18)),
    ] {
        let values = values(|random| random.below(end) as i64);
        let ours = |values: &[i64], out: &mut Vec<u8>| {
            column(values, out, |value, to| decimal::decimal64(value, scale, to))
        };
        // No crate writes only decimals: itoa, with the point inserted.
        let itoa = |values: &[i64], out: &mut Vec<u8>| {
            column(values, out, |value, to| {
                let mut buffer = itoa::Buffer::new();
                let digits = buffer.format(value).as_bytes();
                let Some(whole) = digits.len().checked_sub(scale).filter(|&whole| whole > 0) else {
                    to[..2 + scale].fill(b'0');
                    to[1] = b'.';
                    to[2 + scale - digits.len()..2 + scale].copy_from_slice(digits);
                    return 2 + scale;
                };
                to[..whole].copy_from_slice(&digits[..whole]);
                to[whole] = b'.';
                to[whole + 1..=digits.len()].copy_from_slice(&digits[whole..]);
                digits.len() + 1
            })
        };
        compare(criterion, "decimal", mix, &values, &[("ours", &ours), ("itoa", &itoa)]);
    }

    let values = values(|random| 1_600_000_000_000_000 + random.below(1 << 48) as i64);
    let ours = |values: &[i64], out: &mut Vec<u8>| {
        column(values, out, |value, to| time::timestamp_micros(value, true, to))
    };
    let chrono = |values: &[i64], out: &mut Vec<u8>| {
        column(values, out, |value, to| {
            use std::io::Write;
            let time = chrono::DateTime::from_timestamp_micros(value).unwrap();
            let mut rest = &mut to[..];
            let text = time.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true);
            write!(rest, "\"{text}\"").unwrap();
            SLOT - rest.len()
        })
    };
    compare(criterion, "timestamp", "microseconds", &values, &[("ours", &ours), ("chrono", &chrono)]);
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1));
    targets = integers, floats, bytes, decimals_and_times
}
criterion_main!(benches);
