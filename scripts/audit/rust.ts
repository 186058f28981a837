import { join } from "node:path";
import * as z from "zod";
import { type Advisory, type Report, unchecked } from "./report.ts";
import { filesNamed, lastLine, run } from "./run.ts";

const Entry = z.object({
  advisory: z.object({ id: z.string(), package: z.string(), title: z.string() }).nullable(),
  package: z.object({ name: z.string(), version: z.string() }),
  versions: z.object({ patched: z.array(z.string()) }).nullish(),
});

/** Output of `cargo audit --json`. Warnings are unmaintained, unsound or yanked crates. */
const Output = z.object({
  lockfile: z.object({ "dependency-count": z.number() }),
  vulnerabilities: z.object({ list: z.array(Entry) }),
  warnings: z.record(z.string(), z.array(Entry)),
});

function advisoryOf(entry: z.infer<typeof Entry>, file: string, warning?: string): Advisory {
  const { name, version } = entry.package;
  const fixed = entry.versions?.patched.join(", ");
  return {
    id: entry.advisory?.id ?? warning ?? "",
    package: `${name} ${version}`,
    // Most advisories have no score.
    severity: warning ? "info" : "unknown",
    title: entry.advisory?.title ?? `this version is ${warning}`,
    ...(fixed && { fixed }),
    files: [file],
  };
}

/** Checks every crate in every Cargo.lock against the RustSec database. */
export async function auditRust(
  root: string,
  { cargoAudit, database: folder, fetch = true }: { cargoAudit: string; database: string; fetch?: boolean },
): Promise<Report> {
  const database = "RustSec";
  const advisories = new Map<string, Advisory>();
  let packages = 0;
  let fetched = !fetch;
  for (const file of await filesNamed("Cargo.lock", root)) {
    const args = [
      "audit",
      "--json",
      "--db",
      folder,
      ...(fetched ? ["--no-fetch"] : []),
      "--file",
      join(root, file),
    ];
    const { stdout, stderr } = await run(cargoAudit, args, root);
    const output = Output.safeParse(stdout.trim() ? JSON.parse(stdout) : undefined);
    if (!output.success) return unchecked(database, `cargo audit failed: ${lastLine(stderr)}`);
    fetched = true;
    packages += output.data.lockfile["dependency-count"];
    const found = [
      ...output.data.vulnerabilities.list.map((entry) => advisoryOf(entry, file)),
      ...Object.entries(output.data.warnings).flatMap(([warning, entries]) =>
        entries.map((entry) => advisoryOf(entry, file, warning)),
      ),
    ];
    for (const advisory of found) {
      const known = advisories.get(`${advisory.package} ${advisory.id}`);
      if (known) known.files.push(file);
      else advisories.set(`${advisory.package} ${advisory.id}`, advisory);
    }
  }
  return { database, packages, advisories: [...advisories.values()] };
}
