import { execFile } from "node:child_process";
import { glob } from "node:fs/promises";

const foreign = ["node_modules", "target", ".venv", ".local", ".sst"];

/** Files of that name or pattern anywhere in the project, in order, but not in what is installed or built. */
export async function filesNamed(pattern: string, root: string): Promise<string[]> {
  const exclude = (name: string) => foreign.includes(name);
  const files: string[] = [];
  for await (const file of glob(`**/${pattern}`, { cwd: root, exclude })) files.push(file);
  return files.toSorted();
}

/** What a tool printed, also when it ends with an exit code for what it found. Throws when it cannot be started or takes too long. */
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

/** The last thing that a tool said, for one line. */
export function lastLine(text: string): string {
  const lines = text.split("\n").flatMap((line) => line.trim() || []);
  return lines.at(-1) ?? "it said nothing";
}
