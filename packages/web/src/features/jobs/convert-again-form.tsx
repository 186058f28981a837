import { Button, Group, SegmentedControl, Stack, Text } from "@mantine/core";
import { modals } from "@mantine/modals";
import type { Options } from "@unparquet/core/conversion/options";
import type { JobSummary } from "@unparquet/core/job/schema";
import { useState } from "react";
import { LazyOptionsForm } from "../options/lazy-options-form.tsx";
import { problemOfOptions } from "../options/problem.ts";
import { itemsOfResult } from "../options/result-items.ts";

export interface ConvertAgainFormProps {
  jobs: readonly JobSummary[];
  first: JobSummary;
  verb: string;
  /** Undefined options: each job keeps its own. */
  onConvert: (options: Options | undefined) => void;
}

/** New attempts, with the options of the last ones unless some are changed here. */
export default function ConvertAgainForm({ jobs, first, verb, onConvert }: ConvertAgainFormProps) {
  const [chosen, setChosen] = useState<Partial<Options>>(first.options);
  const differ = jobs.some(({ options }) => JSON.stringify(options) !== JSON.stringify(first.options));
  const [keepsOwn, setKeepsOwn] = useState(differ);
  const items = jobs.length === 1 ? itemsOfResult(first) : undefined;
  const problem = keepsOwn ? undefined : problemOfOptions(chosen, items);

  return (
    <Stack gap="lg">
      {differ && (
        <SegmentedControl
          aria-label="Which options to use"
          data={[
            { value: "own", label: "Each job's own options" },
            { value: "same", label: "The same options for all" },
          ]}
          value={keepsOwn ? "own" : "same"}
          onChange={(value) => setKeepsOwn(value === "own")}
        />
      )}
      {!keepsOwn && <LazyOptionsForm value={chosen} items={items} onChange={setChosen} />}
      <Text size="sm" c="dimmed">
        {jobs.length === 1
          ? "The uploaded file is used again. Earlier results stay until the job is deleted."
          : "The uploaded files are used again. Earlier results stay until the jobs are deleted."}
      </Text>
      <Group justify="flex-end" gap="xs">
        {problem && (
          <Text size="sm" c="var(--danger)" role="status" flex={1}>
            {problem}
          </Text>
        )}
        <Button variant="default" onClick={() => modals.closeAll()}>
          Cancel
        </Button>
        <Button
          disabled={problem !== undefined}
          onClick={() => onConvert(keepsOwn ? undefined : (chosen as Options))}
        >
          {verb}
        </Button>
      </Group>
    </Stack>
  );
}
