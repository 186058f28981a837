//! Dates, times, timestamps and intervals in ISO 8601, in quotes.
//!
//! Years beyond 0000–9999 have a sign. Fractions of a second have 0, 3, 6 or 9 digits, the fewest that are exact.

use core::ops::Range;

use super::digits::{Sixteen, four};
use super::{Slot, integer, put};

const DAY: i64 = 86_400;
const ERA: i64 = 146_097;
/// Days from 1 March of the year -400 to the epoch. Counted from there, days of four-digit years are not negative, and
/// a leap day is the last day of its year.
const BEFORE_EPOCH: i64 = ERA + 719_468;
/// Days of the years 0 to 9999, counted from there.
const NEAR: Range<i64> = ERA - 60..26 * ERA - 60;

/// Units per second.
const MILLIS: u64 = 1_000;
const MICROS: u64 = 1_000_000;
const NANOS: u64 = 1_000_000_000;

/// Days since the epoch.
#[inline(always)]
pub fn date(days: i64, to: &mut Slot) -> usize {
    to[0] = b'"';
    let day = days.saturating_add(BEFORE_EPOCH);
    // Both functions write the closing quote.
    1 + if NEAR.contains(&day) { near_date(day as u32, to) } else { far_date(day, to) }
}

/// Milliseconds of a day. Times outside of a day are invalid but written unchanged.
#[inline(always)]
pub fn time_millis(value: i64, to: &mut Slot) -> usize {
    time::<MILLIS>(value, to)
}

#[inline(always)]
pub fn time_micros(value: i64, to: &mut Slot) -> usize {
    time::<MICROS>(value, to)
}

#[inline(always)]
pub fn time_nanos(value: i64, to: &mut Slot) -> usize {
    time::<NANOS>(value, to)
}

/// Milliseconds since the epoch, with a `Z` if in UTC.
#[inline(always)]
pub fn timestamp_millis(value: i64, utc: bool, to: &mut Slot) -> usize {
    timestamp_of::<MILLIS>(value, utc, to)
}

#[inline(always)]
pub fn timestamp_micros(value: i64, utc: bool, to: &mut Slot) -> usize {
    timestamp_of::<MICROS>(value, utc, to)
}

#[inline(always)]
pub fn timestamp_nanos(value: i64, utc: bool, to: &mut Slot) -> usize {
    timestamp_of::<NANOS>(value, utc, to)
}

/// Seconds since the epoch, and nanoseconds of a second.
#[inline]
pub fn timestamp(seconds: i64, nanos: u32, utc: bool, to: &mut Slot) -> usize {
    let (day, seconds) = (seconds.div_euclid(DAY) + BEFORE_EPOCH, seconds.rem_euclid(DAY) as u32);
    if NEAR.contains(&day) {
        near_timestamp::<NANOS>(day as u32, seconds, nanos, utc, to)
    } else {
        far_timestamp::<NANOS>(day, seconds, nanos, utc, to)
    }
}

/// Months, days and milliseconds as a duration; `PT0S` for none.
pub fn interval(months: u32, days: u32, millis: u32, to: &mut Slot) -> usize {
    put(to, 0, *b"\"P");
    let mut end = 2;
    for (number, unit) in [(months, b'M'), (days, b'D')] {
        if number > 0 {
            end = write_integer(u64::from(number), end, to);
            to[end] = unit;
            end += 1;
        }
    }
    if millis > 0 || end == 2 {
        to[end] = b'T';
        end = write_integer(u64::from(millis / 1000), end + 1, to);
        let mut clock = [0; super::SLOT];
        let length = write_clock::<MILLIS>(0, millis % 1000, 0, &mut clock);
        to[end..end + length - 8].copy_from_slice(&clock[8..length]);
        end += length - 8;
        to[end] = b'S';
        end += 1;
    }
    to[end] = b'"';
    end + 1
}

