// node scripts/ci/openapi.ts: prints the API's OpenAPI document.
import { document } from "../../packages/functions/src/docs/document.ts";

console.log(JSON.stringify(document, null, 2));
