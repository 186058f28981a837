import { applied, checked, jobs, result } from "@unparquet/testing/fixtures/records";
import { beforeAll, describe, expect, test } from "vitest";
import { encodeCursor, listJobs } from "./jobs.ts";
import { jobs as table } from "./record.ts";
import { createJobId, JobStatus } from "./schema.ts";
import { beginDelete, cancelled, fail, queue, succeed } from "./transitions.ts";

const input = checked();
const made: { jobId: string; createdAt: string; status: string }[] = [];

beforeAll(async () => {
  // Several in one millisecond, of statuses in turn, and one that is being deleted.
  for (let round = 0; round < 8; round += 1) {
    made.push(
      ...(await Promise.all([
        jobs.pending(),
        jobs.pending().then((job) => applied(queue(job, input))),
        jobs.queued().then((job) => applied(cancelled(job))),
        jobs.queued().then((job) => applied(fail(job, { code: "internal", message: "" }))),
      ])),
    );
  }
  await applied(beginDelete(await jobs.pending()));
});

const newestFirst = (statuses: string[]) =>
  made
    .filter(({ status }) => statuses.length === 0 || statuses.includes(status))
    .toSorted((a, b) => (`${a.createdAt}${a.jobId}` < `${b.createdAt}${b.jobId}` ? 1 : -1))
    .map(({ jobId }) => jobId);

const allPages = async (statuses: JobStatus[], limit: number) => {
  const ids: string[] = [];
  let cursor: string | null = null;
  do {
    const page = await listJobs({ statuses, limit, ...(cursor !== null && { cursor }) });
    expect(page.jobs.length).toBeLessThanOrEqual(limit);
    ids.push(...page.jobs.map(({ jobId }) => jobId));
    ({ cursor } = page);
  } while (cursor);
  return ids;
};

describe("the list of jobs", () => {
  test.each([1, 3, 8, 32, 100])("the list of jobs is complete and in order in pages of %i", async (limit) => {
    expect(await allPages([], limit)).toEqual(newestFirst([]));
  });

  test.each<[JobStatus[], number]>([
    [["QUEUED"], 3],
    [["QUEUED", "FAILED"], 1],
    [["QUEUED", "FAILED", "CANCELLED"], 5],
    [["PENDING_UPLOAD", "PENDING_UPLOAD"], 100],
    [["SUCCEEDED"], 5],
    [JobStatus.options, 7],
  ])("the list of jobs of status %j is complete and in order in pages of %i", async (statuses, limit) => {
    expect(await allPages(statuses, limit)).toEqual(newestFirst(statuses));
  });

  test("a list that ends with a page has no next cursor", async () => {
    expect(await listJobs({ limit: made.length })).toMatchObject({ cursor: null });
  });

  test("a cursor continues at the same position after new jobs were created", async () => {
    const first = await listJobs({ limit: 5 });
    const late = await jobs.pending();
    const second = await listJobs({ limit: 100, cursor: first.cursor ?? "" });
    expect([...first.jobs, ...second.jobs].map(({ jobId }) => jobId)).toEqual(newestFirst([]));
    made.push(late);
  });

  test("a page of large records ends early and misses no job", async () => {
    // Records of 128 kB, forty of which are more than a page may hold.
    const columns = Array.from({ length: 128 }, (_, nth) => ({
      name: `${nth}`.padStart(1000, "x"),
      type: "int64",
    }));
    const large = await applied(succeed(await jobs.running(), { ...result, columns }));
    const late = [large, ...Array.from({ length: 39 }, () => ({ ...large, jobId: createJobId() }))];
    await table().put(late).go();
    made.push(...late);
    const first = await listJobs({ limit: 1000 });
    expect(first.cursor).not.toBeNull();
    expect(first.jobs.length).toBeGreaterThan(20);
    expect(JSON.stringify(first.jobs).length).toBeLessThan(4.5 * 1024 ** 2);
    expect(await allPages([], 1000)).toEqual(newestFirst([]));
  });

  test.each([
    "",
    "x",
    "bm90IGpzb24",
    Buffer.from('["2026-01-01","job_1"]').toString("base64url"),
    Buffer.from('["2026-01-01T00:00:00.000Z","$unparquet"]').toString("base64url"),
    `${encodeCursor({ createdAt: "2026-01-01T00:00:00.000Z", jobId: "job_0000000000000000000000" })}=`,
  ])("the list rejects the cursor %j", async (cursor) => {
    await expect(listJobs({ limit: 5, cursor })).rejects.toMatchObject({ code: "invalid_cursor" });
  });
});
