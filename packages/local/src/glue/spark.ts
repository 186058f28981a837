import fs from "node:fs/promises";
import path from "node:path";
import { execa } from "execa";

export interface SparkOptions {
  /** Resolves with the path of the Python that has PySpark. Rejects with how to install what is missing. */
  python: () => Promise<string>;
  /** Executors of a run, whatever its NumberOfWorkers. */
  executors: number;
  /** Cores of each executor. */
  cores: number;
  /** Memory of each executor in MB. */
  memoryMB: number;
}

/** Makes the JVMs start twice as fast, keep their files in a folder, and leave nothing in /tmp. */
function javaOptions(temporary: string): string {
  return `-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData -Djava.io.tmpdir="${temporary}"`;
}

/**
 * Creates a run's own SPARK_HOME, whose files are links to those of PySpark: executors start in its folder `work`, which is
 * a link to the run's logs.
 */
async function makeHome(home: string, python: string, logs: string): Promise<void> {
  const find =
    "import importlib.util; print(*importlib.util.find_spec('pyspark').submodule_search_locations)";
  const { stdout: pyspark } = await execa(python, ["-c", find]);
  const work = path.join(logs, "executors");
  await Promise.all([fs.mkdir(home, { recursive: true }), fs.mkdir(work, { recursive: true })]);
  for (const name of await fs.readdir(pyspark)) {
    if (name !== "work") await fs.symlink(path.join(pyspark, name), path.join(home, name));
  }
  await fs.symlink(work, path.join(home, "work"));
}

/**
 * Environment variables for a script whose `SparkContext()` starts a driver and executors on this machine, as Glue does on its
 * workers. Executors inherit the script's environment.
 * @param folders the run's logs, and its temporary files, which the caller deletes
 */
export async function sparkEnvironment(
  python: string,
  { executors, cores, memoryMB }: SparkOptions,
  { logs, temporary }: { logs: string; temporary: string },
): Promise<NodeJS.ProcessEnv> {
  const home = path.join(temporary, "spark");
  await makeHome(home, python, logs);
  const options = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.extraJavaOptions": javaOptions(temporary),
    "spark.driver.host": "127.0.0.1",
    "spark.executor.extraJavaOptions": javaOptions(temporary),
    "spark.executor.memory": `${memoryMB}m`,
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
  };
  return {
    JAVA_HOME: process.env.JAVA_HOME,
    SPARK_HOME: home,
    SPARK_LOCAL_DIRS: temporary,
    SPARK_LOCAL_IP: "127.0.0.1",
    PYSPARK_PYTHON: python,
    // PySpark splits it as a shell does.
    PYSPARK_SUBMIT_ARGS: [
      `--master local-cluster[${executors},${cores},${memoryMB}]`,
      ...Object.entries(options).map(([name, value]) => `--conf '${name}=${value}'`),
      "pyspark-shell",
    ].join(" "),
  };
}
