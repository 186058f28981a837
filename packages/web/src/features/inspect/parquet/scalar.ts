import type { LogicalType, SchemaElement, TimeUnit } from "hyparquet";

export type Unit = "ms" | "us" | "ns";

/** What a leaf column's values mean. */
export type Scalar =
  | { kind: "bool" | "float16" | "float32" | "float64" | "uuid" | "date" | "int96" | "interval" | "null" }
  | { kind: "int" | "uint"; bits: number }
  | { kind: "decimal"; precision: number; scale: number }
  | { kind: "text"; name: string }
  | { kind: "binary"; name: string; length?: number }
  | { kind: "time" | "timestamp"; unit: Unit; utc: boolean };

const units: Record<TimeUnit, Unit> = { MILLIS: "ms", MICROS: "us", NANOS: "ns" };

/**
 * The meaning of a leaf. An annotation that is unknown, or that does not go with the physical type, leaves the physical
 * type. Source: https://github.com/apache/parquet-format/blob/master/LogicalTypes.md
 */
export function scalarOf(leaf: SchemaElement): Scalar {
  const { logical_type: logical } = leaf;
  const annotated = logical ? ofLogical(logical) : ofConverted(leaf);
  return annotated && fits(annotated, leaf) ? annotated : ofPhysical(leaf);
}

function ofPhysical({ type, type_length: length }: SchemaElement): Scalar {
  switch (type) {
    case "BOOLEAN":
      return { kind: "bool" };
    case "INT32":
      return { kind: "int", bits: 32 };
    case "INT64":
      return { kind: "int", bits: 64 };
    case "INT96":
      return { kind: "int96" };
    case "FLOAT":
      return { kind: "float32" };
    case "DOUBLE":
      return { kind: "float64" };
    case "FIXED_LEN_BYTE_ARRAY":
      return { kind: "binary", name: "binary", length: length ?? 0 };
    default:
      return { kind: "binary", name: "binary" };
  }
}

function fits(scalar: Scalar, { type, type_length: length }: SchemaElement): boolean {
  const fixed = (bytes: number) => type === "FIXED_LEN_BYTE_ARRAY" && length === bytes;
  switch (scalar.kind) {
    case "int":
    case "uint":
      return type === (scalar.bits === 64 ? "INT64" : "INT32");
    case "date":
      return type === "INT32";
    case "time":
      return type === (scalar.unit === "ms" ? "INT32" : "INT64");
    case "timestamp":
      return type === "INT64";
    case "float16":
      return fixed(2);
    case "uuid":
      return fixed(16);
    case "interval":
      return fixed(12);
    case "text":
    case "binary":
      return type === "BYTE_ARRAY" || type === "FIXED_LEN_BYTE_ARRAY";
    case "decimal":
      return type !== "BOOLEAN" && type !== "INT96" && type !== "FLOAT" && type !== "DOUBLE";
    default:
      return scalar.kind === "null";
  }
}

function ofLogical(logical: LogicalType): Scalar | undefined {
  switch (logical.type) {
    case "STRING":
      return { kind: "text", name: "string" };
    case "ENUM":
      return { kind: "text", name: "enum" };
    case "JSON":
      return { kind: "text", name: "json" };
    case "BSON":
      return { kind: "binary", name: "bson" };
    case "GEOMETRY":
      return { kind: "binary", name: "geometry" };
    case "GEOGRAPHY":
      return { kind: "binary", name: "geography" };
    case "DECIMAL":
      return logical.scale < 0
        ? undefined
        : { kind: "decimal", precision: logical.precision, scale: logical.scale };
    case "DATE":
      return { kind: "date" };
    case "TIME":
      return { kind: "time", unit: units[logical.unit], utc: logical.isAdjustedToUTC };
    case "TIMESTAMP":
      return { kind: "timestamp", unit: units[logical.unit], utc: logical.isAdjustedToUTC };
    case "INTEGER":
      return { kind: logical.isSigned ? "int" : "uint", bits: logical.bitWidth };
    case "NULL":
      return { kind: "null" };
    case "UUID":
      return { kind: "uuid" };
    case "FLOAT16":
      return { kind: "float16" };
    default:
      return undefined;
  }
}

/** Annotations from before logical types; their times are all adjusted to UTC. */
function ofConverted({ converted_type: converted, precision, scale }: SchemaElement): Scalar | undefined {
  switch (converted) {
    case "UTF8":
      return { kind: "text", name: "string" };
    case "ENUM":
      return { kind: "text", name: "enum" };
    case "JSON":
      return { kind: "text", name: "json" };
    case "BSON":
      return { kind: "binary", name: "bson" };
    case "DECIMAL":
      return { kind: "decimal", precision: precision ?? 0, scale: Math.max(0, scale ?? 0) };
    case "DATE":
      return { kind: "date" };
    case "TIME_MILLIS":
      return { kind: "time", unit: "ms", utc: true };
    case "TIME_MICROS":
      return { kind: "time", unit: "us", utc: true };
    case "TIMESTAMP_MILLIS":
      return { kind: "timestamp", unit: "ms", utc: true };
    case "TIMESTAMP_MICROS":
      return { kind: "timestamp", unit: "us", utc: true };
    case "INTERVAL":
      return { kind: "interval" };
    case "UINT_8":
    case "UINT_16":
    case "UINT_32":
    case "UINT_64":
    case "INT_8":
    case "INT_16":
    case "INT_32":
    case "INT_64":
      return { kind: converted.startsWith("U") ? "uint" : "int", bits: Number(converted.split("_")[1]) };
    default:
      return undefined;
  }
}
