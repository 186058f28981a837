import { type CommandName, GlueError, type JobRun } from "./schema.ts";

type Capacity = Partial<Pick<JobRun, "MaxCapacity" | "WorkerType" | "NumberOfWorkers" | "ExecutionClass">>;

/** DPU of a worker: https://docs.aws.amazon.com/glue/latest/dg/worker-types.html */
const dpuOf = { "G.1X": 1, "G.2X": 2, "G.4X": 4, "G.8X": 8 } as const;

function refuse(message: string): never {
  throw new GlueError("InvalidInputException", message);
}

/**
 * Completes a run's capacity with Glue's defaults.
 * @throws for what Glue refuses for jobs of this type
 */
export function capacityOf(command: CommandName, given: Capacity): Capacity {
  const { MaxCapacity, WorkerType, NumberOfWorkers, ExecutionClass = "STANDARD" } = given;
  const hasWorkers = WorkerType !== undefined || NumberOfWorkers !== undefined;
  if (command === "pythonshell") {
    if (hasWorkers || ExecutionClass === "FLEX") {
      refuse("Worker Type, Number of Workers and FLEX are not supported for the Job Command pythonshell.");
    }
    if (MaxCapacity !== undefined && MaxCapacity !== 0.0625 && MaxCapacity !== 1) {
      refuse("Max Capacity must be 0.0625 or 1 for the Job Command pythonshell.");
    }
    return { MaxCapacity: MaxCapacity ?? 0.0625 };
  }
  if (MaxCapacity !== undefined) {
    refuse("Please do not set Max Capacity if using Worker Type and Number of Workers.");
  }
  if (hasWorkers && (WorkerType === undefined || NumberOfWorkers === undefined)) {
    refuse("Please set both Worker Type and Number of Workers.");
  }
  const [type, workers] = [WorkerType ?? "G.1X", NumberOfWorkers ?? 10];
  return {
    WorkerType: type,
    NumberOfWorkers: workers,
    ExecutionClass,
    MaxCapacity: workers * dpuOf[type],
  };
}
