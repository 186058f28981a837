//! Dates, times, timestamps and intervals, all in ISO 8601.

use std::marker::PhantomData;

use super::numbers::{SAFE, quote};
use super::values::{PaddedSlice, Write};
use crate::format::{Slot, decimal, time};
use crate::options::{Timestamps, ValueOptions};

const DAY: i64 = 86_400;
const NANOS: i128 = 1_000_000_000;
const JULIAN_DAY_OF_EPOCH: i64 = 2_440_588;

pub struct Date;

impl Write<i32> for Date {
    const MAX: usize = 16;

    fn write(&self, value: i32, to: &mut Slot) -> usize {
        time::date(i64::from(value), to)
    }
}

/// The unit of a time or timestamp.
pub trait Ticks: Send {
    /// Digits of the fraction of a second.
    const DIGITS: i32;

    fn time(value: i64, to: &mut Slot) -> usize;
    fn timestamp(value: i64, utc: bool, to: &mut Slot) -> usize;
}

macro_rules! ticks {
    ($name:ident, $digits:literal, $time:ident, $timestamp:ident) => {
        #[derive(Default)]
        pub struct $name;

        impl Ticks for $name {
            const DIGITS: i32 = $digits;

            fn time(value: i64, to: &mut Slot) -> usize {
                time::$time(value, to)
            }

            fn timestamp(value: i64, utc: bool, to: &mut Slot) -> usize {
                time::$timestamp(value, utc, to)
            }
        }
    };
}

ticks!(Millis, 3, time_millis, timestamp_millis);
ticks!(Micros, 6, time_micros, timestamp_micros);
ticks!(Nanos, 9, time_nanos, timestamp_nanos);

/// The longest text: a sign, a year of nine digits, a fraction of nine digits, and quotes.
const MAX: usize = 42;

#[derive(Default)]
pub struct Time<T>(PhantomData<T>);

impl<T: Ticks, V: Into<i64>> Write<V> for Time<T> {
    const MAX: usize = MAX;

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
    const MAX: usize = MAX;

    fn write(&self, value: i64, to: &mut Slot) -> usize {
        T::timestamp(value, self.utc, to)
    }
}

/// Nanoseconds of a day, and a Julian day; neither need be in range. Local time: the type has no time zone.
pub struct Int96;

impl Write<[u32; 3]> for Int96 {
    const MAX: usize = MAX;

    fn write(&self, value: [u32; 3], to: &mut Slot) -> usize {
        let total = int96_nanos(value);
        time::timestamp(total.div_euclid(NANOS) as i64, total.rem_euclid(NANOS) as u32, false, to)
    }
}

/// Nanoseconds since the epoch.
fn int96_nanos([low, high, day]: [u32; 3]) -> i128 {
    let nanos = (u64::from(high) << 32 | u64::from(low)) as i64;
    let days = i64::from(day as i32) - JULIAN_DAY_OF_EPOCH;
    let total = i128::from(days) * i128::from(DAY) * NANOS + i128::from(nanos);
    // In distant years, Spark overflows 64-bit microseconds, which makes both parts negative; overflowing again restores
    // the value.
    let micros = total.div_euclid(1000);
    if nanos < 0 && i64::try_from(micros).is_err() {
        return i128::from(micros as i64) * 1000 + total.rem_euclid(1000);
    }
    total
}

/// Decimals with a fraction survive a 64-bit float if their digits, without the point, are at most this: floats are at
/// least as dense there.
const SAFE_FRACTION: u64 = 1 << 52;

/// Timestamps as the exact number of units since the epoch.
pub struct Epoch {
    /// Digits after the decimal point.
    scale: usize,
    /// Factor for values of a coarser unit.
    factor: i128,
    big_as_text: bool,
}

impl Epoch {
    /// `digits`: precision of the values, as digits of a second's fraction. None if timestamps are written as text.
    pub fn new(digits: i32, options: &ValueOptions) -> Option<Self> {
        let unit_digits = match options.timestamps {
            Timestamps::Iso => return None,
            Timestamps::EpochMs => Millis::DIGITS,
            Timestamps::EpochUs => Micros::DIGITS,
            Timestamps::EpochNs => Nanos::DIGITS,
        };
        Some(Self {
            scale: (digits - unit_digits).max(0) as usize,
            factor: 10i128.pow((unit_digits - digits).max(0) as u32),
            big_as_text: options.big_integers_as_text,
        })
    }

    fn put(&self, value: i128, scale: usize, to: &mut Slot) -> usize {
        let value = value * self.factor;
        let length = decimal::decimal128(value, scale, to);
        let safe = if scale > 0 { SAFE_FRACTION } else { SAFE };
        if self.big_as_text && value.unsigned_abs() > safe.into() { quote(length, to) } else { length }
    }
}

