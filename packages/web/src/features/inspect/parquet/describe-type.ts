import type { Scalar } from "./scalar.ts";
import type { Node } from "./schema.ts";

/** A type in the converter's words: `list<struct<a: int64, at: timestamp(us, UTC)>>`. */
export function describeType(node: Node): string {
  switch (node.kind) {
    case "scalar":
      return describeScalar(node.scalar);
    case "struct":
      return `struct<${node.fields.map((field) => `${field.name}: ${describeType(field.node)}`).join(", ")}>`;
    case "list":
      return `list<${describeType(node.element)}>`;
    case "map":
      return node.value
        ? `map<${describeType(node.key)},${describeType(node.value)}>`
        : `set<${describeType(node.key)}>`;
    case "variant":
      return "variant";
  }
}

function describeScalar(scalar: Scalar): string {
  switch (scalar.kind) {
    case "int":
    case "uint":
      return `${scalar.kind}${scalar.bits}`;
    case "decimal":
      return `decimal(${scalar.precision},${scalar.scale})`;
    case "text":
      return scalar.name;
    case "binary":
      return scalar.length === undefined ? scalar.name : `${scalar.name}(${scalar.length})`;
    case "time":
    case "timestamp":
      return `${scalar.kind}(${scalar.unit}${scalar.utc ? ", UTC" : ""})`;
    case "int96":
      return "timestamp(ns)";
    default:
      return scalar.kind;
  }
}
