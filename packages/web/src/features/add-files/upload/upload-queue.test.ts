import { beforeEach, expect, test, vi } from "vitest";
import { ApiError } from "../../../api/error.ts";
import { RefusedFile } from "./check-parquet.ts";
import { PutError } from "./put-blob.ts";
import type { FileTransfer, UploadSession } from "./upload-file.ts";
import { UploadJournal } from "./upload-journal.ts";
import { UploadQueue } from "./upload-queue.ts";

interface Running {
  transfer: FileTransfer;
  onStep: (step: "uploading") => void;
  end: () => void;
  fail: (error: unknown) => void;
}

let running: Running[];
let abandoned: UploadSession[];
let queue: UploadQueue;

// The way over the network is played by hand: only so can every turn it may take be taken, in every order.
vi.mock("./upload-file.ts", () => ({
  uploadFile: (transfer: FileTransfer, onStep: Running["onStep"]) =>
    new Promise<void>((end, fail) => {
      const { signal } = transfer;
      signal.addEventListener("abort", () => fail(signal.reason));
      running.push({ transfer, onStep, end, fail });
    }),
  abandonUpload: (session: UploadSession) => {
    if (session.jobId !== undefined) abandoned.push({ ...session });
  },
}));

const visit = () => new UploadQueue(new UploadJournal());

beforeEach(() => {
  localStorage.clear();
  running = [];
  abandoned = [];
  queue = visit();
});

const files = (...names: string[]) =>
  names.map((name) => ({ file: new File(["PAR1"], name, { lastModified: 1 }), options: {} }));
const states = () => queue.list.get();
const phases = () => states().map(({ phase }) => phase);
const names = () => running.map(({ transfer }) => transfer.file.name);
const settle = () => new Promise((resolve) => setTimeout(resolve));

async function add(...names: string[]): Promise<void> {
  queue.add(files(...names));
  await settle();
}

function nth(index: number): Running {
  const one = running[index];
  if (!one) throw new Error(`upload ${index} has not begun`);
  return one;
}

function idOf(index: number): string {
  const upload = queue.list.get()[index];
  if (!upload) throw new Error(`there is no upload ${index}`);
  return upload.id;
}

test("four files are under way at a time, the next when one is through", async () => {
  await add("a", "b", "c", "d", "e", "f");
  expect(names()).toEqual(["a", "b", "c", "d"]);
  expect(phases()).toEqual(["checking", "checking", "checking", "checking", "waiting", "waiting"]);

  nth(1).end();
  await settle();
  expect(names()).toEqual(["a", "b", "c", "d", "e"]);
  expect(phases()).toEqual(["checking", "started", "checking", "checking", "checking", "waiting"]);
  expect(queue.isBusy).toBe(true);
});

test("the parts of what was chosen first are first in line", async () => {
  await add("a", "b");
  expect(nth(0).transfer.priority).toBeGreaterThan(nth(1).transfer.priority);
});

test("progress is shown a few times a second, however often bytes move", async () => {
  vi.useFakeTimers();
  try {
    queue.add(files("a"));
    await vi.advanceTimersByTimeAsync(0);
    nth(0).onStep("uploading");
    let seen = 0;
    queue.list.subscribe(() => {
      seen += 1;
    });
    for (let sent = 0; sent <= 4; sent += 0.25) Object.assign(nth(0).transfer, { moving: sent, sent });
    expect(seen).toBe(0);
    await vi.advanceTimersByTimeAsync(1000);
    expect(seen).toBe(2);
    expect(states()[0]).toMatchObject({ phase: "uploading", moving: 4, speed: expect.closeTo(4, 0) });
  } finally {
    vi.useRealTimers();
  }
});

test("a storage that does not answer shows as such until the next step", async () => {
  await add("a");
  nth(0).transfer.onTrouble(new PutError(0));
  await vi.waitFor(() => expect(states()[0]?.trouble).toBe("The storage does not answer."));
  nth(0).onStep("uploading");
  expect(states()[0]).toMatchObject({ phase: "uploading", trouble: undefined });
});

test("a pause waits for parts on their way, and a second one does not", async () => {
  await add("a", "b");
  const target = { strategy: "multipart", uploadId: "u", partSize: 1, partCount: 4 } as const;
  for (const index of [0, 1]) {
    nth(index).transfer.session.target = target;
    nth(index).onStep("uploading");
  }
  const first = nth(0).transfer;
  queue.pause(idOf(0), idOf(1));
  expect(states()).toMatchObject([{ isPausing: true }, { isPausing: true }]);
  expect(first.signal.aborted).toBe(false);

  first.stored = 3;
  nth(0).fail(first.pause.reason);
  await settle();
  expect(states()[0]).toMatchObject({ phase: "paused", stored: 3 });

  queue.pause(idOf(1));
  expect(states()[1]).toMatchObject({ phase: "paused", stored: 0 });
  expect(nth(1).transfer.signal.aborted).toBe(true);

  queue.resume(idOf(0));
  await settle();
  expect(nth(2).transfer.pause.aborted).toBe(false);
});

