import type { Options } from "@unparquet/core/job/options";
import { parseFloat16 } from "hyparquet/src/convert.js";
import { bigEndian } from "../json/decimal.ts";
import { scalarJson } from "../json/scalar.ts";
import type { Raw } from "./column-reader.ts";
import type { Footer, RawStatistics } from "./footer.ts";
import { scalarOf } from "./scalar.ts";
import type { Leaf } from "./schema.ts";

/** A column's statistics over all row groups, as far as the file has them. */
export interface ColumnStatistics {
  /** Names on the way from the root, as the file has them. */
  path: string[];
  nulls?: number;
  min?: Bound;
  max?: Bound;
}

export interface Bound {
  /** By the rules of the JSON that comes out. */
  json: string;
  /** The file has it shortened: values are not less than this minimum, not more than this maximum. */
  isExact: boolean;
}

type Comparable = number | bigint | Uint8Array;

interface Value {
  raw: Raw;
  order: Comparable;
  isExact: boolean;
}

export function columnStatistics(
  { metadata, schema, statistics }: Footer,
  options: Options,
): ColumnStatistics[] {
  return schema.leaves.map((leaf, column): ColumnStatistics => {
    const path = leaf.path.slice(1).map(({ element }) => element.name);
    const groups = metadata.row_groups.flatMap((group, index) => {
      const values = group.columns[column]?.meta_data?.num_values ?? 0n;
      return values === 0n ? [] : [{ values, raw: statistics[index]?.[column] }];
    });
    const counts = groups.map(({ raw }) => raw?.nullCount);
    const nulls = counts.every((count) => count !== undefined)
      ? { nulls: counts.reduce((sum, count) => sum + Number(count), 0) }
      : {};
    // Row groups of nulls alone have no bounds, and need none.
    const bounded = groups.filter(({ values, raw }) => raw?.nullCount !== values).map(({ raw }) => raw);
    return { path, ...nulls, ...boundsOf(bounded, leaf, options) };
  });
}

function boundsOf(groups: (RawStatistics | undefined)[], leaf: Leaf, options: Options) {
  const min = extreme(groups, leaf, "min");
  const max = extreme(groups, leaf, "max");
  if (min && max && compare(min.order, max.order) > 0) return {};
  const bound = (end: "min" | "max", value: Value | undefined) => {
    if (!value) return {};
    try {
      const json = scalarJson(value.raw, scalarOf(leaf.element), options);
      return { [end]: { json, isExact: value.isExact } satisfies Bound };
    } catch {
      // A text cut in the middle of a character.
      return {};
    }
  };
  return { ...bound("min", min), ...bound("max", max) };
}

/** The least or the greatest of all row groups; undefined where one does not say. */
function extreme(groups: (RawStatistics | undefined)[], leaf: Leaf, end: "min" | "max"): Value | undefined {
  const values = groups.map((group) => group && boundValue(group, leaf, end));
  if (!values.every((value) => value !== undefined)) return undefined;
  const sign = end === "min" ? 1 : -1;
  return values.reduce<Value | undefined>((best, value) => {
    const difference = best ? sign * compare(best.order, value.order) : 1;
    // Of equal bounds one that is a value of the file makes the other one, too.
    return difference > 0 || (difference === 0 && value.isExact) ? value : best;
  }, undefined);
}

function boundValue(statistics: RawStatistics, { element }: Leaf, end: "min" | "max"): Value | undefined {
  const bytes = statistics[end];
  if (!bytes) return undefined;
  const isExact = (end === "min" ? statistics.isMinExact : statistics.isMaxExact) ?? true;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const scalar = scalarOf(element);
  // The old fields are sorted as signed numbers, bytes by signed bytes: right for numbers alone.
  const isSigned = scalar.kind !== "uint";
  const number = (raw: number | bigint): Value | undefined => {
    if (typeof raw === "number" && Number.isNaN(raw)) return undefined;
    const width = element.type === "INT64" ? 64 : 32;
    // Writers choose a zero's sign to be on the safe side, so it tells nothing.
    const value = raw === 0 ? 0 : raw;
    return { raw: value, order: isSigned ? value : BigInt.asUintN(width, BigInt(raw)), isExact };
  };
  if (statistics.isOld && !isSigned) return undefined;
  switch (element.type) {
    case "BOOLEAN":
      return bytes.length === 1 ? { raw: bytes[0] === 1, order: bytes[0] ?? 0, isExact } : undefined;
    case "INT32":
      return bytes.length === 4 ? number(view.getInt32(0, true)) : undefined;
    case "INT64":
      return bytes.length === 8 ? number(view.getBigInt64(0, true)) : undefined;
    case "FLOAT":
      return bytes.length === 4 ? number(view.getFloat32(0, true)) : undefined;
    case "DOUBLE":
      return bytes.length === 8 ? number(view.getFloat64(0, true)) : undefined;
    case "BYTE_ARRAY":
    case "FIXED_LEN_BYTE_ARRAY": {
      if (statistics.isOld) return undefined;
      if (scalar.kind === "decimal") return { raw: bytes, order: bigEndian(bytes), isExact };
      if (scalar.kind === "float16" && bytes.length === 2) {
        const order = parseFloat16(bytes) ?? Number.NaN;
        if (Number.isNaN(order)) return undefined;
        return { raw: order === 0 ? new Uint8Array(2) : bytes, order, isExact };
      }
      const isUuid = scalar.kind === "uuid" && bytes.length === 16;
      const isOrdered = scalar.kind === "text" || isUuid || scalar.kind === "binary";
      const isShape = scalar.kind === "binary" && scalar.name.startsWith("geo");
      return isOrdered && !isShape ? { raw: bytes, order: bytes, isExact } : undefined;
    }
    default:
      // The format defines no order for INT96.
      return undefined;
  }
}

function compare(a: Comparable, b: Comparable): number {
  if (a instanceof Uint8Array && b instanceof Uint8Array) {
    const length = Math.min(a.length, b.length);
    for (let index = 0; index < length; index += 1) {
      const difference = (a[index] ?? 0) - (b[index] ?? 0);
      if (difference !== 0) return difference;
    }
    return a.length - b.length;
  }
  return a < b ? -1 : a > b ? 1 : 0;
}
