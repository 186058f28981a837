import { Code, CopyButton, DataList, UnstyledButton } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import type { Job } from "@unparquet/core/job/schema";
import { Ago } from "../../components/ago.tsx";
import { formatBytes } from "../../components/format.ts";
import { Section } from "../../components/section.tsx";
import { describeOptions } from "../options/describe-options.ts";
import classes from "./details.module.css";

export function Details({ job: { jobId, input, options, createdAt, updatedAt } }: { job: Job }) {
  return (
    <Section title="Details">
      <DataList size="sm" gap={8} labelWidth="130px" className={classes.list}>
        <DataList.Item>
          <DataList.ItemLabel>Input</DataList.ItemLabel>
          <DataList.ItemValue>{formatBytes(input.bytes)}</DataList.ItemValue>
        </DataList.Item>
        <DataList.Item>
          <DataList.ItemLabel>Created</DataList.ItemLabel>
          <DataList.ItemValue>
            <Ago time={createdAt} />
          </DataList.ItemValue>
        </DataList.Item>
        <DataList.Item>
          <DataList.ItemLabel>Updated</DataList.ItemLabel>
          <DataList.ItemValue>
            <Ago time={updatedAt} />
          </DataList.ItemValue>
        </DataList.Item>
        {describeOptions(options).map(([label, value]) => (
          <DataList.Item key={label}>
            <DataList.ItemLabel>{label}</DataList.ItemLabel>
            <DataList.ItemValue className={classes.value}>{value}</DataList.ItemValue>
          </DataList.Item>
        ))}
      </DataList>
      <CopyButton value={jobId}>
        {({ copied, copy }) => (
          <UnstyledButton className={classes.id} onClick={copy} aria-label={`Copy the job's id ${jobId}`}>
            <Code className={classes.code}>{jobId}</Code>
            {copied ? <IconCheck size={15} /> : <IconCopy size={15} stroke={1.7} />}
          </UnstyledButton>
        )}
      </CopyButton>
    </Section>
  );
}
