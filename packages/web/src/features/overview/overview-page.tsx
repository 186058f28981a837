import "./mantine.css";
import { BarChart, ScatterChart } from "@mantine/charts";
import { Button, Group, SimpleGrid, Skeleton, Stack, Text, Title } from "@mantine/core";
import { IconChartBar } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { MessagePage } from "../../components/message-page.tsx";
import { formatBytes, formatCount, formatDuration } from "../../format.ts";
import { Chart } from "./chart.tsx";
import { overviewQuery } from "./overview-query.ts";
import { byTime, conversions } from "./summarize.ts";

const outcomes = [
  { name: "succeeded", label: "Succeeded", color: "teal.6" },
  { name: "failed", label: "Failed", color: "red.6" },
  { name: "cancelled", label: "Cancelled", color: "gray.5" },
  { name: "other", label: "Other", color: "blue.5" },
] as const;

// A picture stands still, so that nobody waits for it or has to ask for less motion.
const still = { isAnimationActive: false };
const shared = { h: 220, dataKey: "label", withTooltip: false } as const;

/** What the newest jobs came to, in pictures and in figures. */
export default function OverviewPage() {
  const { data, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery(overviewQuery);
  const jobs = data?.pages.flatMap((page) => page.jobs) ?? [];
  const buckets = byTime(jobs);
  const done = conversions(jobs);

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
      {data !== undefined && jobs.length === 0 ? (
        <MessagePage
          icon={<IconChartBar stroke={1.3} />}
          title="No jobs yet"
          order={2}
          description="Totals and charts appear here once files are converted."
          action={<Button renderRoot={(props) => <Link to="/" {...props} />}>Convert a file</Button>}
        />
      ) : (
        <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
          {data === undefined ? (
            ["outcome", "rows", "bytes", "duration"].map((key) => <Skeleton key={key} height={330} />)
          ) : (
            <>
              <Chart
                title="Jobs by outcome"
                head={["Made", ...outcomes.map(({ label }) => label)]}
                rows={buckets.map((bucket) => [
                  bucket.label,
                  ...outcomes.map(({ name }) => formatCount(bucket[name])),
                ])}
              >
                <BarChart
                  {...shared}
                  data={buckets}
                  type="stacked"
                  withLegend
                  series={[...outcomes]}
                  barProps={{ ...still, maxBarSize: 48 }}
                  yAxisProps={{ allowDecimals: false }}
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
                  valueFormatter={{ x: formatBytes, y: formatDuration }}
                  scatterProps={still}
                />
              </Chart>
              <Chart
                title="Rows converted"
                head={["Made", "Rows"]}
                rows={buckets.map(({ label, rows }) => [label, formatCount(rows)])}
              >
                <BarChart
                  {...shared}
                  data={buckets}
                  series={[{ name: "rows", label: "Rows", color: "oak.6" }]}
                  valueFormatter={formatCount}
                  barProps={{ ...still, maxBarSize: 48 }}
                  yAxisProps={{ width: 80 }}
                />
              </Chart>
              <Chart
                title="JSON written"
                head={["Made", "Bytes"]}
                rows={buckets.map(({ label, bytes }) => [label, formatBytes(bytes)])}
              >
                <BarChart
                  {...shared}
                  data={buckets}
                  series={[{ name: "bytes", label: "Bytes", color: "oak.6" }]}
                  valueFormatter={formatBytes}
                  barProps={{ ...still, maxBarSize: 48 }}
                  yAxisProps={{ width: 80 }}
                />
              </Chart>
            </>
          )}
        </SimpleGrid>
      )}
    </Stack>
  );
}
