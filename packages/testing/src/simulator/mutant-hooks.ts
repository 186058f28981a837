// Preloaded module: resolves packages/core to the folder $UNPARQUET_CORE.
import { registerHooks } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

const prefix = "@unparquet/core/";

registerHooks({
  resolve(specifier, context, next) {
    const folder = process.env.UNPARQUET_CORE;
    if (!folder || !specifier.startsWith(prefix)) return next(specifier, context);
    const url = pathToFileURL(path.join(folder, `${specifier.slice(prefix.length)}.ts`)).href;
    return { url, format: "module-typescript", shortCircuit: true };
  },
});
