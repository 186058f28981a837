import { ActionIcon, Button, Group, Text } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { formatBytes, formatCount, formatShare } from "../../../components/format.ts";
import classes from "./upload-list.module.css";
import { forgetUnfinished, useUnfinished } from "./uploads.ts";
import { VirtualRows } from "./virtual-rows.tsx";

/** Uploads that a closed tab cut off. Only the person can hand their files to another one. */
export function UnfinishedList() {
  const entries = useUnfinished();
  if (entries.length === 0) return null;

  return (
    <section className={classes.section} aria-label="Unfinished uploads">
      <Group justify="space-between" gap="xs" className={classes.head}>
        <Text size="sm" fw={600}>
          {entries.length === 1 ? "Unfinished upload" : `${formatCount(entries.length)} unfinished uploads`}
        </Text>
        {entries.length > 1 && (
          <Button variant="subtle" color="gray" size="compact-sm" onClick={() => forgetUnfinished(entries)}>
            Forget all
          </Button>
        )}
      </Group>
      <VirtualRows items={entries}>
        {(entry) => (
          <>
            <div className={classes.texts}>
              <div className={classes.name}>
                <Text size="sm" fw={500} truncate dir="auto" title={entry.filename}>
                  {entry.filename}
                </Text>
                <span className={classes.size}>{formatBytes(entry.size)}</span>
              </div>
              <div className={classes.detail}>
                <span className={classes.words}>
                  Choose <bdi>{entry.filename}</bdi> again to resume
                  {entry.stored > 0 && ` at ${formatShare(entry.stored / entry.size)}`}
                </span>
              </div>
            </div>
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={`Forget the upload of ${entry.filename}`}
              title="Forget"
              onClick={() => forgetUnfinished([entry])}
            >
              <IconX size={17} stroke={1.7} />
            </ActionIcon>
          </>
        )}
      </VirtualRows>
    </section>
  );
}
