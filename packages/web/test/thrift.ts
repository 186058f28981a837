/** A value as Thrift's compact protocol has it: a number is an i32, a bigint an i64; keys of a struct are field numbers. */
export type Thrift = boolean | number | bigint | string | Uint8Array | Thrift[] | { [field: number]: Thrift };

const bool = { true: 1, false: 2 };
const [i32, i64, binary, list, struct] = [5, 6, 8, 9, 12] as const;

function typeOf(value: Thrift): number {
  if (typeof value === "boolean") return bool[`${value}`];
  if (typeof value === "number") return i32;
  if (typeof value === "bigint") return i64;
  if (typeof value === "string" || value instanceof Uint8Array) return binary;
  return Array.isArray(value) ? list : struct;
}

function varint(value: bigint): number[] {
  return value < 128n ? [Number(value)] : [Number(value & 127n) | 128, ...varint(value >> 7n)];
}

const zigzag = (value: bigint) => varint(value < 0n ? -2n * value - 1n : 2n * value);

function bodyOf(value: Thrift): number[] {
  // In a struct a field's type says it already.
  if (typeof value === "boolean") return [];
  if (typeof value === "number" || typeof value === "bigint") return zigzag(BigInt(value));
  if (typeof value === "string") return bodyOf(new TextEncoder().encode(value));
  if (value instanceof Uint8Array) return [...varint(BigInt(value.length)), ...value];
  if (!Array.isArray(value)) return [...thrift(value)];
  const type = value[0] === undefined ? struct : typeOf(value[0]);
  const head =
    value.length < 15 ? [(value.length << 4) | type] : [0xf0 | type, ...varint(BigInt(value.length))];
  return [...head, ...value.flatMap(bodyOf)];
}

/** A struct's bytes (https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md). */
export function thrift(fields: { [field: number]: Thrift }): Uint8Array {
  let last = 0;
  const bytes = Object.entries(fields).flatMap(([field, value]) => {
    const delta = Number(field) - last;
    last = Number(field);
    return [(delta << 4) | typeOf(value), ...bodyOf(value)];
  });
  return Uint8Array.from([...bytes, 0]);
}
