import { GetJobCommand, GlueClient } from "@aws-sdk/client-glue";
import { expect, test } from "vitest";

test("smoke", async () => {
  const name = JSON.parse(process.env.SST_RESOURCE_GlueJob ?? "").name;
  const glue = new GlueClient({});
  console.log(await glue.send(new GetJobCommand({ JobName: name })));
  await expect(glue.send(new GetJobCommand({ JobName: "x" }))).rejects.toThrow("Job x not found");
});