test("a paused upload lets the next one begin, and goes on with its job", async () => {
  await add("a", "b", "c", "d", "e");
  const { signal } = nth(0).transfer;
  nth(0).transfer.session.jobId = "job_a";
  nth(0).onStep("uploading");
  Object.assign(nth(0).transfer, { stored: 2, moving: 1 });
  queue.pause(idOf(0));
  expect(states()[0]).toMatchObject({ phase: "paused", stored: 2 });
  expect(signal.aborted).toBe(true);
  await settle();
  expect(names()[4]).toBe("e");

  nth(1).end();
  await settle();
  queue.resume(idOf(0));
  await settle();
  expect(names()[5]).toBe("a");
  expect(nth(5).transfer).toMatchObject({ session: { jobId: "job_a" }, signal: { aborted: false } });
  expect(abandoned).toEqual([]);
});

test("an upload that is paused and resumed while it waits is begun once", async () => {
  await add("a", "b", "c", "d", "e");
  queue.pause(idOf(4));
  expect(phases()[4]).toBe("paused");
  queue.resume(idOf(4));
  for (const index of [0, 1]) nth(index).end();
  await settle();
  expect(names()).toEqual(["a", "b", "c", "d", "e"]);
});

test("a failed upload says why, and goes on with the same job when tried again", async () => {
  await add("a");
  nth(0).transfer.session.jobId = "job_a";
  nth(0).fail(new PutError(500));
  await settle();
  expect(states()[0]).toMatchObject({ phase: "failed", reason: expect.stringContaining("status 500") });
  expect(queue.isBusy).toBe(false);

  queue.resume(idOf(0));
  await settle();
  expect(phases()).toEqual(["checking"]);
  expect(nth(1).transfer.session.jobId).toBe("job_a");
});

test("a file that is the reason itself is not offered for another try", async () => {
  await add("a", "b");
  nth(0).fail(new RefusedFile("The file is empty."));
  nth(1).transfer.session.jobId = "job_b";
  nth(1).fail(new ApiError("not_parquet", "The footer is missing.", 422));
  await settle();
  expect(states()).toMatchObject([
    { phase: "refused", reason: "The file is empty.", session: {} },
    { phase: "refused", reason: "The footer is missing.", session: { jobId: "job_b" } },
  ]);
});

test("of a file that is no longer what it was nothing stays behind", async () => {
  await add("a");
  nth(0).transfer.session.jobId = "job_a";
  nth(0).onStep("uploading");
  nth(0).fail(new RefusedFile("The file was changed."));
  await settle();
  expect(phases()).toEqual(["refused"]);
  expect(abandoned).toEqual([{ jobId: "job_a" }]);
  expect(localStorage).toHaveLength(0);
});

test("an upload that is cancelled is aborted, and the job it knows in the end given up", async () => {
  await add("a", "b");
  queue.remove(idOf(0));
  expect(nth(0).transfer.signal.aborted).toBe(true);
  // Its job was being made at that moment.
  nth(0).transfer.session.jobId = "job_a";
  await settle();
  expect(abandoned).toEqual([{ jobId: "job_a" }]);
  expect(phases()).toEqual(["checking"]);
});

test("clearing what is over keeps its job", async () => {
  await add("a");
  nth(0).transfer.session.jobId = "job_a";
  nth(0).end();
  await settle();
  queue.remove(idOf(0));
  await settle();
  expect(queue.list.get()).toEqual([]);
  expect(abandoned).toEqual([]);
});

test("another visit goes on where this one was cut off, with the options chosen then", async () => {
  queue.add(files("a", "b").map(({ file }) => ({ file, options: { format: "json" } })));
  await settle();
  nth(0).transfer.session.jobId = "job_a";
  nth(0).onStep("uploading");
  nth(1).end();
  await settle();

  queue = visit();
  queue.add(files("a", "b"));
  await settle();
  expect(nth(2).transfer).toMatchObject({ session: { jobId: "job_a" }, options: { format: "json" } });
  expect(nth(3).transfer).toMatchObject({ session: {}, options: {} });
});
