import type { Options } from "@unparquet/core/job/options";
import { parseFloat16 } from "hyparquet/src/convert.js";
import type { Raw } from "../parquet/column-reader.ts";
import type { Scalar } from "../parquet/scalar.ts";
import { Unreadable } from "../parquet/unreadable.ts";
import { binaryText, text, uuidText } from "./bytes.ts";
import { bigEndian, decimalText } from "./decimal.ts";
import { float16Text, float32Text, float64Text } from "./float.ts";
import { dateText, int96Text, intervalText, timestampText, timeText } from "./time.ts";

/** The options that say how values are written. */
export type ValueOptions = Pick<Options, "integers" | "decimals" | "binary" | "nonFinite">;

/** Up to here a 64-bit float, which is what JavaScript reads numbers as, holds every integer. */
const safe = 1n << 53n;

const quote = (value: string) => JSON.stringify(value);

/** A value's JSON by the rules of docs/json.md. */
export function scalarJson(raw: Raw, scalar: Scalar, options: ValueOptions): string {
  switch (scalar.kind) {
    case "bool":
      return String(raw);
    case "int":
      return integer(bigint(raw), options);
    case "uint":
      return integer(BigInt.asUintN(scalar.bits === 64 ? 64 : 32, bigint(raw)), options);
    case "float16":
      return float(parseFloat16(bytes(raw)) ?? Number.NaN, float16Text, options);
    case "float32":
      return float(Number(raw), float32Text, options);
    case "float64":
      return float(Number(raw), float64Text, options);
    case "decimal": {
      const unscaled = raw instanceof Uint8Array ? bigEndian(raw) : bigint(raw);
      const number = decimalText(unscaled, scalar.scale);
      return options.decimals === "string" ? quote(number) : number;
    }
    case "text":
      return quote(text(bytes(raw)));
    case "binary":
      return quote(binaryText[options.binary](bytes(raw)));
    case "uuid":
      return quote(uuidText(bytes(raw)));
    case "date":
      return quote(dateText(bigint(raw)));
    case "time":
      return quote(timeText(bigint(raw), scalar.unit));
    case "timestamp":
      return quote(timestampText(bigint(raw), scalar.unit, scalar.utc));
    case "int96":
      return quote(int96Text(bytes(raw)));
    case "interval":
      return quote(intervalText(bytes(raw)));
    case "null":
      return "null";
  }
}

function bigint(raw: Raw): bigint {
  if (raw instanceof Uint8Array) throw new Unreadable("Bytes are where a number should be.");
  return BigInt(raw);
}

function bytes(raw: Raw): Uint8Array {
  if (raw instanceof Uint8Array) return raw;
  throw new Unreadable("A number is where bytes should be.");
}

function integer(value: bigint, { integers }: ValueOptions): string {
  const isLarge = value > safe || value < -safe;
  return integers === "string" && isLarge ? quote(String(value)) : String(value);
}

function float(value: number, finite: (value: number) => string, { nonFinite }: ValueOptions): string {
  if (Number.isFinite(value)) return finite(value);
  return nonFinite === "string" ? quote(String(value)) : "null";
}
