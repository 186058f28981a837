import { Skeleton, Text } from "@mantine/core";
import { lazyPart } from "../../../components/lazy-part.tsx";
import { Section } from "../../../components/section.tsx";
import classes from "./lazy-preview.module.css";

/** The preview, with what it takes to read and draw rows loaded when there is a result to show. */
export const LazyPreview = lazyPart(async () => ({ default: (await import("./preview.tsx")).Preview }), {
  Waiting: function WaitingPreview({ result: { rows } }) {
    return (
      <Section title="Rows">
        <Skeleton radius="sm" className={classes.waiting} style={{ "--rows": rows }} />
      </Section>
    );
  },
});

/** Keeps the place of the preview, so that nothing moves when the job is done. */
export function AwaitedPreview() {
  return (
    <Section title="Rows">
      <div className={`${classes.waiting} ${classes.awaited}`}>
        <Text size="sm" c="dimmed">
          The rows appear here when the job finishes.
        </Text>
      </div>
    </Section>
  );
}
