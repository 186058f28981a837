import type { Unit } from "../parquet/scalar.ts";

const nanosOf: Record<Unit, bigint> = { ms: 1_000_000n, us: 1_000n, ns: 1n };
const second = 1_000_000_000n;
const day = 86_400n * second;
const julianDayOfEpoch = 2_440_588n;

const twoDigits = (value: bigint | number) => String(value).padStart(2, "0");

function floorDivide(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value % by < 0n ? quotient - 1n : quotient;
}

/** Days since the epoch as a date of the proleptic Gregorian calendar. Years beyond 0000–9999 carry a sign. */
export function dateText(days: bigint): string {
  // From 1 March of year 0, so that a leap day is a year's last; 400 years are 146097 days.
  const shifted = days + 719_468n;
  const era = floorDivide(shifted, 146_097n);
  const dayOfEra = Number(shifted - era * 146_097n);
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  const year = BigInt(yearOfEra) + era * 400n + (month <= 2 ? 1n : 0n);
  const magnitude = String(year < 0n ? -year : year).padStart(4, "0");
  const sign = year < 0n ? "-" : year > 9999n ? "+" : "";
  return `${sign}${magnitude}-${twoDigits(month)}-${twoDigits(dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1)}`;
}

/** 0, 3, 6 or 9 digits, the fewest that are exact. */
function fractionText(nanos: bigint): string {
  if (nanos === 0n) return "";
  return `.${String(nanos)
    .padStart(9, "0")
    .replace(/(000){1,2}$/, "")}`;
}

/** Nanoseconds as `HH:MM:SS`. Outside of a day nothing is a time, yet what the file holds is kept. */
function clockText(nanos: bigint): string {
  const seconds = nanos / second;
  const clock = [seconds / 3600n, (seconds / 60n) % 60n, seconds % 60n].map(twoDigits).join(":");
  return clock + fractionText(nanos % second);
}

export function timeText(value: bigint, unit: Unit): string {
  const nanos = value * nanosOf[unit];
  return nanos < 0n ? `-${clockText(-nanos)}` : clockText(nanos);
}

export function timestampText(value: bigint, unit: Unit, utc: boolean): string {
  const nanos = value * nanosOf[unit];
  const days = floorDivide(nanos, day);
  return `${dateText(days)}T${clockText(nanos - days * day)}${utc ? "Z" : ""}`;
}

/** Nanoseconds of a day and a Julian day, both of any value. */
export function int96Text(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const nanos = view.getBigInt64(0, true);
  let total = (BigInt(view.getInt32(8, true)) - julianDayOfEpoch) * day + nanos;
  // Spark computes in 64-bit microseconds and lets far years overflow, which leaves both parts negative; it reads them
  // back by overflowing again.
  const micros = floorDivide(total, 1000n);
  if (nanos < 0n && BigInt.asIntN(64, micros) !== micros) {
    total = BigInt.asIntN(64, micros) * 1000n + (total - micros * 1000n);
  }
  return timestampText(total, "ns", false);
}

/** Months, days and milliseconds as an ISO 8601 duration; `PT0S` for none. */
export function intervalText(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [months, days, millis] = [0, 4, 8].map((offset) => view.getUint32(offset, true)) as [
    number,
    number,
    number,
  ];
  const date = `${months > 0 ? `${months}M` : ""}${days > 0 ? `${days}D` : ""}`;
  if (millis === 0 && date !== "") return `P${date}`;
  return `P${date}T${Math.floor(millis / 1000)}${fractionText(BigInt(millis % 1000) * 1_000_000n)}S`;
}
