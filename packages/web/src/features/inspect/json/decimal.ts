import { Unreadable } from "../parquet/unreadable.ts";

/** Longest unscaled value: the converter refuses what is longer. */
const mostBytes = 16 * 1024;
const mostScale = 64 * 1024;

/** Big-endian two's complement. */
export function bigEndian(bytes: Uint8Array): bigint {
  if (bytes.length > mostBytes) throw new Unreadable(`There is a decimal of ${bytes.length} bytes.`);
  if (bytes.length === 0) return 0n;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return BigInt.asIntN(8 * bytes.length, BigInt(`0x${hex}`));
}

/** `unscaled` over 10^`scale`, with exactly that many digits behind the point. */
export function decimalText(unscaled: bigint, scale: number): string {
  const places = Math.min(scale, mostScale);
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(places + 1, "0");
  const point = digits.length - places;
  const fraction = places > 0 ? `.${digits.slice(point)}` : "";
  return `${unscaled < 0n ? "-" : ""}${digits.slice(0, point)}${fraction}`;
}
