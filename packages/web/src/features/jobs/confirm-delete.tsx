import { Text } from "@mantine/core";
import { modals } from "@mantine/modals";
import type { JobSummary } from "@unparquet/core/job/schema";

/** Asks before what cannot be undone. */
export function confirmDelete(
  { filename, result }: Pick<JobSummary, "filename" | "result">,
  onConfirm: () => void,
): void {
  modals.openConfirmModal({
    title: (
      <>
        Delete <bdi>{filename}</bdi>?
      </>
    ),
    children: (
      <Text size="sm">
        {result
          ? "The job, its uploaded file and its JSON are deleted for good."
          : "The job and its uploaded file are deleted for good."}
        {result && " Links to the JSON stop working."}
      </Text>
    ),
    labels: { confirm: "Delete", cancel: "Keep it" },
    confirmProps: { color: "red.8" },
    centered: true,
    onConfirm,
  });
}
