import { describe, expect, it } from "vitest";
import { document } from "../../packages/functions/src/docs/document.ts";
import { apiChanges, type OpenApi } from "./openapi-changes.ts";

// The project's own document, changed in one place.
// biome-ignore lint/suspicious/noExplicitAny: any place of the document
function changed(edit: (copy: any) => void) {
  const copy = structuredClone(document);
  edit(copy);
  return compare(document, copy);
}

// biome-ignore lint/suspicious/noExplicitAny: as the generator types it
const compare = (base: any, head: any) =>
  apiChanges(base as OpenApi, head as OpenApi).map(
    ({ kind, what, breaking }) => `${breaking ? "breaking: " : ""}${kind} ${what}`,
  );

it("finds nothing where only texts differ", () => {
  const edit = (copy: typeof document) => {
    copy.info.title = "another";
    for (const item of Object.values(copy.paths ?? {})) if (item.get) item.get.description = "another";
  };
  expect(changed(edit)).toEqual([]);
});

describe("operations", () => {
  it("may come, and break clients when they go", () => {
    expect(
      changed((copy) => {
        copy.paths["/jobs"].put = { responses: { 200: {} } };
      }),
    ).toEqual(["added `PUT /jobs`"]);
    expect(
      changed((copy) => {
        delete copy.paths["/jobs"].get;
      }),
    ).toEqual(["breaking: removed `GET /jobs`"]);
  });

  it("may answer a new status, and break clients without an old one", () => {
    const job = "/job-status/{jobId}";
    expect(
      changed((copy) => {
        copy.paths[job].get.responses[418] = {};
      }),
    ).toEqual([`added \`GET ${job}\` 418`]);
    expect(
      changed((copy) => {
        delete copy.paths[job].get.responses[404];
      }),
    ).toEqual([`breaking: removed \`GET ${job}\` 404`]);
  });

  it("break clients with a parameter that they must send", () => {
    const add = (required: boolean) =>
      changed((copy) => {
        copy.paths["/upload"].post.parameters.push({
          in: "query",
          name: "tag",
          required,
          schema: { type: "string" },
        });
      });
    expect(add(false)).toEqual(["added `POST /upload` parameters: `query tag`"]);
    expect(add(true)).toEqual(["breaking: added `POST /upload` parameters: `query tag`"]);
  });
});

describe("a request's fields", () => {
  const part = "`POST /upload` request `application/json`";
  // biome-ignore lint/suspicious/noExplicitAny: any place of the document
  const body = (copy: any) => copy.paths["/upload"].post.requestBody.content["application/json"].schema;

  it("may come when optional", () => {
    const add = (required: boolean) =>
      changed((copy) => {
        body(copy).properties.tag = { type: "object", properties: { a: { type: "string" } } };
        if (required) body(copy).required.push("tag");
      });
    expect(add(false)).toEqual([`added ${part}: \`tag\``]);
    expect(add(true)).toEqual([`breaking: added ${part}: \`tag\``]);
  });

  it("break clients when they become required or other, not when they become optional", () => {
    expect(
      changed((copy) => {
        body(copy).required = ["filename"];
      }),
    ).toEqual([`changed ${part}: \`size\` is no longer required`]);
    expect(
      changed((copy) => {
        body(copy).properties.size.maximum = 5;
      }),
    ).toEqual([
      expect.stringMatching(
        /^breaking: changed .*`size` was `integer, maximum \d+, minimum 1`, is `integer, maximum 5, minimum 1`$/,
      ),
    ]);
    expect(
      changed((copy) => {
        delete body(copy).properties.size;
      }),
    ).toEqual([`breaking: removed ${part}: \`size\``]);
  });
});

describe("an answer's fields", () => {
  it("may come, and break clients when they go, told once for a schema used by many operations", () => {
    expect(
      changed((copy) => {
        copy.components.schemas.Job.properties.size = { type: "integer" };
      }),
    ).toEqual(["added `Job` in responses: `size`"]);
    expect(
      changed((copy) => {
        delete copy.components.schemas.Job.properties.attempt;
      }),
    ).toEqual(["breaking: removed `Job` in responses: `attempt`"]);
  });

  it("break clients when they can be missing or hold an unknown value", () => {
    expect(
      changed((copy) => {
        const { Job } = copy.components.schemas;
        Job.required = Job.required.filter((name: string) => name !== "attempt");
      }),
    ).toEqual(["breaking: changed `Job` in responses: `attempt` is no longer required"]);
    expect(
      changed((copy) => {
        copy.components.schemas.JobStatus.enum.push("PAUSED");
      }),
    ).toEqual([
      // Statuses are a query parameter of GET /jobs too, where one more is harmless.
      "breaking: changed `JobStatus` in responses can now be `PAUSED`",
      "changed `JobStatus` in requests can now be `PAUSED`",
    ]);
  });
});
