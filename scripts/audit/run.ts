import { execFile } from "node:child_process";
import { glob } from "node:fs/promises";

const ignored = ["node_modules", "target", ".venv", ".local", ".sst"];

/** Finds files by name or pattern, sorted, outside of installed and built folders. */
export async function filesNamed(pattern: string, root: string): Promise<string[]> {
  const exclude = (name: string) => ignored.includes(name);
  const files: string[] = [];
  for await (const file of glob(`**/${pattern}`, { cwd: root, exclude })) files.push(file);
  return files.toSorted();
}

/** Runs a tool and returns its output, whatever its exit code. @throws if it cannot be started or takes too long */
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

/** Returns the last non-empty line. */
export function lastLine(text: string): string {
  const lines = text.split("\n").flatMap((line) => line.trim() || []);
  return lines.at(-1) ?? "it printed nothing";
}
