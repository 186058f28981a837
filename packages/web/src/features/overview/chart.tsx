import { Table } from "@mantine/core";
import type { ReactNode } from "react";
import { Section } from "../../components/section.tsx";
import classes from "./chart.module.css";

interface ChartProps {
  title: string;
  /** The same figures for who cannot see the picture, or wants them exactly. */
  head: string[];
  rows: string[][];
  children: ReactNode;
}

/** A picture of figures, and the figures. */
export function Chart({ title, head, rows, children }: ChartProps) {
  return (
    <Section title={title}>
      <div aria-hidden inert className={classes.picture}>
        {children}
      </div>
      <details className={classes.figures}>
        <summary>Show as table</summary>
        <Table.ScrollContainer minWidth={280} maxHeight={260}>
          <Table data={{ caption: title, head, body: rows }} captionSide="top" />
        </Table.ScrollContainer>
      </details>
    </Section>
  );
}
