import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { auditNpm } from "./npm.ts";
import { auditPython, withoutConflicts } from "./python.ts";
import { type Advisory, exitCode, format, type Report, unchecked } from "./report.ts";
import { auditRust } from "./rust.ts";

let root: string;
let registry: Server;
let advisories: object | undefined;

/** A file below the project that is audited. */
async function write(file: string, text: string, mode = 0o644) {
  await mkdir(dirname(join(root, file)), { recursive: true });
  await writeFile(join(root, file), text);
  await chmod(join(root, file), mode);
  return join(root, file);
}

/**
 * A command that prints what the pinned version of the tool printed once, about a database written for it: the tools take minutes
 * to build, and the databases are on the internet.
 */
const tool = (name: string, output: object, exit: number) =>
  write(name, `#!/bin/sh\ncat <<'END'\n${JSON.stringify(output)}\nEND\nexit ${exit}\n`, 0o755);
const failing = (name: string, message: string) =>
  write(name, `#!/bin/sh\necho "${message}" >&2\nexit 1\n`, 0o755);

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "unparquet-audit-test-"));
  // npm itself is the real one; the registry's database is not one a test could rely on.
  const left = {
    name: "left",
    "dist-tags": { latest: "2.0.0" },
    versions: Object.fromEntries(
      ["1.0.0", "2.0.0"].map((version) => [version, { name: "left", version, dist: {} }]),
    ),
  };
  registry = createServer(({ method }, response) => {
    const answer = method === "GET" ? left : advisories;
    response.writeHead(answer ? 200 : 405, { "content-type": "application/json" });
    response.end(JSON.stringify(answer ?? {}));
  });
  await new Promise<void>((resolve) => registry.listen(0, "127.0.0.1", resolve));
  const { port } = registry.address() as AddressInfo;
  const manifest = { name: "audited", version: "1.0.0", dependencies: { left: "1.0.0" } };
  await write("package.json", JSON.stringify(manifest));
  await write(
    "package-lock.json",
    JSON.stringify({
      ...manifest,
      lockfileVersion: 3,
      packages: { "": manifest, "node_modules/left": { version: "1.0.0" } },
    }),
  );
  await write(".npmrc", `registry=http://127.0.0.1:${port}\naudit=false\nfetch-retries=0\n`);
  await write("glue/crates/Cargo.lock", "");
  await write("bench/Cargo.lock", "");
  await write("node_modules/other/Cargo.lock", "");
  await write("requirements.txt", 'Left_Pad==1.0; python_version < "3.10"  # why\nleft-pad==2.0\n');
  await write("tools/requirements-test.txt", "left-pad==2.0\nright==3.0\n");
});

afterAll(async () => {
  registry.close();
  await rm(root, { recursive: true });
});

const found = ({ id, severity, package: name, files }: Advisory) => [id, severity, name, ...files].join(" ");

test("advisories of npm's registry are found in package-lock.json", async () => {
  advisories = {
    left: [
      {
        id: 1,
        url: "https://github.com/advisories/GHSA-1",
        title: "Left leaks",
        severity: "high",
        vulnerable_versions: "<2.0.0",
        cwe: [],
        cvss: { score: 8, vectorString: null },
      },
    ],
  };
  const report = await auditNpm(root);
  expect(report.advisories.map(found)).toEqual(["GHSA-1 high left package-lock.json"]);
  expect(exitCode([report], { strict: false })).toBe(1);
  expect(format(report)).toBe(
    "npm: 1 packages, 1 advisory\n  ✗ left: Left leaks (high, GHSA-1; fixed in versions outside <2.0.0; package-lock.json)",
  );
});

