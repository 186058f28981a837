import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { marker } from "./comment.ts";
import { github } from "./github.ts";

interface Comment {
  id: number;
  body: string;
  user: { type: string };
}

// GitHub's REST API, as far as the scripts call it: there is none on a machine without a network and a token.
let server: Server;
let comments: Comment[];
let refused: string | undefined;
let env: { GITHUB_API_URL: string; GITHUB_REPOSITORY: string; GITHUB_TOKEN: string };
let folder: string;
const pageSize = 2;

beforeEach(async () => {
  comments = [];
  refused = undefined;
  folder = await mkdtemp(join(tmpdir(), "unparquet-preview-"));
  server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "", env.GITHUB_API_URL);
    const text = Buffer.concat(await request.toArray()).toString();
    const answer = (status: number, body: unknown, headers = {}) =>
      response.writeHead(status, headers).end(JSON.stringify(body));
    const call = `${request.method} ${pathname}`;
    if (request.headers.authorization !== "Bearer secret") return answer(401, {});
    if (call === refused) return answer(403, { message: "Resource not accessible by integration" });
    if (call === "GET /repos/anna/unparquet/pulls/12") return answer(200, { state: "closed" });
    if (call === "GET /repos/anna/unparquet/issues/12/comments") {
      const page = Number(searchParams.get("page") ?? 1);
      const next = `<${env.GITHUB_API_URL}${pathname}?page=${page + 1}>; rel="next"`;
      const more = comments.length > page * pageSize;
      return answer(200, comments.slice((page - 1) * pageSize, page * pageSize), more ? { link: next } : {});
    }
    if (call === "POST /repos/anna/unparquet/issues/12/comments") {
      comments.push({ id: comments.length + 1, user: { type: "Bot" }, ...JSON.parse(text) });
      return answer(201, {});
    }
    const [, id] = /^PATCH \/repos\/anna\/unparquet\/issues\/comments\/(\d+)$/.exec(call) ?? [];
    const comment = comments.find((comment) => comment.id === Number(id));
    if (!comment) return answer(404, { message: "Not Found" });
    comment.body = JSON.parse(text).body;
    return answer(200, {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  env = {
    GITHUB_API_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    GITHUB_REPOSITORY: "anna/unparquet",
    GITHUB_TOKEN: "secret",
  };
});

afterEach(async () => {
  server.close();
  await rm(folder, { recursive: true });
});

const preview = (...args: string[]) =>
  promisify(execFile)(process.execPath, [join(import.meta.dirname, "preview.ts"), ...args], {
    env: {
      ...process.env,
      ...env,
      PULL: "12",
      STAGE: "pr-12",
      COMMIT: "abcdef0123",
      RUN_URL: "https://run.test",
    },
  });

/** With the content as JSON; an empty one as a command that failed leaves it. */
async function file(name: string, content: unknown) {
  const path = join(folder, name);
  await writeFile(path, content === "" ? "" : JSON.stringify(content));
  return path;
}

describe("the comment of a pull request", () => {
  it("is written once and then changed in place, whatever others write", async () => {
    for (const body of ["Nice!", `${marker}\nnot of the workflow`, "+1"]) {
      comments.push({ id: comments.length + 1, body, user: { type: "User" } });
    }
    const outputs = await file("outputs.json", { dashboard: "https://dash.test", api: "https://api.test" });
    const diff = await file("diff.json", [
      {
        op: "create",
        type: "aws:sqs/queue:Queue",
        urn: "urn:pulumi:pr-12::unparquet::aws:sqs/queue:Queue::Dead",
      },
    ]);
    const api = await file("api.json", { paths: {} });
    await preview("deployed", "--outputs", outputs, "--diff", diff, "--base", api, "--head", api);
    expect(comments.map(({ body }) => body)).toEqual([
      "Nice!",
      `${marker}\nnot of the workflow`,
      "+1",
      expect.stringMatching(
        /https:\/\/dash\.test.*base branch: no changes.*created `Dead` `aws\.sqs\.Queue`/s,
      ),
    ]);

    await preview("removed");
    expect(comments).toHaveLength(4);
    expect(comments[3]?.body).toContain("`pr-12` is removed");
  });

  it("tells of a failed deployment even when nothing could be compared", async () => {
    await preview("failed", "--outputs", join(folder, "none.json"), "--diff", await file("diff.json", ""));
    expect(comments.map(({ body }) => body)).toEqual([expect.stringContaining("could not be deployed")]);
  });

  it("fails the step when GitHub refuses it", async () => {
    refused = "POST /repos/anna/unparquet/issues/12/comments";
    await expect(preview("removed")).rejects.toThrow("Resource not accessible by integration");
  });
});

describe("the state of a pull request", () => {
  it("is GitHub's, and none where there is no such pull request", async () => {
    const { pullState } = github(env);
    expect(await pullState(12)).toBe("closed");
    expect(await pullState(13)).toBeUndefined();
  });

  it("is not taken from a refusal", async () => {
    refused = "GET /repos/anna/unparquet/pulls/12";
    await expect(github(env).pullState(12)).rejects.toThrow("403");
  });
});

it("prints the API's document", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    join(import.meta.dirname, "openapi.ts"),
    join(import.meta.dirname, "../.."),
  ]);
  expect(JSON.parse(stdout)).toMatchObject({ openapi: "3.1.0", paths: { "/upload": { post: {} } } });
});
