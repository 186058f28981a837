import type { Icon } from "../draw/icons.ts";
import type { LegendEntry } from "../draw/legend.ts";
import type { Color } from "../draw/theme.ts";
import type { NodeKind } from "../extract/graph.ts";

interface Words {
  title?: string;
  /** Below the title. */
  service?: string;
  /** What a permission's line calls its target. */
  short?: string;
  color?: Color;
}

/** What no resource says of itself: words, colours, groups and the order of what stands below each other. */
export interface ArchitectureHints {
  title: string;
  subtitle: string;
  kinds: Record<NodeKind, { icon: Icon; service: string; color: Color }>;
  nodes: Record<string, Words>;
  /** Of the box around all that is in AWS. */
  frame: string;
  legend: LegendEntry[];
  groups: { requests: string; background: string };
  order: string[];
}
