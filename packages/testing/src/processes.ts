import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { commandOf } from "@unparquet/local/lib/processes";

/** Lists the descendants of a process, with their command lines. */
export async function descendants(root: number): Promise<Map<number, string>> {
  const { stdout } = await promisify(execFile)("ps", ["-axww", "-o", "pid=,ppid="]);
  const processes = stdout
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number));
  const found = new Map<number, string>();
  const parents = [root];
  for (let parent = parents.pop(); parent !== undefined; parent = parents.pop()) {
    for (const [pid = 0, ppid] of processes) {
      if (ppid !== parent) continue;
      parents.push(pid);
      found.set(pid, await commandOf(pid));
    }
  }
  return found;
}
