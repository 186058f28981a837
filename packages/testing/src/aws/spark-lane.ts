import { outputBucket } from "@unparquet/core/aws";
import { sparkLane } from "@unparquet/core/deployment";
import { ensureSparkJob } from "@unparquet/local/resources";
import { Resource } from "sst";
import { beforeAll, inject, vi } from "vitest";

/**
 * Gives the stage of a test file the lane `spark`. It takes conversions with at least `outputMinBytes` of predicted output, by
 * default all. Only `npm run test:peers` has it, which installs PySpark.
 */
export function useSparkLane({ outputMinBytes = 1 } = {}): void {
  // Each run starts three JVMs.
  vi.setConfig({ testTimeout: 180_000 });

  beforeAll(async () => {
    const name = outputBucket().replace(/output$/, "converter-spark");
    await ensureSparkJob(name, inject("suite").assets);
    Object.assign(Resource.SparkJob, { name, outputMinBytes, workersMax: sparkLane.workersMax, flex: false });
  });
}
