import { code } from "./markdown.ts";

/** The parts of an OpenAPI 3.1 document that are compared. */
export interface OpenApi {
  paths?: Record<string, Record<string, unknown>>;
  components?: Record<string, Record<string, unknown>>;
}

interface Operation {
  parameters?: (Parameter | Reference)[];
  requestBody?: { required?: boolean; content: Content };
  responses?: Record<string, { content?: Content }>;
}

interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  schema?: Schema;
}

type Content = Record<string, { schema?: Schema }>;

interface Reference {
  $ref: string;
}

interface Schema extends Partial<Reference> {
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  additionalProperties?: Schema | boolean;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  enum?: unknown[];
}

export interface ApiChange {
  kind: "added" | "removed" | "changed";
  /** Markdown: the operation, body or field, and of a changed one what changed. */
  what: string;
  /** Whether a client of the base may stop working. What is not known to be harmless counts as breaking. */
  breaking: boolean;
}

interface Field {
  required: boolean;
  /** Every keyword that validates the field itself, not what is in it. */
  type: string;
  values: string[];
}

/** The fields of one body, of one operation's parameters, or of one named schema, by path. The whole has the path "". */
interface Part {
  /** Undefined for a named schema. */
  operation?: string;
  /** The part that stands for the answer's status, of which this is a body or itself. */
  status?: string;
  sent: boolean;
  fields: Map<string, Field>;
}

const methods = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];
const variants = ["anyOf", "oneOf", "allOf"] as const;
const notOfTheFieldItself = new Set<string>([
  ...["description", "title", "example", "examples", "default", "deprecated"],
  ...["properties", "required", "items", "additionalProperties", "enum", ...variants],
]);

/** What a client sees of the API that differs between two documents, breaking changes first. */
export function apiChanges(base: OpenApi, head: OpenApi): ApiChange[] {
  const [before, after] = [surface(base), surface(head)];
  const gone = difference(before.operations, after.operations);
  const fresh = difference(after.operations, before.operations);
  const changes: ApiChange[] = [
    ...gone.map((name) => ({ kind: "removed", what: code(name), breaking: true }) as const),
    ...fresh.map((name) => ({ kind: "added", what: code(name), breaking: false }) as const),
  ];
  // A whole operation, and a status with its bodies, is told once.
  const told = (name: string, part: Part, others: Map<string, Part>) =>
    part.operation === undefined ||
    [...gone, ...fresh].includes(part.operation) ||
    (part.status !== undefined && name !== part.status && !others.has(part.status));

  for (const [name, part] of before.parts) {
    const now = after.parts.get(name);
    if (now) changes.push(...fieldChanges(name, part, now));
    else if (!told(name, part, after.parts)) changes.push({ kind: "removed", what: name, breaking: true });
  }
  for (const [name, part] of after.parts) {
    if (!before.parts.has(name) && !told(name, part, before.parts)) {
      changes.push({ kind: "added", what: name, breaking: false });
    }
  }
  return changes.sort((a, b) => Number(b.breaking) - Number(a.breaking));
}

function* fieldChanges(part: string, before: Part, after: Part): Generator<ApiChange> {
  const { sent } = before;
  const named = (path: string) => (path === "" ? part : `${part}: ${code(path)}`);

  for (const [path, { required }] of topmost(after.fields, before.fields)) {
    yield { kind: "added", what: named(path), breaking: sent && required };
  }
  for (const [path] of topmost(before.fields, after.fields)) {
    yield { kind: "removed", what: named(path), breaking: true };
  }
  for (const [path, field] of before.fields) {
    const now = after.fields.get(path);
    if (!now) continue;
    const changed = (how: string, breaking: boolean): ApiChange => ({
      kind: "changed",
      what: `${named(path)} ${how}`,
      breaking,
    });
    if (field.type !== now.type) yield changed(`was ${code(field.type)}, is ${code(now.type)}`, true);
    if (field.required !== now.required) {
      yield changed(now.required ? "is now required" : "is no longer required", now.required === sent);
    }
    const gone = difference(field.values, now.values);
    const fresh = difference(now.values, field.values);
    // A client may send a value that is gone, and be told one that it does not know.
    if (gone.length) yield changed(`is no longer ${code(gone.join(" "))}`, sent);
    if (fresh.length) yield changed(`can now be ${code(fresh.join(" "))}`, !sent);
  }
}

