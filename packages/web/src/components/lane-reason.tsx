import type { LaneName } from "@unparquet/core/deployment";

export const laneLabels: Record<LaneName, string> = {
  lambda: "Lambda",
  shell: "Glue Python Shell",
  spark: "Glue for Spark",
};

interface LaneReasonProps {
  lane: LaneName;
  laneReason: string | null;
}

/** What runs a conversion, and why. */
export function LaneReason({ lane, laneReason }: LaneReasonProps) {
  return (
    <>
      <b>{laneLabels[lane]}</b>
      {laneReason && `: ${laneReason}`}
    </>
  );
}
