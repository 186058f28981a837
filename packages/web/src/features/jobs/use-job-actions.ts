import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { Options } from "@unparquet/core/conversion/options";
import type { JobSummary } from "@unparquet/core/job/schema";
import { parseResponse } from "hono/client";
import { createElement } from "react";
import { api } from "../../api/client.ts";
import { forgetJobs, putJob } from "../../api/queries.ts";

function showFailure(filename: string, what: string) {
  const title = [createElement("bdi", { key: 0 }, filename), ` ${what}`];
  return ({ message }: Error) => notifications.show({ color: "red", title, message });
}

/** Start, cancel, retry and delete one job; a failure is shown, and the job looked at again, as it may have moved on. */
export function useJobActions({ jobId, filename }: Pick<JobSummary, "jobId" | "filename">) {
  const queryClient = useQueryClient();
  const lookAgain = () => queryClient.invalidateQueries({ queryKey: ["job", jobId] });

  const start = useMutation({
    mutationFn: () => parseResponse(api["trigger-job"].$post({ json: { jobId } })),
    onSuccess: ({ job }) => putJob(queryClient, job),
    onError: showFailure(filename, "could not be started"),
    onSettled: lookAgain,
  });

  const cancel = useMutation({
    mutationFn: () => parseResponse(api.jobs[":jobId"].cancel.$post({ param: { jobId } })),
    onSuccess: ({ job }) => putJob(queryClient, job),
    onError: showFailure(filename, "could not be cancelled"),
    onSettled: lookAgain,
  });

  const retry = useMutation({
    mutationFn: (options?: Options) =>
      parseResponse(
        api.jobs[":jobId"].retry.$post({ param: { jobId }, json: options === undefined ? {} : { options } }),
      ),
    onSuccess: ({ job }) => putJob(queryClient, job),
    onError: showFailure(filename, "could not be tried again"),
    onSettled: lookAgain,
  });

  const remove = useMutation({
    mutationFn: async () => {
      await api.jobs[":jobId"].$delete({ param: { jobId } });
    },
    onSuccess: () => forgetJobs(queryClient, new Set([jobId])),
    onError: showFailure(filename, "could not be deleted"),
  });

  return { start, cancel, retry, remove };
}
