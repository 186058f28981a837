import type { JobSummary } from "@unparquet/core/job/schema";
import { describeUpload } from "../add-files/upload/upload-words.ts";
import { useUploadOf } from "../add-files/upload/uploads.ts";
import { StatusBadge } from "./status-badge.tsx";

interface JobStatusProps {
  job: Pick<JobSummary, "jobId" | "status">;
  size?: "md" | "lg";
}

/** The status of a job, or how far its upload is while this tab sends the file. */
export function JobStatus({ job: { jobId, status }, ...props }: JobStatusProps) {
  return status === "PENDING_UPLOAD" ? (
    <PendingStatus jobId={jobId} {...props} />
  ) : (
    <StatusBadge status={status} {...props} />
  );
}

function PendingStatus({ jobId, ...props }: { jobId: string; size?: "md" | "lg" }) {
  const upload = useUploadOf(jobId);
  if (!upload) return <StatusBadge status="PENDING_UPLOAD" {...props} />;
  const isMoving = upload.phase !== "paused" && upload.phase !== "failed";
  return (
    <StatusBadge status="PENDING_UPLOAD" label={describeUpload(upload)} isMoving={isMoving} {...props} />
  );
}
