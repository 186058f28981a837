import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { type Advisory, type Report, unchecked } from "./report.ts";
import { lastLine, run } from "./run.ts";

const Severity = z.enum(["info", "low", "moderate", "high", "critical"]);

/** Output of `npm audit --json`: an error, or packages with advisories and names of vulnerable dependencies. */
const Output = z.union([
  z.object({
    vulnerabilities: z.record(
      z.string(),
      z.object({
        via: z.array(
          z.union([
            z.string(),
            z.object({
              name: z.string(),
              title: z.string(),
              url: z.string(),
              severity: Severity,
              range: z.string(),
            }),
          ]),
        ),
      }),
    ),
  }),
  z.object({ message: z.string() }),
]);

const lockFile = "package-lock.json";

/** Checks every package in package-lock.json against the npm registry's advisories. */
export async function auditNpm(root: string): Promise<Report> {
  const database = "npm";
  const { stdout, stderr } = await run("npm", ["audit", "--json", "--package-lock-only"], root);
  const output = Output.safeParse(stdout.trim() ? JSON.parse(stdout) : undefined);
  if (!output.success) return unchecked(database, `npm audit failed: ${lastLine(stderr)}`);
  if ("message" in output.data) {
    return unchecked(database, `the registry's advisories could not be reached: ${output.data.message}`);
  }
  const { packages } = JSON.parse(await readFile(join(root, lockFile), "utf8"));
  const advisories = new Map<string, Advisory>();
  for (const { via } of Object.values(output.data.vulnerabilities)) {
    for (const found of via) {
      // The package itself is fine but depends on a vulnerable one.
      if (typeof found === "string") continue;
      const { name, url, severity, title, range } = found;
      const id = url.split("/").at(-1) ?? url;
      advisories.set(`${name} ${id}`, {
        id,
        package: name,
        severity,
        title,
        fixed: `versions outside ${range}`,
        files: [lockFile],
      });
    }
  }
  return { database, packages: Object.keys(packages).length - 1, advisories: [...advisories.values()] };
}
