import { Button, Group, Text } from "@mantine/core";
import { formatCount } from "../../format.ts";
import classes from "./upload-list.module.css";
import { UploadRow } from "./upload-row.tsx";
import { uploads, useUploads } from "./uploads.ts";

export function UploadList() {
  const list = useUploads();
  if (list.length === 0) return null;
  const started = list.filter(({ state }) => state.phase === "started").length;

  return (
    <section className={classes.section} aria-label="Uploads">
      <Group justify="space-between" className={classes.head}>
        <Text size="sm" fw={600} role="status">
          {formatCount(started)} of {formatCount(list.length)} uploaded
        </Text>
        <Button variant="subtle" color="gray" size="compact-sm" onClick={() => uploads.clearOver()}>
          Clear finished
        </Button>
      </Group>
      <ul className={classes.list}>
        {list.map((upload) => (
          <UploadRow key={upload.id} upload={upload} />
        ))}
      </ul>
    </section>
  );
}