/// Drops the trailing zeros of a fraction of `scale` digits.
macro_rules! trimmed {
    ($value:expr, $scale:expr) => {{
        let (mut value, mut scale) = ($value, $scale);
        while scale > 0 && value % 10 == 0 {
            (value, scale) = (value / 10, scale - 1);
        }
        (value, scale)
    }};
}

impl Write<i64> for Epoch {
    const MAX: usize = 32;

    fn write(&self, value: i64, to: &mut Slot) -> usize {
        let (value, scale) = trimmed!(value, self.scale);
        self.put(i128::from(value), scale, to)
    }
}

/// INT96.
impl Write<[u32; 3]> for Epoch {
    const MAX: usize = 32;

    fn write(&self, value: [u32; 3], to: &mut Slot) -> usize {
        let (value, scale) = trimmed!(int96_nanos(value), self.scale);
        self.put(value, scale, to)
    }
}

/// Months, days and milliseconds as an ISO 8601 duration; `PT0S` for none.
pub struct Interval;

impl Write<PaddedSlice<'_>> for Interval {
    const MAX: usize = 48;

    fn write(&self, value: PaddedSlice<'_>, to: &mut Slot) -> usize {
        let bytes = value.fixed::<12>();
        let (words, _) = bytes.as_chunks::<4>();
        let [months, days, millis] = [0, 1, 2].map(|index| u32::from_le_bytes(words[index]));
        time::interval(months, days, millis, to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::{Numbers, Options};

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

    const EPOCHS: [Timestamps; 3] = [Timestamps::EpochMs, Timestamps::EpochUs, Timestamps::EpochNs];

    fn epoch<V>(digits: i32, timestamps: Timestamps, integers: Numbers, value: V) -> String
    where
        Epoch: Write<V>,
    {
        let options = Options { timestamps, integers, ..Options::default() };
        let mut out = Vec::new();
        Epoch::new(digits, &options.values()).unwrap().append(value, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn epochs_are_exact_in_every_unit_at_the_limits() {
        let epochs = |digits, value: i64| EPOCHS.map(|unit| epoch(digits, unit, Numbers::Number, value));
        assert_eq!(
            epochs(3, i64::MIN),
            ["-9223372036854775808", "-9223372036854775808000", "-9223372036854775808000000"]
        );
        assert_eq!(
            epochs(6, i64::MAX),
            ["9223372036854775.807", "9223372036854775807", "9223372036854775807000"]
        );
        assert_eq!(
            epochs(9, i64::MIN),
            ["-9223372036854.775808", "-9223372036854775.808", "-9223372036854775808"]
        );
        assert_eq!(epochs(9, 1), ["0.000001", "0.001", "1"]);
        assert_eq!(epochs(9, -1), ["-0.000001", "-0.001", "-1"]);
        assert_eq!(epochs(9, -1_500_000), ["-1.5", "-1500", "-1500000"]);
        for digits in [3, 6, 9] {
            assert_eq!(epochs(digits, 0), ["0", "0", "0"]);
        }
    }

    #[test]
    fn epochs_of_int96_are_exact_at_its_limits() {
        let epochs = |low, high, day| EPOCHS.map(|unit| epoch(9, unit, Numbers::Number, [low, high, day]));
        assert_eq!(epochs(1, 0, 2_440_588), ["0.000001", "0.001", "1"]);
        assert_eq!(epochs(u32::MAX, u32::MAX, 2_440_588), ["-0.000001", "-0.001", "-1"]);
        assert_eq!(
            epochs(0, 0, i32::MAX as u32),
            ["185331720297600000", "185331720297600000000", "185331720297600000000000"]
        );
        assert_eq!(
            epochs(u32::MAX, i32::MAX as u32, i32::MIN as u32),
            ["-185744230618363145.224193", "-185744230618363145224.193", "-185744230618363145224193"]
        );
    }

    #[test]
    fn epochs_beyond_a_float_are_strings_if_large_integers_are() {
        let epoch = |digits, unit, value: i64| epoch(digits, unit, Numbers::String, value);
        let (safe, with_point) = (1i64 << 53, (1i64 << 52) - 1);
        assert_eq!(epoch(6, Timestamps::EpochUs, safe), "9007199254740992");
        assert_eq!(epoch(6, Timestamps::EpochUs, -safe - 1), "\"-9007199254740993\"");
        assert_eq!(epoch(3, Timestamps::EpochNs, 9_007_199_255), "\"9007199255000000\"");
        assert_eq!(epoch(6, Timestamps::EpochMs, with_point), "4503599627370.495");
        assert_eq!(epoch(6, Timestamps::EpochMs, with_point + 2), "\"4503599627370.497\"");
        assert_eq!(epoch(9, Timestamps::EpochMs, 1_700_000_000_123_456_789), "\"1700000000123.456789\"");
        assert_eq!(epoch(9, Timestamps::EpochMs, 1_700_000_000_123_000_000), "1700000000123");
    }
}
