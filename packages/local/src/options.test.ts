import { execFile } from "node:child_process";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { Options } from "@unparquet/core/conversion/options";
import { expect, test } from "vitest";
import * as z from "zod";
import { hostWheel, python } from "./lib/paths.ts";

const run = promisify(execFile);

test("the API and the converter have the same options, choices and defaults", async () => {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), "unparquet-options-"));
  try {
    await run(python, ["-m", "zipfile", "-e", await hostWheel(), folder]);
    const print = "import json; from unparquet._engine import CHOICES; print(json.dumps(CHOICES))";
    const { stdout } = await run(python, ["-c", print], { env: { ...process.env, PYTHONPATH: folder } });
    const chosen = Object.entries(Options.shape).flatMap(([name, schema]) =>
      schema instanceof z.ZodDefault
        ? ([[name.replace(/[A-Z]/g, "_$&").toLowerCase(), schema]] as const)
        : [],
    );
    const converter = new Map<string, string[]>(JSON.parse(stdout));
    expect(Object.fromEntries(chosen.map(([name, schema]) => [name, schema.unwrap().options]))).toEqual(
      Object.fromEntries(converter),
    );
    for (const [name, schema] of chosen) expect(schema.parse(undefined)).toBe(converter.get(name)?.[0]);
  } finally {
    await fs.rm(folder, { recursive: true, force: true });
  }
}, 600_000);
