import path from "node:path";
import { execa } from "execa";

export const root = path.resolve(import.meta.dirname, "../../../..");

/** Python of the virtual environment that scripts/setup.mjs creates. */
export const python = path.join(root, ".venv/bin/python");

/**
 * Path of the Python that has PySpark.
 * @throws with how to install what is missing, PySpark or Java
 */
export async function sparkPython(): Promise<string> {
  const { stdout, stderr, failed } = await execa(
    process.execPath,
    [path.join(root, "scripts/spark.mjs"), "--check"],
    { cwd: root, reject: false },
  );
  if (failed) throw new Error(stderr.trim());
  return stdout;
}

/** Path of the converter's wheel for this machine, rebuilt first if its sources changed. */
export async function hostWheel(): Promise<string> {
  const { stdout } = await execa(process.execPath, [path.join(root, "scripts/wheel.mjs")], { cwd: root });
  return stdout;
}