/** Fields that are in one map and not in the other, without those that lie in such a field. */
function topmost(fields: Map<string, Field>, other: Map<string, Field>) {
  const only = [...fields].filter(([path]) => !other.has(path));
  return only.filter(
    ([path]) => !only.some(([above]) => path.startsWith(above) && /^[.[(]/.test(path.slice(above.length))),
  );
}

const difference = (some: string[], others: string[]) => some.filter((one) => !others.includes(one));

const schemaName = (reference: string) => reference.split("/").at(-1) ?? reference;

/** All that a client can send and be answered. Named schemas are taken once for each direction, not at each use. */
function surface(document: OpenApi) {
  const operations: string[] = [];
  const parts = new Map<string, Part>();

  /** Adds a schema and all that is in it under a path of a part. */
  function add(part: Part, path: string, schema: Schema, required: boolean) {
    if (schema.$ref === undefined) {
      part.fields.set(path, { required, type: typeOf(schema), values: (schema.enum ?? []).map(String) });
      return addChildren(part, path, schema);
    }
    const name = schemaName(schema.$ref);
    part.fields.set(path, { required, type: name, values: [] });
    const key = `${code(name)} in ${part.sent ? "requests" : "responses"}`;
    if (parts.has(key)) return;
    const own: Part = { sent: part.sent, fields: new Map() };
    parts.set(key, own);
    add(own, "", resolve(schema as Reference), true);
  }

  function addChildren(part: Part, path: string, schema: Schema) {
    for (const [name, property] of Object.entries(schema.properties ?? {})) {
      const required = schema.required?.includes(name) ?? false;
      add(part, path === "" ? name : `${path}.${name}`, property, required);
    }
    if (schema.items) add(part, `${path}[]`, schema.items, true);
    if (typeof schema.additionalProperties === "object") {
      add(part, `${path}[*]`, schema.additionalProperties, true);
    }
    for (const keyword of variants) {
      for (const [index, variant] of (schema[keyword] ?? []).entries()) {
        add(part, `${path}(${variant.$ref ? schemaName(variant.$ref) : index + 1})`, variant, true);
      }
    }
  }

  function resolve<T>({ $ref }: Reference): T {
    const keys = $ref.replace(/^#\//, "").split("/");
    // biome-ignore lint/suspicious/noExplicitAny: any place of the document
    const found = keys.reduce<any>((value, key) => value?.[key], document);
    if (found === undefined) throw new Error(`The OpenAPI document has no ${$ref}`);
    return found;
  }

  function addContent(name: string, part: Omit<Part, "fields">, content: Content, required: boolean) {
    for (const [type, { schema = {} }] of Object.entries(content)) {
      const body: Part = { ...part, fields: new Map() };
      parts.set(`${name} ${code(type)}`, body);
      add(body, "", schema, required);
    }
  }

  for (const [path, item] of Object.entries(document.paths ?? {})) {
    for (const method of methods) {
      const operation = item[method] as Operation | undefined;
      if (!operation) continue;
      const name = `${method.toUpperCase()} ${path}`;
      operations.push(name);

      const parameters: Part = { operation: name, sent: true, fields: new Map() };
      parts.set(`${code(name)} parameters`, parameters);
      for (const given of operation.parameters ?? []) {
        const parameter = "$ref" in given ? resolve<Parameter>(given) : given;
        const label = `${parameter.in} ${parameter.name}`;
        add(parameters, label, parameter.schema ?? {}, parameter.required ?? false);
      }
      const { requestBody, responses = {} } = operation;
      if (requestBody) {
        const { content, required = false } = requestBody;
        addContent(`${code(name)} request`, { operation: name, sent: true }, content, required);
      }
      for (const [status, { content = {} }] of Object.entries(responses)) {
        const answer = `${code(name)} ${status}`;
        const part = { operation: name, status: answer, sent: false };
        parts.set(answer, { ...part, fields: new Map() });
        addContent(answer, part, content, true);
      }
    }
  }
  return { operations, parts };
}

function typeOf(schema: Schema) {
  const { type = "any", ...rest } = Object.fromEntries(
    Object.entries(schema).filter(([keyword]) => !notOfTheFieldItself.has(keyword)),
  );
  const rules = Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    [type].flat().join(" or "),
    ...rules.map(([keyword, value]) => `${keyword} ${JSON.stringify(value)}`),
  ].join(", ");
}
