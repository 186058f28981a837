import { execFile } from "node:child_process";
import { glob } from "node:fs/promises";

const skipped = ["node_modules", "target", ".venv", ".local", ".sst"];

/** Finds files by name or pattern in the project, sorted, without installed and built ones. */
export async function filesNamed(pattern: string, root: string): Promise<string[]> {
  const exclude = (name: string) => skipped.includes(name);
  const files: string[] = [];
  for await (const file of glob(`**/${pattern}`, { cwd: root, exclude })) files.push(file);
  return files.toSorted();
}

/** Runs a tool, with any exit code. Throws when it cannot be started or takes over five minutes. */
export function run(
  command: string,
  args: string[],
  cwd: string,
): Promise<{ stdout: string; stderr: string }> {
  const options = { cwd, timeout: 300_000, maxBuffer: 256 * 1024 ** 2 };
  return new Promise((resolve, reject) => {
    execFile(command, args, options, (failed, stdout, stderr) => {
      if (failed && typeof failed.code !== "number") reject(failed);
      else resolve({ stdout, stderr });
    });
  });
}

/** The last non-empty line of a tool's output. */
export function lastLine(text: string): string {
  const lines = text.split("\n").flatMap((line) => line.trim() || []);
  return lines.at(-1) ?? "no output";
}
