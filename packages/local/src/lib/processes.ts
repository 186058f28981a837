import fs from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";

export interface Service {
  name: string;
  pid: number;
  /** Resolves when the process has ended, with how: `SIGKILL`, `exit code 1`. */
  ended: Promise<string>;
  /** The last 10,000 characters the process wrote. */
  output: () => string;
  stop: () => Promise<void>;
}

export interface ServiceOptions {
  name: string;
  command: string;
  args: string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** File for standard output and error. Standard error is also shown in the terminal. */
  log?: string;
  /** Milliseconds between SIGTERM and SIGKILL. */
  patience?: number;
}

const OUTPUT_MAX = 10_000;

/**
 * Starts a program in its own process group. Ctrl-C in the terminal therefore reaches only `npm start`, which stops its
 * services in order.
 */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { name, command, log, patience = 5_000 } = options;
  if (log) await fs.mkdir(path.dirname(log), { recursive: true });
  const file = log === undefined ? [] : [{ file: log, append: true }];
  const child = execa(command, options.args, {
    cwd: options.cwd,
    env: options.env,
    extendEnv: false,
    reject: false,
    buffer: false,
    all: true,
    // An open pipe: when this process ends, even by SIGKILL, the service reads end-of-file and ends too.
    stdin: "pipe",
    stdout: ["pipe", ...file],
    stderr: ["pipe", ...file, ...(log ? (["inherit"] as const) : [])],
    killDescendants: true,
    forceKillAfterDelay: patience,
  });
  let output = "";
  child.all.on("data", (chunk: Buffer) => {
    output = (output + chunk).slice(-OUTPUT_MAX);
  });
  // Ends whatever the service started and left running.
  child.nodeChildProcess.once("exit", () => child.kill("SIGKILL"));
  const { pid } = child;
  if (pid === undefined) {
    const { originalMessage } = await child;
    throw new Error(`${command} cannot be started (${originalMessage}): run npm run setup`);
  }
  return {
    name,
    pid,
    ended: child.then(({ signal, exitCode }) => signal ?? `exit code ${exitCode}`),
    output: () => output.trim(),
    stop: async () => {
      // Once the process has ended, its id may belong to another one.
      const { exitCode, signalCode } = child.nodeChildProcess;
      if (exitCode === null && signalCode === null) child.kill();
      await child;
    },
  };
}

/**
 * Waits until the URL responds, with a success status if `ok`.
 * @throws when the service ends first
 */
export async function waitUntilReady(service: Service, url: string, ok = false): Promise<void> {
  let reason = "";
  const ended = service.ended.then((how) => {
    reason = how;
  });
  for (;;) {
    try {
      const response = await fetch(url);
      await response.body?.cancel();
      if (response.ok || !ok) return;
    } catch {
      // Not listening yet.
    }
    if (reason) throw new Error(`${service.name} ended (${reason}):\n${service.output()}`);
    await Promise.race([sleep(25), ended]);
  }
}

/** Command line of a process, or "" if there is no such process. */
export async function commandOf(pid: number): Promise<string> {
  try {
    return (await fs.readFile(`/proc/${pid}/cmdline`, "utf8")).replaceAll("\0", " ");
  } catch {
    // macOS has no /proc.
    const { stdout = "" } = await execa("ps", ["-ww", "-p", `${pid}`, "-o", "command="], { reject: false });
    return stdout;
  }
}
