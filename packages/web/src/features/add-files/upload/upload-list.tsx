import { Button, Group, Progress, Text } from "@mantine/core";
import { useNetwork } from "@mantine/hooks";
import { useCallback, useRef } from "react";
import { formatBytes, formatCount, formatShare } from "../../../components/format.ts";
import { UnfinishedList } from "./unfinished-list.tsx";
import classes from "./upload-list.module.css";
import { canPause, isBad, isOver, isPaused, type Upload } from "./upload-queue.ts";
import { UploadRow } from "./upload-row.tsx";
import { describeTimeLeft, shareOfBatch } from "./upload-words.ts";
import { uploads, useUploads } from "./uploads.ts";
import { VirtualRows } from "./virtual-rows.tsx";

const idsOf = (list: readonly Upload[]) => list.map(({ id }) => id);

const isStarted = ({ phase }: Upload) => phase === "started";
/** Rows that show without scrolling. */
const inSight = 5;

/** What was uploaded together with others is a row of the list of jobs, and counts in the line of its batch. */
function isListed(upload: Upload, _: number, list: readonly Upload[]): boolean {
  return !isStarted(upload) || !list.some((other) => other !== upload && other.batch === upload.batch);
}

/** Of a long list only what is not done, failures first. A short one stands still. */
function inOrder(list: readonly Upload[]): readonly Upload[] {
  if (list.length <= inSight) return list;
  const left = list.filter((upload) => !isStarted(upload));
  return [...left.filter(isBad), ...left.filter((upload) => !isBad(upload))];
}

/** All uploads as one: bytes a second, and how long they take together. */
function describeTotal(list: readonly Upload[]): string | undefined {
  const going = list.filter(canPause);
  const left = going.reduce((sum, { file, stored, moving }) => sum + file.size - stored - moving, 0);
  const speed = going.reduce((sum, upload) => sum + upload.speed, 0);
  const time = describeTimeLeft(left, speed);
  return going.length < 2 || time === undefined ? undefined : `${formatBytes(speed)}/s · ${time}`;
}

interface BulkProps {
  verb: string;
  list: readonly Upload[];
  least: number;
  action: (...ids: string[]) => void;
}

function Bulk({ verb, list, least, action }: BulkProps) {
  if (list.length < least) return null;
  return (
    <Button variant="subtle" color="gray" size="compact-sm" onClick={() => action(...idsOf(list))}>
      {verb}
    </Button>
  );
}

function CurrentUploads() {
  const list = useUploads();
  const { online } = useNetwork();
  const section = useRef<HTMLElement>(null);
  const remove = useCallback((id: string) => {
    uploads.remove(id);
    section.current?.focus();
  }, []);
  const listed = list.filter(isListed);
  if (listed.length === 0) return null;
  const started = list.filter(isStarted).length;
  const bad = list.filter(isBad).length;
  const total = describeTotal(list);
  const share = list.length > 1 ? shareOfBatch(list) : undefined;

  return (
    <section ref={section} tabIndex={-1} className={classes.section} aria-label="Uploads">
      <Group justify="space-between" gap="xs" className={classes.head}>
        <Text size="sm" fw={600}>
          {formatCount(started)} of {formatCount(list.length)} uploaded
          {bad > 0 && `, ${formatCount(bad)} failed`}
          {share !== undefined && <span className={classes.total}> · {formatShare(share)}</span>}
          {total !== undefined && <span className={classes.total}> · {total}</span>}
        </Text>
        <Group gap={4}>
          <Bulk
            verb="Pause all"
            list={list.filter(canPause)}
            least={2}
            action={(...ids) => uploads.pause(...ids)}
          />
          <Bulk
            verb="Resume all"
            list={list.filter(isPaused)}
            least={2}
            action={(...ids) => uploads.resume(...ids)}
          />
          <Bulk
            verb="Clear finished"
            list={listed.filter(isOver)}
            least={1}
            action={(...ids) => uploads.remove(...ids)}
          />
        </Group>
      </Group>
      {share !== undefined && (
        <Progress size={4} mx={8} value={share * 100} aria-label="Upload of all files" />
      )}
      <VirtualRows items={inOrder(listed)}>
        {(upload) => <UploadRow upload={upload} online={online} onRemove={remove} />}
      </VirtualRows>
    </section>
  );
}

export function UploadList() {
  return (
    <>
      <CurrentUploads />
      <UnfinishedList />
    </>
  );
}
