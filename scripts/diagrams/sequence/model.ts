import type { StoredStatus } from "../../../packages/core/src/job/schema.ts";
import type { Icon } from "../draw/icons.ts";
import type { LegendEntry } from "../draw/legend.ts";
import type { Color } from "../draw/theme.ts";

export interface Participant {
  title: string;
  /** Below the title. */
  service: string;
  icon: Icon;
  color: Color;
}

export interface Message<Id extends string = string> {
  from: Id;
  to: Id;
  /** `bytes`: of the file or of what it became. */
  kind: "call" | "answer" | "bytes" | "event";
  /** A route, an action, an object's key. */
  code?: string;
  text?: string;
  /** What the job is from here on. */
  status?: StoredStatus;
}

/** Who calls whom, from the top to the bottom, in numbered steps. */
export interface Sequence<Id extends string = string> {
  title: string;
  subtitle: string;
  /** From the left to the right. */
  participants: Record<Id, Participant>;
  steps: { title: string; messages: Message<NoInfer<Id>>[] }[];
  statusColors: Partial<Record<StoredStatus, Color>>;
  legend: LegendEntry[];
}

/** Infers who takes part, so that a message to nobody is a type error. */
export const sequence = <Id extends string>(model: Sequence<Id>) => model;
