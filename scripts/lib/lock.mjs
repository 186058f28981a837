import fs from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

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
 * Runs `work` while no other process of this machine holds the same lock file. A lock whose owner is gone (it was
 * killed) is taken over.
 * @template T
 * @param {string} file
 * @param {() => Promise<T>} work
 */
export async function withLock(file, work) {
  await fs.mkdir(path.dirname(file), { recursive: true });
  // Written beside and linked into place, so that a lock is never seen without its owner's pid.
  const mine = `${file}.${process.pid}`;
  await fs.writeFile(mine, String(process.pid));
  let told = false;
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
      if (!told) process.stderr.write(`  … waiting for another set-up (process ${owner}) to end\n`);
      told = true;
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
