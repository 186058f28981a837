//! Dates, times, timestamps and intervals, all in ISO 8601.

use parquet::data_type;

use super::numbers::write_integer;
use super::write::{Write, WriteBytes};
use crate::error::{Error, Result};
use crate::schema::Unit;

const DAY: i64 = 86_400;
const NANOS: i128 = 1_000_000_000;
const JULIAN_DAY_OF_EPOCH: i64 = 2_440_588;

pub struct Date;

impl Write<i32> for Date {
    fn write(&mut self, value: &i32, out: &mut Vec<u8>) -> Result<()> {
        out.push(b'"');
        write_date(i64::from(*value), out);
        out.push(b'"');
        Ok(())
    }
}

pub struct Time {
    unit: Unit,
}

impl Time {
    pub fn new(unit: Unit) -> Self {
        Self { unit }
    }

    fn write_time(&self, value: i64, out: &mut Vec<u8>) {
        let (seconds, nanos) = split(value.unsigned_abs(), self.unit);
        out.push(b'"');
        // Outside of a day nothing is a time, yet what the file holds is kept.
        if value < 0 {
            out.push(b'-');
        }
        write_clock(seconds, nanos, out);
        out.push(b'"');
    }
}

impl Write<i32> for Time {
    fn write(&mut self, value: &i32, out: &mut Vec<u8>) -> Result<()> {
        self.write_time(i64::from(*value), out);
        Ok(())
    }
}

impl Write<i64> for Time {
    fn write(&mut self, value: &i64, out: &mut Vec<u8>) -> Result<()> {
        self.write_time(*value, out);
        Ok(())
    }
}

pub struct Timestamp {
    unit: Unit,
    end: &'static [u8],
}

impl Timestamp {
    pub fn new(unit: Unit, utc: bool) -> Self {
        Self { unit, end: if utc { b"Z\"" } else { b"\"" } }
    }
}

impl Write<i64> for Timestamp {
    fn write(&mut self, value: &i64, out: &mut Vec<u8>) -> Result<()> {
        let per_second = per_second(self.unit) as i64;
        let seconds = value.div_euclid(per_second);
        let nanos = value.rem_euclid(per_second) * (NANOS as i64 / per_second);
        out.push(b'"');
        write_timestamp(seconds, nanos as u32, out);
        out.extend_from_slice(self.end);
        Ok(())
    }
}

/// Nanoseconds of a day and a Julian day, both of any value. Not adjusted to UTC: the type does not say.
pub struct Int96;

impl Write<data_type::Int96> for Int96 {
    fn write(&mut self, value: &data_type::Int96, out: &mut Vec<u8>) -> Result<()> {
        let words = value.data();
        let nanos = (u64::from(words[1]) << 32 | u64::from(words[0])) as i64;
        let days = i64::from(words[2] as i32) - JULIAN_DAY_OF_EPOCH;
        let mut total = i128::from(days) * i128::from(DAY) * NANOS + i128::from(nanos);
        // Spark computes in 64-bit microseconds and lets far years overflow, which leaves both parts
        // negative; it reads them back by overflowing again.
        let micros = total.div_euclid(1000);
        if nanos < 0 && i64::try_from(micros).is_err() {
            total = i128::from(micros as i64) * 1000 + total.rem_euclid(1000);
        }
        out.push(b'"');
        write_timestamp(total.div_euclid(NANOS) as i64, total.rem_euclid(NANOS) as u32, out);
        out.push(b'"');
        Ok(())
    }
}

/// Months, days and milliseconds as an ISO 8601 duration; `PT0S` for none.
pub struct Interval;

impl WriteBytes for Interval {
    fn write_bytes(&mut self, value: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let (words, rest) = value.as_chunks::<4>();
        let (&[months, days, millis], []) = (words, rest) else {
            return Err(Error::corrupt("an INTERVAL that has not 12 bytes"));
        };
        let [months, days, millis] = [months, days, millis].map(u32::from_le_bytes);
        out.extend_from_slice(b"\"P");
        for (number, unit) in [(months, b'M'), (days, b'D')] {
            if number > 0 {
                write_integer(number, out);
                out.push(unit);
            }
        }
        if millis > 0 || (months == 0 && days == 0) {
            out.push(b'T');
            write_integer(millis / 1000, out);
            write_fraction(millis % 1000 * 1_000_000, out);
            out.push(b'S');
        }
        out.push(b'"');
        Ok(())
    }
}

fn per_second(unit: Unit) -> u64 {
    match unit {
        Unit::Millis => 1_000,
        Unit::Micros => 1_000_000,
        Unit::Nanos => 1_000_000_000,
    }
}

fn split(value: u64, unit: Unit) -> (u64, u32) {
    let per_second = per_second(unit);
    (value / per_second, (value % per_second * (NANOS as u64 / per_second)) as u32)
}

/// Seconds since the epoch and nanoseconds, as `YYYY-MM-DDTHH:MM:SS` and the fraction.
pub fn write_timestamp(seconds: i64, nanos: u32, out: &mut Vec<u8>) {
    write_date(seconds.div_euclid(DAY), out);
    out.push(b'T');
    write_clock(seconds.rem_euclid(DAY) as u64, nanos, out);
}

/// `HH:MM:SS` with 0, 3, 6 or 9 fraction digits.
pub fn write_clock(seconds: u64, nanos: u32, out: &mut Vec<u8>) {
    let hours = seconds / 3600;
    if hours < 100 {
        write_two(hours as u32, out);
    } else {
        write_integer(hours, out);
    }
    out.push(b':');
    write_two((seconds / 60 % 60) as u32, out);
    out.push(b':');
    write_two((seconds % 60) as u32, out);
    write_fraction(nanos, out);
}

