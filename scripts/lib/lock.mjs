import fs from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { root } from "./root.mjs";

/** @param {number} pid */
function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === "EPERM";
  }
}

/**
 * Runs `work` while holding a lock file. Takes over the lock of a process that was killed.
 * @template T
 * @param {string} file
 * @param {() => Promise<T>} work
 */
export async function withLock(file, work) {
  await fs.mkdir(path.dirname(file), { recursive: true });
  // Linked into place, so that no one sees a lock without its owner's process id.
  const mine = `${file}.${process.pid}`;
  await fs.writeFile(mine, String(process.pid));
  let announced = false;
  try {
    for (;;) {
      try {
        await fs.link(mine, file);
        break;
      } catch (error) {
        if (/** @type {NodeJS.ErrnoException} */ (error).code !== "EEXIST") throw error;
      }
      const owner = Number(await fs.readFile(file, "utf8").catch(() => ""));
      if (owner && !alive(owner)) {
        await fs.rm(file, { force: true });
        continue;
      }
      if (!announced)
        process.stderr.write(`  … waiting for process ${owner}, which holds ${path.relative(root, file)}\n`);
      announced = true;
      await sleep(200);
    }
  } finally {
    await fs.rm(mine, { force: true });
  }
  try {
    return await work();
  } finally {
    await fs.rm(file, { force: true });
  }
}
