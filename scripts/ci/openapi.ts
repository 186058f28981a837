// node scripts/ci/openapi.ts CHECKOUT: prints the OpenAPI document of a checkout, made by that checkout's own code.
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [checkout = "."] = process.argv.slice(2);
const module = pathToFileURL(resolve(checkout, "packages/functions/src/docs/document.ts"));
const { document } = await import(module.href);
console.log(JSON.stringify(document, null, 2));
