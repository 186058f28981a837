// Run by scripts/audit.mjs, which fetches the tools.
import { join } from "node:path";
import { parseArgs } from "node:util";
import { auditNpm } from "./npm.ts";
import { auditPython } from "./python.ts";
import { exitCode, format, unchecked } from "./report.ts";
import { auditRust } from "./rust.ts";

const root = join(import.meta.dirname, "../..");
const { values } = parseArgs({
  options: {
    "pip-audit": { type: "string" },
    "pip-audit-missing": { type: "string", default: "there is no pip-audit" },
    "cargo-audit": { type: "string" },
    "cargo-audit-missing": { type: "string", default: "there is no cargo-audit" },
    strict: { type: "boolean", default: false },
  },
});
const { "pip-audit": pipAudit, "cargo-audit": cargoAudit, strict } = values;

const reports = await Promise.all([
  auditNpm(root),
  cargoAudit
    ? auditRust(root, { cargoAudit, database: join(root, ".local/advisory-db") })
    : unchecked("RustSec", values["cargo-audit-missing"]),
  pipAudit ? auditPython(root, { pipAudit }) : unchecked("PyPI", values["pip-audit-missing"]),
]);
for (const report of reports) console.log(format(report));
process.exitCode = exitCode(reports, { strict });
if (process.exitCode === 2)
  console.log("\nCheck again where the databases can be reached: this result proves nothing.");
