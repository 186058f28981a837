import type { JobStatus } from "@unparquet/core/job/schema";
import type { CSSProperties } from "react";
import { isMoving, statusColor, statusLabel } from "./status.ts";
import classes from "./status-badge.module.css";

interface StatusBadgeProps {
  status: JobStatus;
  size?: "md" | "lg";
}

export function StatusBadge({ status, size = "md" }: StatusBadgeProps) {
  const color = statusColor(status);
  const colors = {
    "--color": `var(--mantine-color-${color}-light-color)`,
    "--color-light": `var(--mantine-color-${color}-light)`,
  } as CSSProperties;
  return (
    <span
      className={classes.badge}
      style={colors}
      data-size={size}
      data-neutral={color === "gray" || undefined}
    >
      <span className={classes.dot} data-moving={isMoving(status) || undefined} />
      {statusLabel(status)}
    </span>
  );
}
