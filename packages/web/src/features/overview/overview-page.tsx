import "./mantine.css";
import { BarChart, ScatterChart } from "@mantine/charts";
import { Button, Group, SimpleGrid, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { JobSummary } from "@unparquet/core/job/schema";
import { formatBytes, formatCount, formatDuration, formatShare } from "../../components/format.ts";
import { Chart } from "./chart.tsx";
import classes from "./overview-page.module.css";
import { overviewQuery } from "./overview-query.ts";
import { byTime, conversions, powersOfTen, totalsOf } from "./summarize.ts";

const outcomes = [
  { name: "succeeded", label: "Succeeded", color: "teal.6" },
  { name: "failed", label: "Failed", color: "red.6" },
  { name: "cancelled", label: "Cancelled", color: "gray.5" },
  { name: "other", label: "Other", color: "blue.5" },
] as const;

// A picture stands still, so that nobody waits for it or has to ask for less motion.
const still = { isAnimationActive: false };
// Room for the label of the topmost line.
const roomy = { margin: { top: 10 } };
const shared = { h: 220, dataKey: "label", withTooltip: false, barChartProps: roomy } as const;

/** What the newest jobs came to, in pictures and in figures. */
export default function OverviewPage() {
  const { data, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery(overviewQuery);
  const jobs = data?.pages.flatMap((page) => page.jobs) ?? [];
  const buckets = byTime(jobs);
  const done = conversions(jobs);
  const occurring = outcomes.filter(({ name }) => buckets.some((bucket) => bucket[name] > 0));

  return (
    <Stack gap="lg">
      <title>Overview · unparquet</title>
      <Group justify="space-between">
        <div>
          <Title order={1} size="h2">
            Overview
          </Title>
          <Text size="sm" c="dimmed" mih={22} role="status">
            {data === undefined
              ? "Loading…"
              : `${hasNextPage ? "Newest" : "All"} ${formatCount(jobs.length)} jobs`}
          </Text>
        </div>
        {hasNextPage && (
          <Button variant="default" loading={isFetchingNextPage} onClick={() => fetchNextPage()}>
            Include 100 more
          </Button>
        )}
      </Group>
      {(data === undefined || jobs.length > 0) && <TotalFigures jobs={jobs} />}
      {data !== undefined && jobs.length === 0 ? (
        <Group gap="sm">
          <Text>No jobs yet.</Text>
          <Button size="xs" renderRoot={(props) => <Link to="/" {...props} />}>
            Convert a file
          </Button>
        </Group>
      ) : (
        <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
          {data === undefined ? (
            ["outcome", "rows", "bytes", "duration"].map((key) => <Skeleton key={key} height={330} />)
          ) : (
            <>
              <Chart
                title="Jobs by outcome"
                head={["Created", ...occurring.map(({ label }) => label)]}
                rows={buckets.map((bucket) => [
                  bucket.label,
                  ...occurring.map(({ name }) => formatCount(bucket[name])),
                ])}
              >
                <BarChart
                  {...shared}
                  data={buckets}
                  type="stacked"
                  withLegend
                  // As they are stacked, not by name.
                  legendProps={{ itemSorter: null }}
                  series={occurring}
                  barProps={{ ...still, maxBarSize: 48 }}
                  yAxisProps={{ allowDecimals: false, width: 100 }}
                  xAxisLabel="Created"
                  yAxisLabel="Jobs"
                />
              </Chart>
              <Chart
                title="Duration by size"
                head={["File", "Input", "Took"]}
                rows={done.map(({ filename, inputBytes, durationMs }) => [
                  filename,
                  formatBytes(inputBytes),
                  formatDuration(durationMs),
                ])}
              >
                <ScatterChart
                  h={220}
                  withTooltip={false}
                  data={[
                    {
                      name: "Conversions",
                      color: "oak.6",
                      data: done.map(({ inputBytes, durationMs }) => ({ inputBytes, durationMs })),
                    },
                  ]}
                  dataKey={{ x: "inputBytes", y: "durationMs" }}
                  xAxisLabel="Input size"
                  yAxisLabel="Took"
                  xAxisProps={scaleOf(done.map(({ inputBytes }) => inputBytes))}
                  yAxisProps={{ ...scaleOf(done.map(({ durationMs }) => durationMs)), width: 100 }}
                  valueFormatter={{ x: formatBytes, y: formatDuration }}
                  scatterProps={still}
                  scatterChartProps={roomy}
                />
              </Chart>
              <Chart
                title="Rows converted"
                head={["Created", "Rows"]}
                rows={buckets.map(({ label, rows }) => [label, formatCount(rows)])}
              >
                <BarChart
                  {...shared}
                  data={buckets}
                  series={[{ name: "rows", label: "Rows", color: "oak.6" }]}
                  xAxisLabel="Created"
                  yAxisLabel="Rows"
                  valueFormatter={formatCount}
                  barProps={{ ...still, maxBarSize: 48 }}
                  yAxisProps={{ width: 100 }}
                />
              </Chart>
              <Chart
                title="JSON written"
                head={["Created", "Bytes"]}
                rows={buckets.map(({ label, bytes }) => [label, formatBytes(bytes)])}
              >
                <BarChart
                  {...shared}
                  data={buckets}
                  series={[{ name: "bytes", label: "Bytes", color: "oak.6" }]}
                  xAxisLabel="Created"
                  yAxisLabel="Size"
                  valueFormatter={formatBytes}
                  barProps={{ ...still, maxBarSize: 48 }}
                  yAxisProps={{ width: 100 }}
                />
              </Chart>
            </>
          )}
        </SimpleGrid>
      )}
    </Stack>
  );
}

/** Jobs range from kilobytes to gigabytes: on a linear axis most of them would share a corner. */
function scaleOf(values: number[]) {
  const ticks = powersOfTen(values);
  return ticks ? ({ scale: "log", ticks, domain: [ticks[0] ?? 1, ticks.at(-1) ?? 1] } as const) : {};
}

/** Dashes until the jobs are there, so that nothing moves. */
function TotalFigures({ jobs }: { jobs: JobSummary[] }) {
  const { successRate, rows, bytes, ...totals } = totalsOf(jobs);
  const figures = [
    ["Jobs", formatCount(totals.jobs)],
    ["Success rate", successRate === undefined ? "–" : formatShare(successRate)],
    ["Rows", formatCount(rows)],
    ["JSON written", formatBytes(bytes)],
  ];
  return (
    <dl className={classes.totals}>
      {figures.map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{jobs.length === 0 ? "–" : value}</dd>
        </div>
      ))}
    </dl>
  );
}
