import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import { type Advisory, type Report, unchecked } from "./report.ts";
import { filesNamed, lastLine, run } from "./run.ts";

/** Output of `pip-audit --format json`. Packages that PyPI has no data on are skipped with a reason. */
const Output = z.object({
  dependencies: z.array(
    z.union([
      z.object({
        name: z.string(),
        version: z.string(),
        vulns: z.array(
          z.object({
            id: z.string(),
            fix_versions: z.array(z.string()),
            description: z.string().default(""),
          }),
        ),
      }),
      z.object({ name: z.string(), skip_reason: z.string() }),
    ]),
  ),
});

/** Collects every `name==version` in the requirements files, for any Python version, with the files that contain it. */
export async function pinned(root: string): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  for (const file of await filesNamed("requirements*.txt", root)) {
    const text = await readFile(join(root, file), "utf8");
    for (const [, name = "", version = ""] of text.matchAll(/^([\w.-]+)==([^\s;#]+)/gm)) {
      const pin = `${name.toLowerCase().replaceAll(/[-_.]+/g, "-")}==${version}`;
      found.set(pin, [...(found.get(pin) ?? []), file]);
    }
  }
  return found;
}

/** Splits the pins into few lists without two versions of a package, which pip-audit rejects. */
export function withoutConflicts(pins: Iterable<string>): string[][] {
  const lists: Map<string, string>[] = [];
  for (const pin of pins) {
    const [name = ""] = pin.split("==");
    const free = lists.find((list) => !list.has(name));
    if (free) free.set(name, pin);
    else lists.push(new Map([[name, pin]]));
  }
  return lists.map((list) => [...list.values()]);
}

/** Checks every pinned package against PyPI's advisories. glue/pyproject.toml has only ranges of packages pinned elsewhere. */
export async function auditPython(root: string, { pipAudit }: { pipAudit: string }): Promise<Report> {
  const database = "PyPI";
  const pins = await pinned(root);
  const folder = await mkdtemp(join(tmpdir(), "unparquet-audit-"));
  const advisories: Advisory[] = [];
  let packages = 0;
  let reason = "";
  try {
    for (const [index, list] of withoutConflicts(pins.keys()).entries()) {
      const file = join(folder, `requirements-${index}.txt`);
      await writeFile(file, list.join("\n"));
      const options = ["--no-deps", "--disable-pip", "--format", "json", "--progress-spinner", "off"];
      const { stdout, stderr } = await run(pipAudit, ["--requirement", file, ...options], root);
      const output = Output.safeParse(stdout.trim() ? JSON.parse(stdout) : undefined);
      if (!output.success) return unchecked(database, `pip-audit failed: ${lastLine(stderr)}`);
      for (const dependency of output.data.dependencies) {
        if ("skip_reason" in dependency) {
          reason = dependency.skip_reason;
          continue;
        }
        const { name, version, vulns } = dependency;
        packages += 1;
        for (const { id, fix_versions, description } of vulns) {
          advisories.push({
            id,
            package: `${name} ${version}`,
            severity: "unknown",
            title: description.split("\n")[0] ?? "",
            ...(fix_versions.length > 0 && { fixed: fix_versions.join(", ") }),
            files: pins.get(`${name}==${version}`) ?? [],
          });
        }
      }
    }
  } finally {
    await rm(folder, { recursive: true });
  }
  // A mirror of the package index may have no advisories.
  const missing = pins.size - packages;
  const problem = `PyPI has no data on ${missing} of ${pins.size} packages: ${reason}`;
  return { database, packages, advisories, ...(missing > 0 && { problem }) };
}