fn write_fraction(nanos: u32, out: &mut Vec<u8>) {
    if nanos == 0 {
        return;
    }
    let (mut number, digits) = if nanos.is_multiple_of(1_000_000) {
        (nanos / 1_000_000, 3)
    } else if nanos.is_multiple_of(1_000) {
        (nanos / 1_000, 6)
    } else {
        (nanos, 9)
    };
    out.push(b'.');
    let start = out.len();
    out.resize(start + digits, 0);
    for digit in out[start..].iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

/// Days since the epoch as `YYYY-MM-DD`; years beyond 0000–9999 carry a sign.
pub fn write_date(days: i64, out: &mut Vec<u8>) {
    let (year, month, day) = civil(days);
    match year {
        0..=9999 => {
            write_two((year / 100) as u32, out);
            write_two((year % 100) as u32, out);
        }
        _ => {
            let digits = year.unsigned_abs();
            out.push(if year < 0 { b'-' } else { b'+' });
            if digits < 10_000 {
                write_two((digits / 100) as u32, out);
                write_two((digits % 100) as u32, out);
            } else {
                write_integer(digits, out);
            }
        }
    }
    out.push(b'-');
    write_two(month, out);
    out.push(b'-');
    write_two(day, out);
}

fn write_two(number: u32, out: &mut Vec<u8>) {
    out.extend_from_slice(&[b'0' + (number / 10) as u8, b'0' + (number % 10) as u8]);
}

/// Year, month and day of the proleptic Gregorian calendar, with a year 0.
/// Source: `civil_from_days` of <https://howardhinnant.github.io/date_algorithms.html>.
fn civil(days: i64) -> (i64, u32, u32) {
    const ERA: i64 = 146_097;
    // Eras of 400 years begin on 1 March, so that the leap day is a year's last.
    let days = days + 719_468;
    let era = days.div_euclid(ERA);
    let day_of_era = days.rem_euclid(ERA);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month as u32, day as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    fn timestamp(value: i64, unit: Unit) -> String {
        text(|out| Timestamp::new(unit, true).write(&value, out).unwrap())
    }

    #[test]
    fn fractions_are_the_fewest_that_are_exact() {
        assert_eq!(timestamp(0, Unit::Nanos), "\"1970-01-01T00:00:00Z\"");
        assert_eq!(timestamp(1_500, Unit::Millis), "\"1970-01-01T00:00:01.500Z\"");
        assert_eq!(timestamp(-1, Unit::Micros), "\"1969-12-31T23:59:59.999999Z\"");
        assert_eq!(timestamp(1_001_000, Unit::Nanos), "\"1970-01-01T00:00:00.001001Z\"");
        assert_eq!(timestamp(1, Unit::Nanos), "\"1970-01-01T00:00:00.000000001Z\"");
    }

    #[test]
    fn years_beyond_four_digits_are_signed() {
        assert_eq!(timestamp(i64::MAX, Unit::Millis), "\"+292278994-08-17T07:12:55.807Z\"");
        assert_eq!(timestamp(i64::MIN, Unit::Micros), "\"-290308-12-21T19:59:05.224192Z\"");
        let date = |days| text(|out| write_date(days, out));
        assert_eq!(date(-719_528), "0000-01-01");
        assert_eq!(date(-719_529), "-0001-12-31");
        assert_eq!(date(2_932_897), "+10000-01-01");
        assert_eq!(date(i64::from(i32::MAX)), "+5881580-07-11");
        assert_eq!(date(i64::from(i32::MIN)), "-5877641-06-23");
        assert_eq!(date(11_016), "2000-02-29");
    }

    #[test]
    fn times_keep_what_is_outside_of_a_day() {
        let time = |value| text(|out| Time::new(Unit::Millis).write_time(value, out));
        assert_eq!(time(86_399_999), "\"23:59:59.999\"");
        assert_eq!(time(-1), "\"-00:00:00.001\"");
        assert_eq!(time(360_000_000), "\"100:00:00\"");
    }

    #[test]
    fn intervals_are_durations() {
        let interval = |months: u32, days: u32, millis: u32| {
            let bytes = [months, days, millis].map(u32::to_le_bytes).concat();
            text(|out| Interval.write_bytes(&bytes, out).unwrap())
        };
        assert_eq!(interval(0, 0, 0), "\"PT0S\"");
        assert_eq!(interval(14, 3, 4_005), "\"P14M3DT4.005S\"");
        assert_eq!(interval(0, 0, u32::MAX), "\"PT4294967.295S\"");
        assert_eq!(interval(1, 0, 0), "\"P1M\"");
    }

    #[test]
    fn int96_is_exact_at_its_limits() {
        let int96 = |low, high, day| {
            let mut value = data_type::Int96::new();
            value.set_data(low, high, day);
            text(|out| Int96.write(&value, out).unwrap())
        };
        assert_eq!(int96(1, 0, 2_440_588), "\"1970-01-01T00:00:00.000000001\"");
        assert_eq!(int96(0, 0, 0), "\"-4713-11-24T00:00:00\"");
        assert_eq!(int96(u32::MAX, u32::MAX, 2_440_588), "\"1969-12-31T23:59:59.999999999\"");
        assert_eq!(int96(0, 0, i32::MAX as u32), "\"+5874898-06-03T00:00:00\"");
        assert_eq!(int96(0xc7b9_6000, 0xffff_e26e, 0xf9b0_aba8), "\"+290000-12-30T23:00:00\"");
    }
}