#[inline(always)]
fn timestamp_of<const PER_SECOND: u64>(value: i64, utc: bool, to: &mut Slot) -> usize {
    let per_day = PER_SECOND as i64 * DAY;
    // Shifting out the factor of two first prevents an overflow when counting from another day.
    let twos = per_day.trailing_zeros();
    let part = per_day >> twos;
    let parts = (value >> twos) + BEFORE_EPOCH * part;
    let near = (NEAR.start * part..NEAR.end * part).contains(&parts);
    let day = if near { (parts as u64 / part as u64) as i64 } else { parts.div_euclid(part) };
    let rest = value.wrapping_sub((day - BEFORE_EPOCH).wrapping_mul(per_day)) as u64;
    let (seconds, fraction) = ((rest / PER_SECOND) as u32, (rest % PER_SECOND) as u32);
    if near {
        near_timestamp::<PER_SECOND>(day as u32, seconds, fraction, utc, to)
    } else {
        far_timestamp::<PER_SECOND>(day, seconds, fraction, utc, to)
    }
}

#[inline(always)]
fn near_timestamp<const PER_SECOND: u64>(
    day: u32,
    seconds: u32,
    fraction: u32,
    utc: bool,
    to: &mut Slot,
) -> usize {
    to[0] = b'"';
    let end = near_date(day, to);
    write_rest::<PER_SECOND>(seconds, fraction, utc, end, to)
}

#[cold]
#[inline(never)]
fn far_timestamp<const PER_SECOND: u64>(
    day: i64,
    seconds: u32,
    fraction: u32,
    utc: bool,
    to: &mut Slot,
) -> usize {
    to[0] = b'"';
    let end = far_date(day, to);
    write_rest::<PER_SECOND>(seconds, fraction, utc, end, to)
}

/// Writes what follows the date.
#[inline(always)]
fn write_rest<const PER_SECOND: u64>(
    seconds: u32,
    fraction: u32,
    utc: bool,
    at: usize,
    to: &mut Slot,
) -> usize {
    put(to, at, [b'T']);
    let end = write_clock::<PER_SECOND>(seconds, fraction, at + 1, to);
    to[end & 63] = if utc { b'Z' } else { b'"' };
    to[(end + 1) & 63] = b'"';
    end + 1 + usize::from(utc)
}

#[inline(always)]
fn time<const PER_SECOND: u64>(value: i64, to: &mut Slot) -> usize {
    to[0] = b'"';
    let end = if (0..PER_SECOND as i64 * DAY).contains(&value) {
        let (seconds, fraction) = (value as u64 / PER_SECOND, value as u64 % PER_SECOND);
        write_clock::<PER_SECOND>(seconds as u32, fraction as u32, 1, to)
    } else {
        far_time::<PER_SECOND>(value, to)
    };
    to[end & 63] = b'"';
    end + 1
}

#[cold]
fn far_time<const PER_SECOND: u64>(value: i64, to: &mut Slot) -> usize {
    to[1] = b'-';
    let start = 1 + usize::from(value < 0);
    let (seconds, fraction) = (value.unsigned_abs() / PER_SECOND, value.unsigned_abs() % PER_SECOND);
    let end = write_padded(seconds / 3600, 2, start, to);
    // Writes minutes and seconds after the hours.
    let mut clock = [0; super::SLOT];
    let length = write_clock::<PER_SECOND>((seconds % 3600) as u32, fraction as u32, 0, &mut clock);
    to[end..end + length - 2].copy_from_slice(&clock[2..length]);
    end + length - 2
}

/// `HH:MM:SS` of the seconds of a day, and the fraction of a second in units of 1/`PER_SECOND`. `at` is below 22.
#[inline(always)]
fn write_clock<const PER_SECOND: u64>(seconds: u32, fraction: u32, at: usize, to: &mut Slot) -> usize {
    let minutes = seconds / 60;
    // As digits, the colons are zeros: setting further bits of a `0` makes a `:`.
    let clock = seconds + (1_000 - 60) * (minutes + 1_000 * (minutes / 60));
    let nanos = fraction * (NANOS / PER_SECOND) as u32;
    let digits = Sixteen::of_halves(clock, nanos / 10);
    let text = u128::from_le_bytes(digits.text()) | 0x0a00_000a_0000;
    put(to, at, (text as u64).to_le_bytes());
    put(to, at + 8, [b'.']);
    put(to, at + 9, ((text >> 64) as u64).to_le_bytes());
    to[(at + 17) & 63] = b'0' + (nanos % 10) as u8;
    if nanos == 0 {
        return at + 8;
    }
    let coarse = usize::from(nanos.is_multiple_of(1_000)) + usize::from(nanos.is_multiple_of(1_000_000));
    at + 18 - 3 * coarse
}

