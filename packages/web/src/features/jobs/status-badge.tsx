import type { JobStatus } from "@unparquet/core/job/schema";
import type { CSSProperties } from "react";
import { isMoving as isStatusMoving, statusColor, statusLabel } from "../../api/status.ts";
import classes from "./status-badge.module.css";

interface StatusBadgeProps {
  status: JobStatus;
  size?: "md" | "lg";
  label?: string;
  isMoving?: boolean;
}

export function StatusBadge({
  status,
  size = "md",
  label = statusLabel(status),
  isMoving = isStatusMoving(status),
}: StatusBadgeProps) {
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
      data-status={status}
      data-neutral={color === "gray" || undefined}
    >
      <span className={classes.dot} data-moving={isMoving || undefined} />
      {label}
    </span>
  );
}
