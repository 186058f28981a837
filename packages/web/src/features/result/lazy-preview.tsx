import { Skeleton, Text } from "@mantine/core";
import { type ComponentProps, lazy, Suspense } from "react";
import { Section } from "../job/section.tsx";
import classes from "./lazy-preview.module.css";
import type { Preview } from "./preview.tsx";

const Loaded = lazy(async () => ({ default: (await import("./preview.tsx")).Preview }));

/** The preview, with what it takes to read and draw rows loaded when there is a result to show. */
export function LazyPreview(props: ComponentProps<typeof Preview>) {
  const waiting = (
    <Section title="The JSON">
      <Skeleton height={370} radius="sm" />
    </Section>
  );
  return (
    <Suspense fallback={waiting}>
      <Loaded {...props} />
    </Suspense>
  );
}

/** Keeps the place of the preview, so that nothing moves when the job is done. */
export function AwaitedPreview() {
  return (
    <Section title="The JSON">
      <Text size="sm" c="dimmed" className={classes.awaited}>
        Its first rows show here once the job is done.
      </Text>
    </Section>
  );
}
