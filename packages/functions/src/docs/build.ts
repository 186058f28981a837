// node build.ts FOLDER [DASHBOARD]: writes the OpenAPI document and the documentation page, which links back to the dashboard.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import scalar from "@scalar/fastify-api-reference";
import { type StaticFile, staticFile } from "../dashboard.ts";
import { document } from "./document.ts";

const sources = {
  "docs/page.css": "./page.css",
  "docs/page.js": "./page.js",
  "docs/favicon.svg": "../../../web/public/favicon.svg",
  "docs/figtree.woff2": "@fontsource-variable/figtree/files/figtree-latin-wght-normal.woff2",
};

/** Scalar's script, from its Fastify plugin: `@scalar/api-reference` has the same one, but installs 250 more packages. */
function scalarScript(): Buffer {
  const responses: Buffer[] = [];
  const reply = { header: () => reply, send: (body: string) => responses.push(Buffer.from(body)) };
  const fastify = {
    route(route: { url: string; handler(request: object, response: typeof reply): void }) {
      if (route.url.endsWith("/scalar.js")) route.handler({}, reply);
    },
  };
  scalar(fastify, { configuration: { url: "/openapi.json" } }, () => undefined);
  const [script] = responses;
  if (!script) throw new Error("@scalar/fastify-api-reference serves no script");
  return script;
}

/** The documentation's files by URL path. */
export async function docs(dashboard = "/"): Promise<Map<string, StaticFile>> {
  const page = await readFile(new URL("page.html", import.meta.url), "utf8");
  const contents = new Map([
    ["openapi.json", Buffer.from(JSON.stringify(document))],
    ["docs.html", Buffer.from(page.replace('href="/"', `href="${dashboard}"`))],
    ["docs/scalar.js", scalarScript()],
  ]);
  for (const [name, source] of Object.entries(sources)) {
    contents.set(name, await readFile(new URL(import.meta.resolve(source))));
  }
  return new Map(
    [...contents].map(([name, bytes]) => [`/${name}`, staticFile(name, [], () => Promise.resolve(bytes))]),
  );
}

if (import.meta.main) {
  const [folder = "", dashboard] = process.argv.slice(2);
  for (const [name, file] of await docs(dashboard)) {
    const target = path.join(folder, name);
    const bytes = await file.bytes();
    await mkdir(path.dirname(target), { recursive: true });
    await writeFile(target, bytes);
    if (name.endsWith(".woff2")) continue;
    const quality = { [constants.BROTLI_PARAM_QUALITY]: 9 };
    await writeFile(`${target}.br`, brotliCompressSync(bytes, { params: quality }));
    await writeFile(`${target}.gz`, gzipSync(bytes, { level: 9 }));
  }
}
