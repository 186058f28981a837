const locale = "en-GB";

const integer = new Intl.NumberFormat(locale);
const percent = new Intl.NumberFormat(locale, { style: "percent" });
const twoDigits = new Intl.NumberFormat(locale, { maximumSignificantDigits: 2 });
const time = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "medium" });
const date = new Intl.DateTimeFormat(locale, { dateStyle: "medium" });
const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto", style: "short" });

// Made once: to make one takes as long as to draw a cell of a table.
const byteUnits = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte", "petabyte"].map(
  (unit, power) =>
    new Intl.NumberFormat(locale, {
      style: "unit",
      unit,
      unitDisplay: power === 0 ? "long" : "short",
      maximumSignificantDigits: 3,
    }),
);

const timeUnit = (unit: "millisecond" | "second" | "minute" | "hour") =>
  new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "narrow", maximumFractionDigits: 1 });
const timeUnits = {
  millisecond: timeUnit("millisecond"),
  second: timeUnit("second"),
  minute: timeUnit("minute"),
  hour: timeUnit("hour"),
};

/** "1,234,567" */
export function formatCount(count: number): string {
  return integer.format(count);
}

/** A count and its noun: "1 row", "12 rows". */
export function formatRows(rows: number): string {
  return `${integer.format(rows)} ${rows === 1 ? "row" : "rows"}`;
}

/** Decimal units and three digits, as file managers show them: "0 byte", "12.3 kB", "1.45 GB". */
export function formatBytes(bytes: number): string {
  // What rounds up to 1000 of a unit belongs to the next one: 999,999 bytes are 1 MB, not 1,000 kB.
  let power = 0;
  let value = bytes;
  while (Number(value.toPrecision(3)) >= 1000 && power < byteUnits.length - 1) {
    value /= 1000;
    power += 1;
  }
  return byteUnits[power]?.format(value) ?? String(bytes);
}

/** A share between 0 and 1: "37%". Never "100%" before it is all. */
export function formatShare(share: number): string {
  return percent.format(share < 1 ? Math.min(share, 0.99) : 1);
}

/** One size measured by another, in two digits: "3.5×", "0.42×", "120×". */
export function formatRatio(bytes: number, ofBytes: number): string {
  if (ofBytes === 0) return "–";
  return `${twoDigits.format(bytes / ofBytes)}×`;
}

const unit = (value: number, name: keyof typeof timeUnits) => timeUnits[name].format(value);

/** "850ms", "12.3s", "2m 5s", "1h 4m" */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 1000) return unit(Math.max(0, Math.round(milliseconds)), "millisecond");
  if (milliseconds < 59_950) return unit(milliseconds / 1000, "second");
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 3600) return `${unit(Math.floor(seconds / 60), "minute")} ${unit(seconds % 60, "second")}`;
  const minutes = Math.round(seconds / 60);
  return `${unit(Math.floor(minutes / 60), "hour")} ${unit(minutes % 60, "minute")}`;
}

/** "3 Jul 2026, 14:05:09" in the reader's time zone. */
export function formatTime(iso: string): string {
  return time.format(new Date(iso));
}

/** "now", "40 sec. ago", "5 min. ago", "yesterday"; older than a month: the date. */
export function formatAgo(iso: string, now: number): string {
  const seconds = Math.min(0, (new Date(iso).getTime() - now) / 1000);
  if (seconds > -5) return "just now";
  if (seconds > -60) return relative.format(Math.round(seconds / 5) * 5, "second");
  if (seconds > -3600) return relative.format(Math.round(seconds / 60), "minute");
  if (seconds > -86_400) return relative.format(Math.round(seconds / 3600), "hour");
  if (seconds > -30 * 86_400) return relative.format(Math.round(seconds / 86_400), "day");
  return date.format(new Date(iso));
}

/** A name within a sentence that is not HTML: one that is read from right to left does not turn the rest around. */
export const isolate = (name: string) => `\u2068${name}\u2069`;
