import type { Scalar } from "../parquet/scalar.ts";
import { Unreadable } from "../parquet/unreadable.ts";
import { text } from "./bytes.ts";
import { scalarJson, type ValueOptions } from "./scalar.ts";

// Formats: https://github.com/apache/parquet-format/blob/master/VariantEncoding.md

const mostDepth = 128;
const malformed = () => new Unreadable("A VARIANT value is malformed.");

function slice(bytes: Uint8Array, start: number, length: number): Uint8Array {
  if (start + length > bytes.length) throw malformed();
  return bytes.subarray(start, start + length);
}

function littleEndian(bytes: Uint8Array, start: number, length: number): number {
  return slice(bytes, start, length).reduceRight((number, byte) => number * 256 + byte, 0);
}

/** The dictionary of field names that comes with a value. */
export function variantNames(metadata: Uint8Array): string[] {
  const [header = 0] = slice(metadata, 0, 1);
  if ((header & 0x0f) !== 1) throw malformed();
  const size = (header >> 6) + 1;
  const count = littleEndian(metadata, 1, size);
  const names = 1 + size + (count + 1) * size;
  const offset = (index: number) => names + littleEndian(metadata, 1 + size + index * size, size);
  if (names > metadata.length) throw malformed();
  return Array.from({ length: count }, (_, index) =>
    text(slice(metadata, offset(index), offset(index + 1) - offset(index))),
  );
}

/** The fields of an object, in the order of their names; a value may go on behind its end. */
export function variantFields(
  value: Uint8Array,
  names: readonly string[],
): [name: string, value: Uint8Array][] {
  const [first = 0] = slice(value, 0, 1);
  if ((first & 3) !== 2) throw malformed();
  const header = first >> 2;
  const offsetSize = (header & 3) + 1;
  const idSize = ((header >> 2) & 3) + 1;
  const countSize = header & 0x10 ? 4 : 1;
  const count = littleEndian(value, 1, countSize);
  const ids = 1 + countSize;
  const offsets = ids + count * idSize;
  const values = offsets + (count + 1) * offsetSize;
  if (values > value.length) throw malformed();
  return Array.from({ length: count }, (_, index) => {
    const name = names[littleEndian(value, ids + index * idSize, idSize)];
    if (name === undefined) throw malformed();
    return [name, value.subarray(values + littleEndian(value, offsets + index * offsetSize, offsetSize))];
  });
}

const primitives: Record<number, { scalar: Scalar; bytes: number }> = {
  3: { scalar: { kind: "int", bits: 8 }, bytes: 1 },
  4: { scalar: { kind: "int", bits: 16 }, bytes: 2 },
  5: { scalar: { kind: "int", bits: 32 }, bytes: 4 },
  6: { scalar: { kind: "int", bits: 64 }, bytes: 8 },
  11: { scalar: { kind: "date" }, bytes: 4 },
  12: { scalar: { kind: "timestamp", unit: "us", utc: true }, bytes: 8 },
  13: { scalar: { kind: "timestamp", unit: "us", utc: false }, bytes: 8 },
  17: { scalar: { kind: "time", unit: "us", utc: false }, bytes: 8 },
  18: { scalar: { kind: "timestamp", unit: "ns", utc: true }, bytes: 8 },
  19: { scalar: { kind: "timestamp", unit: "ns", utc: false }, bytes: 8 },
};
const decimalBytes: Record<number, number> = { 8: 4, 9: 8, 10: 16 };

const view = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function signed(bytes: Uint8Array): bigint {
  const unsigned = bytes.reduceRight((number, byte) => (number << 8n) | BigInt(byte), 0n);
  return BigInt.asIntN(8 * bytes.length, unsigned);
}

/** JSON of a value in the binary encoding, which may go on behind its end. */
export function variantJson(
  value: Uint8Array,
  names: readonly string[],
  options: ValueOptions,
  depth = 0,
): string {
  if (depth > mostDepth) throw new Unreadable(`A VARIANT is nested over ${mostDepth} levels.`);
  const [header = 0] = slice(value, 0, 1);
  const rest = value.subarray(1);
  switch (header & 3) {
    case 0:
      return primitive(header >> 2, rest, options);
    case 1:
      return JSON.stringify(text(slice(rest, 0, header >> 2)));
    case 2: {
      const fields = variantFields(value, names);
      const members = fields.map(
        ([name, part]) => `${JSON.stringify(name)}:${variantJson(part, names, options, depth + 1)}`,
      );
      return `{${members.join(",")}}`;
    }
    default: {
      const offsetSize = ((header >> 2) & 3) + 1;
      const countSize = (header >> 2) & 4 ? 4 : 1;
      const count = littleEndian(rest, 0, countSize);
      const values = countSize + (count + 1) * offsetSize;
      if (values > rest.length) throw malformed();
      const elements = Array.from({ length: count }, (_, index) => {
        const offset = littleEndian(rest, countSize + index * offsetSize, offsetSize);
        return variantJson(rest.subarray(values + offset), names, options, depth + 1);
      });
      return `[${elements.join(",")}]`;
    }
  }
}

function primitive(kind: number, bytes: Uint8Array, options: ValueOptions): string {
  const sized = () => slice(bytes, 4, littleEndian(bytes, 0, 4));
  const known = primitives[kind];
  if (known) return scalarJson(signed(slice(bytes, 0, known.bytes)), known.scalar, options);
  const width = decimalBytes[kind];
  if (width) {
    const [scale = 0] = slice(bytes, 0, 1);
    return scalarJson(signed(slice(bytes, 1, width)), { kind: "decimal", precision: 0, scale }, options);
  }
  switch (kind) {
    case 0:
      return "null";
    case 1:
      return "true";
    case 2:
      return "false";
    case 7:
      return scalarJson(view(slice(bytes, 0, 8)).getFloat64(0, true), { kind: "float64" }, options);
    case 14:
      return scalarJson(view(slice(bytes, 0, 4)).getFloat32(0, true), { kind: "float32" }, options);
    case 15:
      return scalarJson(sized(), { kind: "binary", name: "binary" }, options);
    case 16:
      return JSON.stringify(text(sized()));
    case 20:
      return scalarJson(slice(bytes, 0, 16), { kind: "uuid" }, options);
    default:
      throw new Unreadable(`A VARIANT holds a value of the unknown type ${kind}.`);
  }
}
