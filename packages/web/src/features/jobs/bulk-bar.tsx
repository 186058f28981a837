import { Button, CloseButton, Text } from "@mantine/core";
import { modals } from "@mantine/modals";
import { useQueryClient } from "@tanstack/react-query";
import type { JobSummary } from "@unparquet/core/job/schema";
import { statusLabel } from "../../api/status.ts";
import { formatCount } from "../../components/format.ts";
import { type BulkKey, bulkActions, countJobs, runBulk } from "./bulk.ts";
import classes from "./bulk-bar.module.css";
import { askToConvertAgain } from "./convert-again.tsx";
import { DownloadButton } from "./download-button.tsx";
import { isFinished } from "./download-results.tsx";

/** "3 running", where all are; otherwise just how many. */
function describe(jobs: readonly JobSummary[]): string {
  const kinds = new Set(jobs.map(({ status }) => status));
  const [only] = kinds;
  const kind = kinds.size === 1 && only ? ` ${statusLabel(only).toLowerCase()}` : "";
  return `${formatCount(jobs.length)}${kind}`;
}

const consequences = {
  cancel: "They stop, and their partial output is discarded.",
  delete:
    "The jobs, their uploaded files and their JSON are deleted for good. Links to the JSON stop working.",
};
const keep = { cancel: "Keep running", delete: "Keep them" };

/** What can be done with the selected jobs; each button says with how many of them. */
export function BulkBar({ jobs, onClear }: { jobs: readonly JobSummary[]; onClear: () => void }) {
  const queryClient = useQueryClient();
  const results = jobs.filter(isFinished);

  const ask = (key: BulkKey, those: readonly JobSummary[]) => {
    if (key === "retry") {
      return askToConvertAgain(those, (options) => {
        onClear();
        void runBulk(queryClient, key, those, options);
      });
    }
    modals.openConfirmModal({
      title: `${bulkActions[key].label(countJobs(those.length))}?`,
      children: <Text size="sm">{consequences[key]}</Text>,
      labels: { confirm: bulkActions[key].label(countJobs(those.length)), cancel: keep[key] },
      ...(key === "delete" && { confirmProps: { color: "red.8" } }),
      centered: true,
      onConfirm: () => {
        onClear();
        void runBulk(queryClient, key, those);
      },
    });
  };

  return (
    <div className={classes.place}>
      {jobs.length > 0 && (
        <section className={classes.bar} aria-label="Selected jobs">
          <Text size="sm" fw={600} className={classes.count} role="status">
            {formatCount(jobs.length)} selected
          </Text>
          <div className={classes.actions}>
            <DownloadButton jobs={results} variant="default">
              Download {formatCount(results.length)} {results.length === 1 ? "result" : "results"}
            </DownloadButton>
            {(Object.keys(bulkActions) as BulkKey[]).map((key) => {
              const those = jobs.filter(bulkActions[key].applies);
              return (
                those.length > 0 && (
                  <Button
                    key={key}
                    size="compact-md"
                    variant="default"
                    {...(key === "delete" && { c: "var(--danger)" })}
                    onClick={() => ask(key, those)}
                  >
                    {bulkActions[key].label(describe(those))}
                  </Button>
                )
              );
            })}
          </div>
          <CloseButton aria-label="Select none" onClick={onClear} />
        </section>
      )}
    </div>
  );
}
