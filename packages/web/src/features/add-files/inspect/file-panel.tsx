import { Button, Group, SegmentedControl, Tabs, Text } from "@mantine/core";
import type { Options } from "@unparquet/core/conversion/options";
import { useState } from "react";
import { formatBytes, formatCount } from "../../../components/format.ts";
import { LazyOptionsForm } from "../../options/lazy-options-form.tsx";
import { OptionsMenu } from "../../options/options-menu.tsx";
import { chosen } from "./chosen.ts";
import { type ChosenFile, optionsOf } from "./chosen-files.ts";
import classes from "./file-panel.module.css";
import { JsonSample } from "./json-sample.tsx";
import { RowsTable } from "./rows-table.tsx";
import { SchemaTree } from "./schema-tree.tsx";
import { StatisticsTable } from "./statistics-table.tsx";
import type { Summary } from "./worker.ts";

interface FilePanelProps {
  chosenFile: ChosenFile;
  summary: Summary;
  shared: Partial<Options>;
  isOneOfMany: boolean;
}

/** What is in a file, and what will become of it. */
export function FilePanel({ chosenFile, summary, shared, isOneOfMany }: FilePanelProps) {
  const { id, file, own } = chosenFile;
  const [tab, setTab] = useState<string | null>("json");
  const [visited, setVisited] = useState(new Set<string | null>());
  const options = optionsOf(chosenFile, shared);

  const openTab = (next: string | null) => {
    setTab(next);
    setVisited((before) => new Set(before).add(next));
  };
  /** One that was looked at stays as it was left, and shows at once. */
  const panel = (value: string) => ({ value, pt: "sm", keepMounted: visited.has(value) });
  const change = (changed: Partial<Options>) => {
    if (own) chosen.setOwn(id, changed);
    else chosen.share(changed);
  };
  const changeColumns = (names: string[] | undefined) => {
    const { columns: _, ...rest } = options;
    change(names ? { ...rest, columns: names } : rest);
  };

  return (
    <div className={classes.panel}>
      <Text size="sm" c="dimmed" className={classes.facts}>
        {facts(summary)}
      </Text>
      {isOneOfMany && (
        <SegmentedControl
          size="xs"
          className={classes.scope}
          aria-label="Which files the columns and options are for"
          data={[
            { value: "all", label: "Options for all files" },
            { value: "one", label: "For this file only" },
          ]}
          value={own ? "one" : "all"}
          onChange={(scope) => chosen.setOwn(id, scope === "one" ? shared : undefined)}
        />
      )}
      <Tabs value={tab} onChange={openTab} keepMounted={false} classNames={{ tab: classes.tab }}>
        <Tabs.List aria-label={file.name}>
          <Tabs.Tab value="schema">Schema</Tabs.Tab>
          <Tabs.Tab value="rows">Rows</Tabs.Tab>
          <Tabs.Tab value="statistics">Statistics</Tabs.Tab>
          <Tabs.Tab value="json">JSON</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel {...panel("schema")}>
          <SchemaTree items={summary.columns} columns={options.columns} onChange={changeColumns} />
        </Tabs.Panel>
        <Tabs.Panel {...panel("rows")}>
          <RowsTable file={id} summary={summary} />
        </Tabs.Panel>
        <Tabs.Panel {...panel("statistics")}>
          <StatisticsTable file={id} summary={summary} />
        </Tabs.Panel>
        <Tabs.Panel value="json" pt="sm">
          <div className={classes.json}>
            <Group gap="xs">
              <Button variant="default" size="compact-sm" onClick={() => openTab("schema")}>
                Choose columns
              </Button>
              <OptionsMenu value={options} onChange={change} />
            </Group>
            <LazyOptionsForm
              value={options}
              items={summary.columnsOmitted === 0 ? summary.columns : undefined}
              onChange={change}
            />
            <JsonSample file={id} options={options} rows={summary.rows} bytes={file.size} />
          </div>
        </Tabs.Panel>
      </Tabs>
    </div>
  );
}

function facts({ codecs, uncompressedBytes, createdBy, ...summary }: Summary): string {
  const rowGroups = summary.rowGroups.length + summary.rowGroupsOmitted;
  const parts = [
    rowGroups === 1 ? "1 row group" : `${formatCount(rowGroups)} row groups`,
    ...(codecs.length > 0 ? [codecs.join(", ")] : []),
    `${formatBytes(uncompressedBytes)} uncompressed`,
    ...(createdBy ? [`written by ${createdBy}`] : []),
    ...(summary.columnsOmitted > 0 ? [`first ${formatCount(summary.columns.length)} columns shown`] : []),
  ];
  return parts.join(" · ");
}
