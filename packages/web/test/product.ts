import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { choosePorts } from "@unparquet/local/folder";
import { freePort } from "@unparquet/local/lib/free-port";
import { hostWheel } from "@unparquet/local/lib/paths";
import { type Platform, startPlatform } from "@unparquet/local/platform";

export interface Product {
  dashboard: string;
  api: string;
  aws: string;
  stop: () => Promise<void>;
}

/** The whole product as `npm start` runs it, on free ports and with a data folder of its own that goes with it. */
export async function startProduct(): Promise<Product> {
  const wheel = await hostWheel();
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), "unparquet-browser-"));
  const removeFolder = () => fs.rm(folder, { recursive: true, force: true });
  let platform: Platform;
  try {
    // The ports somebody asked `npm start` for are not this one's.
    const ports = { ...(await choosePorts(folder, {})), events: await freePort() };
    platform = await startPlatform(folder, ports, wheel);
  } catch (error) {
    await removeFolder();
    throw error;
  }
  const { dashboard, api, aws } = platform.endpoints;
  return {
    dashboard,
    api,
    aws,
    stop: async () => {
      await platform.stop();
      await removeFolder();
    },
  };
}
