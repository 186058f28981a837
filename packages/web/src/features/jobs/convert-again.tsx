import { modals } from "@mantine/modals";
import type { JobSummary } from "@unparquet/core/job/schema";
import { prefetched } from "../../components/fetch-part.ts";
import { lazyPart } from "../../components/lazy-part.tsx";
import { countJobs } from "./bulk.ts";
import type { ConvertAgainFormProps } from "./convert-again-form.tsx";

/** The options are checked by a schema that the list does not need. */
const ConvertAgainForm = lazyPart(prefetched(() => import("./convert-again-form.tsx")));

/** Asks with which options to convert the files of ended jobs again. */
export function askToConvertAgain(
  jobs: readonly JobSummary[],
  onConvert: ConvertAgainFormProps["onConvert"],
): void {
  const [first] = jobs;
  if (!first) return;
  const what = jobs.length === 1 ? <bdi>{first.filename}</bdi> : countJobs(jobs.length);
  const verb = jobs.length === 1 && first.status !== "SUCCEEDED" ? "Try" : "Convert";
  modals.open({
    title: (
      <>
        {verb} {what} again
      </>
    ),
    size: "xl",
    children: (
      <ConvertAgainForm
        jobs={jobs}
        first={first}
        verb={verb === "Try" ? "Try again" : "Convert again"}
        onConvert={(options) => {
          modals.closeAll();
          onConvert(options);
        }}
      />
    ),
  });
}
