import { createHash } from "node:crypto";
import { html, raw } from "hono/html";
import { problems } from "../contract/problem.ts";
import { routes } from "../contract/routes.ts";
import { document } from "./document.ts";
import { namedSchemas, prose, type Row, type Schema, schemaBody, table } from "./schema.ts";

const style = `
  :root { color-scheme: light dark; --line: light-dark(#ddd, #444); --soft: light-dark(#f5f5f5, #222); }
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem; }
  code { font: 0.9em ui-monospace, monospace; background: var(--soft); padding: 0.1em 0.3em; border-radius: 3px; }
  table { border-collapse: collapse; width: 100%; margin: 0.5rem 0; display: block; overflow-x: auto; }
  td { border-top: 1px solid var(--line); padding: 0.4rem 0.8rem 0.4rem 0; vertical-align: top; }
  section { border-top: 2px solid var(--line); margin-top: 2rem; }
  h3 code { font-size: 1em; } h4 { margin: 1rem 0 0; } nav ul { columns: 18rem; padding-left: 1rem; } small { opacity: 0.7; }
`;

type Operation = NonNullable<NonNullable<typeof document.paths>[string]["get"]>;
type Content = Record<string, { schema?: Schema | undefined }>;

const anchor = (method: string, path: string) => `${method}-${path.replaceAll(/[^a-zA-Z]+/g, "-")}`;

const contentOf = (content: Content | undefined) =>
  Object.entries(content ?? {}).map(
    ([type, { schema }]) => html`<p><small>${type}</small></p>
      ${schema && schemaBody(schema)}`,
  );

const parameterRows = ({ parameters = [] }: Operation): Row[] =>
  parameters.flatMap((parameter) =>
    "name" in parameter && parameter.schema
      ? [
          {
            name: parameter.name,
            place: `in ${parameter.in}`,
            required: parameter.required ?? false,
            schema: parameter.schema,
          },
        ]
      : [],
  );

const responsesOf = (operation: Operation) =>
  Object.entries(operation.responses ?? {}).map(
    ([status, response]: [string, { description: string; content?: Content }]) =>
      Number(status) < 400
        ? html`<h4>${status}</h4>
          <p>${prose(response.description)}</p>
          ${contentOf(response.content)}`
        : html`<p><strong>${status}</strong> ${prose(response.description)}</p>`,
  );

const operationOf = (method: string, path: string): Operation | undefined => {
  const item = document.paths?.[path];
  return method === "get" ? item?.get : method === "post" ? item?.post : item?.delete;
};

const section = ({ method, path }: (typeof routes)[number]) => {
  const operation = operationOf(method, path);
  if (!operation) throw new Error(`The document lacks ${method} ${path}`);
  const { requestBody } = operation;
  const rows = parameterRows(operation);
  return html`<section id="${anchor(method, path)}">
    <h3><code>${method.toUpperCase()} ${path}</code></h3>
    <p>${operation.summary}. ${prose(operation.description)}</p>
    ${rows.length > 0 && html`<h4>Parameters</h4> ${table(rows)}`}
    ${requestBody && "content" in requestBody && html`<h4>Body</h4> ${contentOf(requestBody.content)}`}
    ${responsesOf(operation)}
  </section>`;
};

/** By which the page's policy knows its style. */
export const styleHash = createHash("sha256").update(style).digest("base64");

/** The documentation as one page that needs nothing else: no script, no other file, no other host. */
export const page = html`<!doctype html>
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width" />
      <title>unparquet API</title>
      <style>${raw(style)}</style>
    </head>
    <body>
      <h1>unparquet API</h1>
      <p>${prose(document.info.description)}</p>
      <p>For programs: <a href="/openapi.json">openapi.json</a>, OpenAPI 3.1.</p>
      <nav>
        <ul>
          ${routes.map(
            ({ method, path }) =>
              html`<li><a href="#${anchor(method, path)}"><code>${method.toUpperCase()} ${path}</code></a></li>`,
          )}
          <li><a href="#errors">Errors</a></li>
          <li><a href="#schemas">Schemas</a></li>
        </ul>
      </nav>
      ${routes.map(section)}
      <section id="errors">
        <h2>Errors</h2>
        <p>
          Errors are <a href="https://www.rfc-editor.org/rfc/rfc9457">RFC 9457</a> problem details with a stable
          <code>code</code>.
        </p>
        <table>
          ${Object.entries(problems).map(
            ([code, { status, title }]) =>
              html`<tr id="${code}"><td><code>${code}</code></td><td>${status}</td><td>${title}</td></tr>`,
          )}
        </table>
      </section>
      <section id="schemas">
        <h2>Schemas</h2>
        ${namedSchemas.map(
          ([name, schema]) => html`<h3 id="${name}">${name}</h3>
            <p>${prose(schema.description)}</p>
            ${schemaBody(schema)}`,
        )}
      </section>
    </body>
  </html>`;
