import { Badge } from "@mantine/core";
import type { JobStatus } from "@unparquet/core/job/schema";
import { isMoving, statusColor, statusLabel } from "./status.ts";
import classes from "./status-badge.module.css";

interface StatusBadgeProps {
  status: JobStatus;
  size?: "md" | "lg";
}

export function StatusBadge({ status, size = "md" }: StatusBadgeProps) {
  return (
    <Badge
      variant="light"
      color={statusColor(status)}
      size={size}
      radius="sm"
      className={classes.badge}
      data-neutral={statusColor(status) === "gray" || undefined}
      leftSection={<span className={classes.dot} data-moving={isMoving(status) || undefined} />}
    >
      {statusLabel(status)}
    </Badge>
  );
}
