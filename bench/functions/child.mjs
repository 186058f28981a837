/**
 * node child.mjs BUNDLE EVENTS: loads a bundle as Lambda does, in a process that has loaded nothing else, and calls its handler
 * once with each event of the JSON file. Sends the times to the parent. No TypeScript: stripping types takes memory.
 */
import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";

const [, , bundle = "", events = ""] = process.argv;
const given = JSON.parse(await readFile(events, "utf8"));

const cpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** @param {() => Promise<any>} work */
async function timed(work) {
  const [cpu, start] = [cpuMs(), performance.now()];
  const result = await work();
  return { times: { wall: performance.now() - start, cpu: cpuMs() - cpu }, result };
}

const { times: load, result: module } = await timed(() => import(pathToFileURL(bundle).href));
const calls = [];
for (const event of given) {
  const context = { awsRequestId: "00000000-0000-4000-8000-000000000000" };
  const { times, result } = await timed(() => module.handler(event, context));
  // 422: what a request for a missing column is for.
  if (result?.statusCode >= 400 && result.statusCode !== 422) throw new Error(result.body);
  calls.push(times);
}
// The peak of `resourceUsage()` starts with the parent's.
const status = await readFile("/proc/self/status", "utf8").catch(() => "");
const peak = /^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? process.resourceUsage().maxRSS;
process.send?.({ load, calls, rss: Number(peak) / 1024 });
process.disconnect?.();
