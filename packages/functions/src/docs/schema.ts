import { html } from "hono/html";
import { document } from "./document.ts";

type Schemas = NonNullable<NonNullable<typeof document.components>["schemas"]>;
/** A schema, or a reference to a named one. */
export type Schema = Schemas[string];
type Reference = Extract<Schema, { $ref: string }>;

const isReference = (schema: Schema): schema is Reference => schema.$ref !== undefined;

export const namedSchemas: [string, Schema][] = Object.entries(document.components?.schemas ?? {});

const code = (text: unknown) => html`<code>${text}</code>`;

/** Plain text with `code` in backticks. */
export const prose = (text = "") =>
  text.split("`").map((part, index) => (index % 2 === 1 ? code(part) : part));

/** What values a schema takes, in a few words; named schemas by a link. */
export const typeOf = (schema: Schema): unknown => {
  if (isReference(schema)) {
    const name = schema.$ref.split("/").at(-1);
    return html`<a href="#${name}">${name}</a>`;
  }
  const variants = schema.anyOf ?? schema.oneOf;
  if (variants) return variants.map((variant, index) => html`${index ? " or " : ""}${typeOf(variant)}`);
  if (schema.enum) return schema.enum.map((value, index) => html`${index ? " · " : ""}${code(value)}`);
  if (schema.const !== undefined) return code(schema.const);
  if (schema.items) return html`array of ${typeOf(schema.items)}`;
  if (schema.properties) {
    const properties = Object.entries(schema.properties).map(
      ([name, property], index) => html`${index ? ", " : ""}${code(name)}: ${typeOf(property)}`,
    );
    return html`{ ${properties} }`;
  }
  const types = [schema.type ?? "any"].flat().join(" or ");
  return schema.format ? `${types} (${schema.format})` : types;
};

const limitsOf = (schema: Schema): string => {
  if (isReference(schema)) return "";
  const limits = [
    schema.minimum !== undefined && `at least ${schema.minimum}`,
    schema.maximum !== undefined && schema.maximum < Number.MAX_SAFE_INTEGER && `at most ${schema.maximum}`,
    schema.default !== undefined && `default ${JSON.stringify(schema.default)}`,
  ];
  return limits.filter(Boolean).join(", ");
};

export interface Row {
  name: string;
  required: boolean;
  schema: Schema;
  /** Where a parameter goes. */
  place?: string;
}

/** Names, types and meanings, a row each. */
export const table = (rows: Row[]) => html`<table>
  ${rows.map(
    ({ name, required, schema, place }) => html`<tr>
      <td>${code(name)}${required ? "" : html` <small>optional</small>`}${place && html` <small>${place}</small>`}</td>
      <td>${typeOf(schema)}<br /><small>${limitsOf(schema)}</small></td>
      <td>${prose(schema.description)}</td>
    </tr>`,
  )}
</table>`;

/** A schema in full: its properties where it has some, and what it is otherwise. */
export const schemaBody = (schema: Schema): unknown => {
  if (isReference(schema) || !schema.properties) return html`<p>${typeOf(schema)}</p>`;
  const required = new Set(schema.required);
  return table(
    Object.entries(schema.properties).map(([name, property]) => ({
      name,
      required: required.has(name),
      schema: property,
    })),
  );
};
