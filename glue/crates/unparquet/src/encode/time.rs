//! Dates, times, timestamps and intervals, all in ISO 8601.

use std::marker::PhantomData;

use super::values::{Span, Write};
use crate::format::{Slot, time};

const DAY: i64 = 86_400;
const NANOS: i128 = 1_000_000_000;
const JULIAN_DAY_OF_EPOCH: i64 = 2_440_588;

pub struct Date;

impl Write<i32> for Date {
    const MOST: usize = 16;

    fn write(&self, value: i32, to: &mut Slot) -> usize {
        time::date(i64::from(value), to)
    }
}

/// What a value counts.
pub trait Ticks: Send {
    fn time(value: i64, to: &mut Slot) -> usize;
    fn timestamp(value: i64, utc: bool, to: &mut Slot) -> usize;
}

macro_rules! ticks {
    ($name:ident, $time:ident, $timestamp:ident) => {
        #[derive(Default)]
        pub struct $name;

        impl Ticks for $name {
            fn time(value: i64, to: &mut Slot) -> usize {
                time::$time(value, to)
            }

            fn timestamp(value: i64, utc: bool, to: &mut Slot) -> usize {
                time::$timestamp(value, utc, to)
            }
        }
    };
}

ticks!(Millis, time_millis, timestamp_millis);
ticks!(Micros, time_micros, timestamp_micros);
ticks!(Nanos, time_nanos, timestamp_nanos);

/// The longest text: a sign, a year of nine digits, nine digits of a second, quotes.
const MOST: usize = 42;

#[derive(Default)]
pub struct Time<T>(PhantomData<T>);

impl<T: Ticks, V: Into<i64>> Write<V> for Time<T> {
    const MOST: usize = MOST;

    fn write(&self, value: V, to: &mut Slot) -> usize {
        T::time(value.into(), to)
    }
}

pub struct Timestamp<T> {
    utc: bool,
    ticks: PhantomData<T>,
}

impl<T> Timestamp<T> {
    pub fn new(utc: bool) -> Self {
        Self { utc, ticks: PhantomData }
    }
}

impl<T: Ticks> Write<i64> for Timestamp<T> {
    const MOST: usize = MOST;

    fn write(&self, value: i64, to: &mut Slot) -> usize {
        T::timestamp(value, self.utc, to)
    }
}

/// Nanoseconds of a day and a Julian day, both of any value. Not adjusted to UTC: the type does not say.
pub struct Int96;

impl Write<[u32; 3]> for Int96 {
    const MOST: usize = MOST;

    fn write(&self, [low, high, day]: [u32; 3], to: &mut Slot) -> usize {
        let nanos = (u64::from(high) << 32 | u64::from(low)) as i64;
        let days = i64::from(day as i32) - JULIAN_DAY_OF_EPOCH;
        let mut total = i128::from(days) * i128::from(DAY) * NANOS + i128::from(nanos);
        // Spark computes in 64-bit microseconds and lets far years overflow, which leaves both parts
        // negative; it reads them back by overflowing again.
        let micros = total.div_euclid(1000);
        if nanos < 0 && i64::try_from(micros).is_err() {
            total = i128::from(micros as i64) * 1000 + total.rem_euclid(1000);
        }
        time::timestamp(total.div_euclid(NANOS) as i64, total.rem_euclid(NANOS) as u32, false, to)
    }
}

/// Months, days and milliseconds as an ISO 8601 duration; `PT0S` for none.
pub struct Interval;

impl Write<Span<'_>> for Interval {
    const MOST: usize = 48;

    fn write(&self, value: Span<'_>, to: &mut Slot) -> usize {
        let bytes = value.fixed::<12>();
        let (words, _) = bytes.as_chunks::<4>();
        let [months, days, millis] = [0, 1, 2].map(|index| u32::from_le_bytes(words[index]));
        time::interval(months, days, millis, to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn int96_is_exact_at_its_limits() {
        let int96 = |low, high, day| {
            let mut out = Vec::new();
            Int96.append([low, high, day], &mut out);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(int96(1, 0, 2_440_588), "\"1970-01-01T00:00:00.000000001\"");
        assert_eq!(int96(0, 0, 0), "\"-4713-11-24T00:00:00\"");
        assert_eq!(int96(u32::MAX, u32::MAX, 2_440_588), "\"1969-12-31T23:59:59.999999999\"");
        assert_eq!(int96(0, 0, i32::MAX as u32), "\"+5874898-06-03T00:00:00\"");
        assert_eq!(int96(0xc7b9_6000, 0xffff_e26e, 0xf9b0_aba8), "\"+290000-12-30T23:00:00\"");
    }
}
