import fs from "node:fs/promises";
import path from "node:path";
import { commandOf } from "./child.ts";
import { endpointsFile } from "./platform.ts";

/**
 * Claims the folder for this process: two platforms on the same data would overwrite each other's.
 * @returns gives the claim up
 * @throws when a platform that runs has claimed it
 */
export async function claim(folder: string): Promise<() => Promise<void>> {
  await fs.mkdir(folder, { recursive: true });
  const file = path.join(folder, "running.pid");
  for (;;) {
    try {
      await fs.writeFile(file, String(process.pid), { flag: "wx" });
      // Of a platform that was killed.
      await fs.rm(endpointsFile(folder), { force: true });
      return () => fs.rm(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const pid = Number(await fs.readFile(file, "utf8").catch(() => ""));
    // The number alone may have gone to another program since.
    if (pid > 0 && (await commandOf(pid)).includes("packages/local/src/start.ts")) {
      throw new Error(
        `unparquet runs already (process ${pid}); its addresses are in ${endpointsFile(folder)}`,
      );
    }
    await fs.rm(file, { force: true });
  }
}