test("a registry without advisories is said not to have been asked", async () => {
  advisories = undefined;
  const report = await auditNpm(root);
  expect(format(report)).toMatch(/^npm: NOT CHECKED, the registry's advisories could not be reached: 405/);
});

const crate = { name: "zstd-sys", version: "2.0.0" };
const rustOutput = {
  lockfile: { "dependency-count": 89 },
  vulnerabilities: {
    found: true,
    count: 1,
    list: [
      {
        advisory: { id: "RUSTSEC-2099-0001", package: "zstd-sys", title: "Overflow", cvss: null },
        versions: { patched: [">=3.0.0"], unaffected: [] },
        package: crate,
      },
    ],
  },
  warnings: {
    unmaintained: [
      {
        kind: "unmaintained",
        package: { name: "old", version: "1.0.0" },
        advisory: { id: "RUSTSEC-2099-0002", package: "old", title: "old is unmaintained" },
        versions: { patched: [], unaffected: [] },
      },
    ],
    yanked: [{ kind: "yanked", package: { name: "gone", version: "1.0.0" }, advisory: null, versions: null }],
  },
};

test("vulnerable crates of every Cargo.lock are found, and those that are merely unmaintained or yanked", async () => {
  const cargoAudit = await tool("cargo-audit", rustOutput, 1);
  const report = await auditRust(root, { cargoAudit, database: join(root, "db") });
  expect(report.packages).toBe(2 * 89);
  expect(report.advisories.map(found).toSorted()).toEqual([
    "RUSTSEC-2099-0001 unknown zstd-sys 2.0.0 bench/Cargo.lock glue/crates/Cargo.lock",
    "RUSTSEC-2099-0002 info old 1.0.0 bench/Cargo.lock glue/crates/Cargo.lock",
    "yanked info gone 1.0.0 bench/Cargo.lock glue/crates/Cargo.lock",
  ]);
});

test("a RustSec database that cannot be fetched is said not to have been asked", async () => {
  const cargoAudit = await failing("cargo-audit-offline", "error: couldn't fetch advisory database");
  const report = await auditRust(root, { cargoAudit, database: join(root, "db") });
  expect(format(report)).toBe(
    "RustSec: NOT CHECKED, cargo audit failed: error: couldn't fetch advisory database",
  );
});

test("every pinned version is audited once, whatever Python it is for", async () => {
  expect(withoutConflicts(["a==1", "b==1", "a==2", "a==3", "b==2"])).toEqual([
    ["a==1", "b==1"],
    ["a==2", "b==2"],
    ["a==3"],
  ]);
});

test("advisories of PyPI are found in every requirements file that pins the version", async () => {
  // Answers for the packages of the file it is given.
  const pipAudit = await write(
    "pip-audit",
    `#!/bin/sh
sed 's/\\(.*\\)==\\(.*\\)/{"name":"\\1","version":"\\2","vulns":[]}/' "$2" | paste -sd, | sed \\
  's/{"name":"left-pad","version":"2.0","vulns":\\[\\]}/{"name":"left-pad","version":"2.0","vulns":[{"id":"PYSEC-1","fix_versions":["2.1"],"aliases":[],"description":"Left leaks.\\\\nA lot."}]}/; s/.*/{"dependencies":[&],"fixes":[]}/'
`,
    0o755,
  );
  const report = await auditPython(root, { pipAudit });
  expect(report.packages).toBe(3);
  expect(report.advisories.map(found)).toHaveLength(1);
  expect(report.advisories[0]).toMatchObject({
    id: "PYSEC-1",
    package: "left-pad 2.0",
    title: "Left leaks.",
    fixed: "2.1",
    files: expect.arrayContaining(["requirements.txt", "tools/requirements-test.txt"]),
  });
});

test("a mirror of PyPI that skips every package is said not to have been asked", async () => {
  const skipped = {
    dependencies: [{ name: "left-pad", skip_reason: "Dependency not found on PyPI" }],
    fixes: [],
  };
  const report = await auditPython(root, { pipAudit: await tool("pip-audit-mirror", skipped, 0) });
  expect(format(report)).toBe(
    "PyPI: NOT CHECKED, PyPI has no data on 3 of 3 packages: Dependency not found on PyPI",
  );
});

const advisory = (severity: Advisory["severity"]): Advisory => ({
  id: "A",
  package: "left",
  severity,
  title: "Left leaks",
  files: [],
});
const checked = (...severities: Advisory["severity"][]): Report => ({
  database: "npm",
  packages: 10,
  advisories: severities.map(advisory),
});
const offline = unchecked("RustSec", "offline");

test.each<[string, number, Report[], boolean]>([
  ["everything checked and nothing found", 0, [checked(), checked()], true],
  ["advisories of low severity", 0, [checked("low", "info")], true],
  ["an advisory of moderate severity", 1, [checked("low", "moderate"), offline], false],
  ["an advisory of unknown severity", 1, [checked("unknown")], false],
  ["a database that could not be reached", 0, [checked(), offline], false],
  ["a database that could not be reached, with --strict", 2, [checked(), offline], true],
  ["no database that could be reached", 2, [offline, offline], false],
])("with %s the audit ends with exit code %d", (_, code, reports, strict) => {
  expect(exitCode(reports, { strict })).toBe(code);
});
