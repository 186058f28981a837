/** A type as `Result.columns` and the schema of a file spell it, taken apart. */
export type ColumnType =
  | { kind: "scalar"; name: string; parameters: string[] }
  | { kind: "struct"; fields: [name: string, type: ColumnType][] }
  | { kind: "list" | "set"; element: ColumnType }
  | { kind: "map"; key: ColumnType; value: ColumnType };

const scalar = /[a-z0-9_]+(?:\(([^()]*)\))?/y;

/** Takes `list<struct<a: int64>>` apart; undefined if a field's name makes the text ambiguous. */
export function parseType(text: string): ColumnType | undefined {
  let at = 0;
  const skip = (token: string): boolean => {
    const isNext = text.startsWith(token, at);
    if (isNext) at += token.length;
    return isNext;
  };
  const expect = (token: string) => {
    if (!skip(token)) throw new SyntaxError(`No ${token} at ${at} of ${text}`);
  };
  const parseStruct = (): ColumnType => {
    const fields: [string, ColumnType][] = [];
    while (!skip(">")) {
      if (fields.length > 0) expect(", ");
      const end = text.indexOf(": ", at);
      if (end < 0) throw new SyntaxError(`No name at ${at} of ${text}`);
      const name = text.slice(at, end);
      at = end + 2;
      fields.push([name, parse()]);
    }
    return { kind: "struct", fields };
  };
  const parseElement = (kind: "list" | "set"): ColumnType => {
    const element = parse();
    expect(">");
    return { kind, element };
  };
  const parse = (): ColumnType => {
    if (skip("struct<")) return parseStruct();
    if (skip("list<")) return parseElement("list");
    if (skip("set<")) return parseElement("set");
    if (skip("map<")) {
      const key = parse();
      expect(",");
      const value = parse();
      expect(">");
      return { kind: "map", key, value };
    }
    scalar.lastIndex = at;
    const found = scalar.exec(text);
    if (!found) throw new SyntaxError(`No type at ${at} of ${text}`);
    at = scalar.lastIndex;
    const [whole, inner] = found;
    return {
      kind: "scalar",
      name: whole.replace(/\(.*/, ""),
      parameters: inner === undefined ? [] : inner.split(",").map((parameter) => parameter.trim()),
    };
  };
  try {
    const type = parse();
    return at === text.length ? type : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Whether a scalar in the type, at any depth, passes the test. */
export function someScalar(
  type: ColumnType | undefined,
  test: (name: string, parameters: string[]) => boolean,
): boolean {
  if (type === undefined) return false;
  switch (type.kind) {
    case "scalar":
      return test(type.name, type.parameters);
    case "struct":
      return type.fields.some(([, field]) => someScalar(field, test));
    case "map":
      return someScalar(type.value, test);
    default:
      return someScalar(type.element, test);
  }
}

const exponents: Record<string, number> = { ms: 3, us: 6, ns: 9 };

/**
 * How a timestamp of this unit is written as a number: with how many decimals, and whether it fits 64 bits. Int96 is
 * spelled as nanoseconds and goes beyond their 64 bits.
 */
export function epochNumber(
  unit: string,
  timestamps: "epoch-ms" | "epoch-us" | "epoch-ns",
): { decimals: number; fits64: boolean } {
  const wanted = exponents[timestamps.slice(-2)] ?? 0;
  const stored = exponents[unit] ?? 9;
  return { decimals: Math.max(0, stored - wanted), fits64: wanted === stored && unit !== "ns" };
}