/// Writes a date and a quote after the opening quote. `day` counts from 1 March of the year -400.
#[inline(always)]
fn near_date(day: u32, to: &mut Slot) -> usize {
    let (year, day) = year_and_day(day);
    let rest = MONTH_AND_DAY[day];
    put(to, 1, four(year + (rest >> 56) as u32 - 400));
    put(to, 5, rest.to_le_bytes());
    11
}

#[cold]
fn far_date(day: i64, to: &mut Slot) -> usize {
    let (era, day) = (day.div_euclid(ERA), day.rem_euclid(ERA));
    let (year, day) = year_and_day(day as u32);
    let rest = MONTH_AND_DAY[day];
    let year = era * 400 - 400 + i64::from(year) + (rest >> 56) as i64;
    to[1] = if year < 0 { b'-' } else { b'+' };
    let end = write_padded(year.unsigned_abs(), 4, 2, to);
    put(to, end, rest.to_le_bytes());
    end + 6
}

/// The year that starts on 1 March, counted from a multiple of 400, and the day of that year.
///
/// Source: Neri and Schneider, Euclidean affine functions and their application to calendar algorithms, 2022
/// (<https://doi.org/10.1002/spe.3172>), section 6: quotient and remainder of a division by an average length are
/// quotient and remainder of a multiplication by 2^32 over it.
#[inline(always)]
fn year_and_day(day: u32) -> (u32, usize) {
    let quarters = 4 * day + 3;
    let (century, day) = (quarters / ERA as u32, quarters % ERA as u32 / 4);
    // 2^32 / 1461, rounded up.
    const YEAR: u64 = 2_939_745;
    let product = YEAR * u64::from(4 * day + 3);
    let (year, day) = ((product >> 32) as u32, product as u32 / YEAR as u32 / 4);
    (100 * century + year, day as usize)
}

/// `-MM-DD"` of each day of a year from March on, and a 1 if the next calendar year has begun.
static MONTH_AND_DAY: [u64; 366] = {
    const LENGTHS: [usize; 12] = [31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 31, 29];
    let mut table = [0; 366];
    let (mut index, mut march, mut day) = (0, 0, 1);
    while index < table.len() {
        let month = (march + 2) % 12 + 1;
        let digits = [month / 10, month % 10, day / 10, day % 10];
        let [a, b, c, d] = [digits[0] as u8, digits[1] as u8, digits[2] as u8, digits[3] as u8];
        let text = [b'-', b'0' + a, b'0' + b, b'-', b'0' + c, b'0' + d, b'"', (march >= 10) as u8];
        table[index] = u64::from_le_bytes(text);
        index += 1;
        day += 1;
        if day > LENGTHS[march] {
            (march, day) = (march + 1, 1);
        }
    }
    table
};

fn write_padded(value: u64, digits: usize, at: usize, to: &mut Slot) -> usize {
    if value < 10u64.pow(digits as u32) {
        let last = four(value as u32);
        to[at..at + digits].copy_from_slice(&last[4 - digits..]);
        return at + digits;
    }
    write_integer(value, at, to)
}

fn write_integer(value: u64, at: usize, to: &mut Slot) -> usize {
    let mut slot = [0; super::SLOT];
    let length = integer::u64(value, &mut slot);
    to[at..at + length].copy_from_slice(&slot[..length]);
    at + length
}

#[cfg(test)]
mod tests {
    use super::super::tests::{MANY, Random, text};
    use super::*;

    /// Source: `civil_from_days` of <https://howardhinnant.github.io/date_algorithms.html>.
    fn expected_date(days: i64) -> String {
        let days = i128::from(days) + 719_468;
        let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let year = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
        let month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        let year = year + era * 400 + i128::from(month <= 2);
        match year {
            0..=9999 => format!("{year:04}-{month:02}-{day:02}"),
            _ => format!("{year:+05}-{month:02}-{day:02}"),
        }
    }

    fn expected_clock(seconds: u64, nanos: u64) -> String {
        let fraction = match nanos {
            0 => String::new(),
            _ if nanos.is_multiple_of(1_000_000) => format!(".{:03}", nanos / 1_000_000),
            _ if nanos.is_multiple_of(1_000) => format!(".{:06}", nanos / 1_000),
            _ => format!(".{nanos:09}"),
        };
        format!("{:02}:{:02}:{:02}{fraction}", seconds / 3600, seconds / 60 % 60, seconds % 60)
    }

