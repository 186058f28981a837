import { describe, expect, it } from "vitest";
import { deploymentComment, marker, maximumLength, removedComment } from "./comment.ts";
import type { ResourceChange } from "./sst-diff.ts";

const preview = { stage: "pr-12", runUrl: "https://github.test/runs/1", commit: "0123456789abcdef" };
const deployed = {
  ...preview,
  urls: { dashboard: "https://dash.test", api: "https://api.test" },
  resources: [] as ResourceChange[],
  api: [],
};
const updated = (count: number): ResourceChange[] =>
  Array.from({ length: count }, (_, index) => ({
    kind: "updated",
    type: "aws.lambda.Function",
    name: `Function${index}`,
    properties: ["s3Key"],
  }));

it("links the dashboard and the API, and says what was deployed", () => {
  const body = deploymentComment(deployed);
  expect(body).toContain("[Open the preview](https://dash.test)");
  expect(body).toContain("[API](https://api.test/docs)");
  expect(body).toContain("commit 0123456");
  expect(body).toContain("last deployment: no changes");
});

it("counts the changes and lists them folded", () => {
  const body = deploymentComment({
    ...deployed,
    resources: [...updated(2), { kind: "deleted", type: "aws.glue.Job", name: "Converter", properties: [] }],
    api: [
      { kind: "removed", what: "`GET /jobs`", breaking: true },
      { kind: "added", what: "`Job` in responses: `size`", breaking: false },
    ],
  });
  expect(body).toContain("**Stage** against its last deployment: 2 updated, 1 deleted\n<details>");
  expect(body).toContain("- updated `Function0` `aws.lambda.Function`: `s3Key`\n");
  expect(body).toContain("**API** against the base branch: 1 added, 1 removed · ⚠️ **1 breaking**\n<details>");
  expect(body).toContain("- ⚠️ breaking: removed `GET /jobs`\n");
});

it("says that a deployment failed and what could not be compared", () => {
  const body = deploymentComment({ ...deployed, urls: undefined, resources: undefined, api: undefined });
  expect(body).toContain("could not be deployed");
  expect(body).toContain(`[log](${preview.runUrl})`);
  expect(body.match(/could not be compared/g)).toHaveLength(2);
  expect(body).not.toContain("Open the preview");
});

it("says that a stage is removed", () => {
  expect(removedComment(preview)).toContain("`pr-12` is removed");
});

it("begins with the marker it is found by", () => {
  expect(deploymentComment(deployed).startsWith(marker)).toBe(true);
  expect(removedComment(preview).startsWith(marker)).toBe(true);
});

describe("a comment longer than GitHub takes", () => {
  const api = Array.from({ length: 2_000 }, (_, index) => ({
    kind: "added" as const,
    what: `\`GET /${index}\`: \`${"x".repeat(100)}\``,
    breaking: false,
  }));
  const body = deploymentComment({ ...deployed, resources: updated(5_000), api });

  it("is cut to the limit, with the number of what is left out", () => {
    expect(body.length).toBeLessThanOrEqual(maximumLength);
    expect(body.match(/- … and \d+ more/g)).toHaveLength(2);
    const left = [...body.matchAll(/and (\d+) more/g)].reduce((sum, [, count]) => sum + Number(count), 0);
    expect(body.match(/^- (added|updated)/gm)?.length).toBe(7_000 - left);
  });

  it("still counts them all, and closes what it opens", () => {
    expect(body).toContain("2000 added");
    expect(body).toContain("5000 updated");
    expect(body.match(/<\/details>/g)).toHaveLength(2);
  });
});

it("keeps a resource's name from being read as Markdown", () => {
  const [change] = updated(1);
  const name = "a`\n@everyone <img src=x>";
  const body = deploymentComment({ ...deployed, resources: change ? [{ ...change, name }] : [] });
  expect(body).toContain("- updated `a''@everyone <img src=x>` ");
});
