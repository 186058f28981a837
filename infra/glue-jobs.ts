import { glueJob, shellLink } from "./glue.ts";
import { sparkJob, sparkLink } from "./spark-lane.ts";

const jobs = [glueJob, ...(sparkJob ? [sparkJob] : [])];

/** The Glue jobs of all lanes that the stage has. */
export const glueJobs = {
  // Linked by name only.
  links: [shellLink, sparkLink],
  names: jobs.map(({ name }) => name),
  allow: (...actions: string[]) => ({
    actions: actions.map((action) => `glue:${action}`),
    resources: jobs.map(({ arn }) => arn),
  }),
};