    fn expected_timestamp(value: i64, per_second: i64) -> String {
        let seconds = value.div_euclid(per_second);
        let nanos = (value.rem_euclid(per_second) * (1_000_000_000 / per_second)) as u64;
        let clock = expected_clock(seconds.rem_euclid(DAY) as u64, nanos);
        format!("{}T{clock}", expected_date(seconds.div_euclid(DAY)))
    }

    fn expected_time(value: i64, per_second: u64) -> String {
        let (seconds, rest) = (value.unsigned_abs() / per_second, value.unsigned_abs() % per_second);
        let sign = if value < 0 { "-" } else { "" };
        format!("\"{sign}{}\"", expected_clock(seconds, rest * (1_000_000_000 / per_second)))
    }

    fn check(value: i64) {
        let days = value >> 16;
        assert_eq!(text(|to| date(days, to)), format!("\"{}\"", expected_date(days)));
        let expected = |per_second| expected_timestamp(value, per_second);
        assert_eq!(text(|to| timestamp_millis(value, true, to)), format!("\"{}Z\"", expected(1_000)));
        assert_eq!(text(|to| timestamp_micros(value, false, to)), format!("\"{}\"", expected(1_000_000)));
        assert_eq!(text(|to| timestamp_nanos(value, true, to)), format!("\"{}Z\"", expected(1_000_000_000)));
        assert_eq!(text(|to| timestamp(value, 0, false, to)), format!("\"{}\"", expected(1)));
        assert_eq!(text(|to| time_millis(value, to)), expected_time(value, 1_000));
        assert_eq!(text(|to| time_micros(value, to)), expected_time(value, 1_000_000));
        assert_eq!(text(|to| time_nanos(value, to)), expected_time(value, 1_000_000_000));
    }

    #[test]
    fn all_days_of_some_centuries_match_the_definition() {
        let days = if cfg!(miri) { -719_530..-719_500 } else { -730_000..-600_000 };
        for days in days.chain(-40..40).chain(10_000..if cfg!(miri) { 10_010 } else { 30_000 }) {
            assert_eq!(text(|to| date(days, to)), format!("\"{}\"", expected_date(days)));
        }
        for days in 2_932_890..2_932_910 {
            assert_eq!(text(|to| date(days, to)), format!("\"{}\"", expected_date(days)));
        }
    }

    #[test]
    fn random_times_match_the_definition() {
        let mut random = Random(6);
        for _ in 0..MANY {
            let value = random.number() as i64;
            // Any value, one within a day, whole seconds, and milliseconds.
            for value in
                [value, value % 86_400_000_000_000, value / 1_000_000_000 * 1_000_000, value / 1000 * 1000]
            {
                check(value);
                check(value.wrapping_neg());
            }
        }
    }

    #[test]
    fn limits_are_written_as_expected() {
        for value in [0, 1, 999, 1_000, 86_399_999, 86_400_000, i64::MAX, i64::MIN, i64::MIN + 1] {
            check(value);
            check(value.wrapping_neg());
        }
        for day in [NEAR.start, NEAR.end] {
            for per_second in [1, 1_000, 1_000_000] {
                for value in -2..2 {
                    check((day - BEFORE_EPOCH) * DAY * per_second + value);
                }
            }
        }
        assert_eq!(text(|to| date(i64::from(i32::MAX), to)), "\"+5881580-07-11\"");
        assert_eq!(text(|to| date(i64::from(i32::MIN), to)), "\"-5877641-06-23\"");
        assert_eq!(text(|to| date(-719_529, to)), "\"-0001-12-31\"");
    }

    #[test]
    fn intervals_are_durations() {
        let interval = |months, days, millis| text(|to| interval(months, days, millis, to));
        assert_eq!(interval(0, 0, 0), "\"PT0S\"");
        assert_eq!(interval(14, 3, 4_005), "\"P14M3DT4.005S\"");
        assert_eq!(interval(0, 0, u32::MAX), "\"PT4294967.295S\"");
        assert_eq!(interval(u32::MAX, u32::MAX, u32::MAX), "\"P4294967295M4294967295DT4294967.295S\"");
        assert_eq!(interval(1, 0, 0), "\"P1M\"");
    }
}
