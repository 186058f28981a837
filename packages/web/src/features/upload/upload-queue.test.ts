import type { Job } from "@unparquet/core/job/schema";
import { beforeEach, expect, test } from "vitest";
import { ApiError } from "../../api/error.ts";
import { RefusedFile } from "./check-parquet.ts";
import { PutError } from "./put-blob.ts";
import type { UploadSession, UploadSteps } from "./upload-file.ts";
import { UploadQueue } from "./upload-queue.ts";

interface Running {
  name: string;
  session: UploadSession;
  steps: UploadSteps;
  end: (job: { jobId: string }) => void;
  fail: (error: unknown) => void;
}

// The way over the network is played by hand: only so can every turn it may take be taken, in every order.
let running: Running[];
let abandoned: UploadSession[];
let started: string[];
let queue: UploadQueue;

beforeEach(() => {
  running = [];
  abandoned = [];
  started = [];
  queue = new UploadQueue({
    uploadFile: (file, _options, session, steps) =>
      new Promise<Job>((resolve, reject) => {
        const end = (job: { jobId: string }) => resolve(job as Job);
        running.push({ name: file.name, session, steps, end, fail: reject });
      }),
    abandonUpload: (session) => abandoned.push(session),
    onStarted: (job) => started.push(job.jobId),
  });
});

const files = (...names: string[]) => names.map((name) => new File(["PAR1"], name));
const phases = () => queue.getSnapshot().map(({ state }) => state.phase);
const settle = () => new Promise((resolve) => setTimeout(resolve));

function nth(index: number): Running {
  const one = running[index];
  if (!one) throw new Error(`upload ${index} has not begun`);
  return one;
}

function idOf(index: number): number {
  const upload = queue.getSnapshot()[index];
  if (!upload) throw new Error(`there is no upload ${index}`);
  return upload.id;
}

test("three files are under way at a time, the next when one is through", async () => {
  queue.add(files("a", "b", "c", "d", "e"), {});
  expect(running.map(({ name }) => name)).toEqual(["a", "b", "c"]);
  expect(phases()).toEqual(["checking", "checking", "checking", "waiting", "waiting"]);

  nth(1).end({ jobId: "job_b" });
  await settle();
  expect(running.map(({ name }) => name)).toEqual(["a", "b", "c", "d"]);
  expect(phases()).toEqual(["checking", "started", "checking", "checking", "waiting"]);
  expect(started).toEqual(["job_b"]);
  expect(queue.isBusy).toBe(true);
});

test("progress is shown as it comes, and never more than the file has", () => {
  queue.add(files("a"), {});
  nth(0).steps.onStep("uploading");
  nth(0).steps.onProgress(3);
  expect(queue.getSnapshot()[0]?.state).toEqual({ phase: "uploading", loaded: 3 });
  // Some browsers count the request's head as well.
  nth(0).steps.onProgress(300);
  expect(queue.getSnapshot()[0]?.state).toEqual({ phase: "uploading", loaded: 4 });
});

test("a failed upload says why, and goes on with the same job when tried again", async () => {
  queue.add(files("a"), {});
  nth(0).session.jobId = "job_a";
  nth(0).fail(new PutError(0));
  await settle();
  expect(queue.getSnapshot()[0]?.state).toEqual({
    phase: "failed",
    reason: "The connection to the storage broke off. Check your network, then try again.",
  });
  expect(queue.isBusy).toBe(false);

  queue.retry(idOf(0));
  expect(phases()).toEqual(["checking"]);
  expect(nth(1).session.jobId).toBe("job_a");
});

test("when the job is gone meanwhile, another try begins with a new one", async () => {
  queue.add(files("a"), {});
  nth(0).session.jobId = "job_a";
  nth(0).fail(new ApiError("job_not_found", "There is no such job.", 404));
  await settle();
  queue.retry(idOf(0));
  expect(nth(1).session).toEqual({});
});

test("a file that is the reason itself is not offered for another try", async () => {
  queue.add(files("a", "b"), {});
  nth(0).fail(new RefusedFile("The file is empty."));
  nth(1).session.jobId = "job_b";
  nth(1).fail(new ApiError("not_parquet", "The footer is missing.", 422));
  await settle();
  expect(queue.getSnapshot().map(({ state }) => state)).toEqual([
    { phase: "refused", reason: "The file is empty." },
    { phase: "refused", reason: "The footer is missing.", jobId: "job_b" },
  ]);
});

test("an upload that is cancelled is aborted, and its job given up", async () => {
  queue.add(files("a", "b"), {});
  nth(0).session.jobId = "job_a";
  queue.remove(idOf(0));
  expect(nth(0).steps.signal.aborted).toBe(true);
  expect(abandoned).toEqual([{ jobId: "job_a" }]);

  // What it still says changes nothing any more.
  nth(0).steps.onProgress(2);
  nth(0).fail(nth(0).steps.signal.reason);
  await settle();
  expect(phases()).toEqual(["checking"]);
});

test("clearing keeps what is under way, and the jobs of what was started", async () => {
  queue.add(files("a", "b", "c"), {});
  nth(0).end({ jobId: "job_a" });
  nth(1).fail(new RefusedFile("The file is empty."));
  await settle();
  queue.clearOver();
  expect(queue.getSnapshot().map(({ file }) => file.name)).toEqual(["c"]);
  expect(abandoned).toEqual([]);
});
