import { lambdaLane } from "@unparquet/core/deployment";
import { today, usedToday } from "@unparquet/core/job/quota";
import { expectProblem, get, post, request } from "@unparquet/testing/api/client";
import { ended, jobOf } from "@unparquet/testing/api/jobs";
import { useLambdaLane } from "@unparquet/testing/aws/lambda-lane";
import { damagedNames, slowRows, threeRows } from "@unparquet/testing/fixtures/objects";
import { Resource } from "sst";
import { expect, onTestFinished, test, vi } from "vitest";

useLambdaLane();

const convert = (query: string, body: BodyInit = threeRows, type = "application/octet-stream") =>
  request("POST", `/convert${query}`, { body, headers: { "Content-Type": type } });

test.each(
  ["lambda", "shell"].flatMap((lane) => [
    { lane, query: "", rows: [{ id: 1 }, { id: 2 }, { id: 3, name: null }] },
    {
      ...{ lane, query: "&columns=name&columns=id&limit=2" },
      rows: [
        { name: "one", id: 1 },
        { name: "zwei — ü", id: 2 },
      ],
    },
    { lane, query: "&format=json&columns=id", rows: [{ id: 1 }, { id: 2 }, { id: 3 }] },
  ]),
)(
  "in the lane $lane, a file sent with '$query' is answered with the address of its JSON",
  async ({ lane, query, rows }) => {
    Resource.ConverterFunction.outputMaxBytes = lane === "lambda" ? lambdaLane.outputMaxBytes : 0;
    const answer = await convert(`?filename=a%20b%2B%C3%BC.parquet${query}`);
    expect(answer.status).toBe(303);
    const location = answer.headers.get("Location") ?? "";
    const [, jobId] = location.match(/\/jobs\/(\w+)\/1\//) ?? [];
    expect(await jobOf(await get(`/job-status/${jobId}`))).toMatchObject({
      ...{ status: "SUCCEEDED", result: { url: location } },
      attempts: [{ lane, laneReason: expect.stringMatching(/\.$/) }],
    });
    const text = await (await fetch(location)).text();
    const json = query.includes("format=json") ? text : `[${text.trimEnd().replaceAll("\n", ",")}]`;
    expect(JSON.parse(json)).toMatchObject(rows);
  },
);

test("a conversion that fails is answered with its problem", async () => {
  const { detail } = await expectProblem(
    await convert("?filename=a.parquet", damagedNames),
    422,
    "corrupt_file",
  );
  expect(detail).toContain("name");
});

test.each([
  ["an unknown column", 422, "unknown_column", "?filename=a.parquet&columns=nope", threeRows, undefined],
  ["a file that is not Parquet", 422, "not_parquet", "?filename=a.parquet", "id,name\n1,one\n", undefined],
  [
    "an unknown query parameter",
    400,
    "invalid_request",
    "?filename=a.parquet&colums=id",
    threeRows,
    undefined,
  ],
  ["no filename", 400, "invalid_request", "", threeRows, undefined],
  ["no limit", 400, "invalid_request", "?filename=a.parquet&limit=0", threeRows, undefined],
  ["no file", 400, "invalid_request", "?filename=a.parquet", "", undefined],
  ["another content type", 415, "unsupported_media_type", "?filename=a.parquet", "{}", "application/json"],
  ["more than 4 MiB", 413, "too_large", "?filename=a.parquet", Buffer.alloc(4 * 1024 ** 2 + 1), undefined],
])("%s is answered %i %s and creates no job", async (_, status, code, query, body, type) => {
  const { uploads: before } = await usedToday(today());
  await expectProblem(await convert(query, body, type), status, code);
  expect((await usedToday(today())).uploads).toBe(before);
});

test("a conversion that takes longer than the wait is answered 202 with its job", async () => {
  Resource.ConverterFunction.outputMaxBytes = lambdaLane.outputMaxBytes;
  // Each tick takes five seconds.
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
  const clock = setInterval(() => vi.setSystemTime(Date.now() + 5_000), 100);
  onTestFinished(() => {
    clearInterval(clock);
    vi.useRealTimers();
  });
  const answer = await convert("?filename=slow.parquet", await slowRows());
  expect(answer.status).toBe(202);
  const { jobId, status } = await jobOf(answer);
  expect(status).toBe("RUNNING");
  await post(`/jobs/${jobId}/cancel`);
  expect((await ended(jobId)).status).toBe("CANCELLED");
});
