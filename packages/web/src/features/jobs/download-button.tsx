import { Button, type ButtonProps } from "@mantine/core";
import { downloadUrl } from "../../api/client.ts";
import type { FinishedJob } from "./bundle.ts";
import { askToDownload } from "./download-results.tsx";

interface DownloadButtonProps extends ButtonProps {
  jobs: readonly FinishedJob[];
}

/** One result is a link, many become one file. */
export function DownloadButton({ jobs, ...props }: DownloadButtonProps) {
  const [first, second] = jobs;
  if (!first) return null;
  return second ? (
    <Button size="compact-md" {...props} onClick={() => askToDownload(jobs)} />
  ) : (
    <Button size="compact-md" {...props} component="a" href={downloadUrl(first.jobId)} />
  );
}
