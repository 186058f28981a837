import { Button, Collapse, Group, Paper, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconAdjustmentsHorizontal, IconChevronDown } from "@tabler/icons-react";
import type { Options } from "@unparquet/core/job/options";
import { useId, useState } from "react";
import { summarizeOptions } from "../options/describe-options.ts";
import { LazyOptionsForm } from "../options/lazy-options-form.tsx";
import { DropZone } from "./drop-zone.tsx";
import { UploadList } from "./upload-list.tsx";
import classes from "./upload-panel.module.css";
import { uploads } from "./uploads.ts";

/** Where files come in: the drop zone, how they are converted, and how far their uploads are. */
export function UploadPanel() {
  const [options, setOptions] = useState<Options>();
  const [opened, { toggle }] = useDisclosure(false);
  const panel = useId();

  return (
    <Paper withBorder className={classes.panel}>
      <DropZone onFiles={(files) => uploads.add(files, options ?? {})} />
      <Group justify="space-between" gap="xs" wrap="nowrap" className={classes.bar}>
        <Text size="sm" c="dimmed">
          {options ? summarizeOptions(options) : "All rows and columns, one JSON object a line"}
        </Text>
        <Button
          variant="subtle"
          color="gray"
          size="compact-sm"
          className={classes.toggle}
          leftSection={<IconAdjustmentsHorizontal size={16} stroke={1.7} />}
          rightSection={
            <IconChevronDown size={14} className={classes.chevron} data-opened={opened || undefined} />
          }
          aria-expanded={opened}
          aria-controls={panel}
          onClick={toggle}
        >
          Options
        </Button>
      </Group>
      <Collapse expanded={opened} id={panel} keepMounted={false}>
        <div className={classes.options}>
          <LazyOptionsForm value={options ?? {}} onChange={setOptions} />
        </div>
      </Collapse>
      <UploadList />
    </Paper>
  );
}
