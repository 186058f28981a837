import path from "node:path";

export const root = path.resolve(import.meta.dirname, "../../..");

/** Python of the project's virtual environment, made by scripts/setup.mjs. */
export const python = path.join(root, ".venv/bin/python");
