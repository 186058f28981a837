import { Button, Group, Stack } from "@mantine/core";
import type { Options } from "@unparquet/core/conversion/options";
import { useState } from "react";
import { closeDialogs } from "../../components/dialogs.tsx";
import { LazyOptionsForm } from "../options/lazy-options-form.tsx";

interface RetryFormProps {
  options: Options;
  onRetry: (options: Options) => void;
}

/** A new attempt with the same options, unless some are changed here. */
export function RetryForm({ options, onRetry }: RetryFormProps) {
  const [chosen, setChosen] = useState<Partial<Options>>(options);

  return (
    <Stack gap="lg">
      <LazyOptionsForm value={chosen} onChange={setChosen} />
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={() => closeDialogs()}>
          Leave it
        </Button>
        <Button onClick={() => onRetry(chosen as Options)}>Try again</Button>
      </Group>
    </Stack>
  );
}
