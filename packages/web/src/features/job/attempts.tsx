import { Text, Timeline } from "@mantine/core";
import type { Attempt } from "@unparquet/core/job/schema";
import { formatDuration, formatTime } from "../../format.ts";
import { statusColor, statusLabel } from "../jobs/status.ts";
import classes from "./attempts.module.css";
import { Section } from "./section.tsx";

const duration = ({ startedAt, endedAt }: Attempt) =>
  endedAt === null ? "" : ` · ${formatDuration(Date.parse(endedAt) - Date.parse(startedAt))}`;

/** Every attempt made, the latest first. */
export function Attempts({ attempts }: { attempts: Attempt[] }) {
  return (
    <Section title="Attempts">
      <Timeline active={attempts.length} bulletSize={14} lineWidth={2}>
        {attempts.toReversed().map((attempt) => (
          <Timeline.Item
            key={attempt.attempt}
            color={statusColor(attempt.status)}
            title={`${attempt.attempt}. ${statusLabel(attempt.status)}`}
            classNames={{ itemTitle: classes.title, itemBullet: classes.bullet }}
          >
            <Text size="xs" c="dimmed">
              {formatTime(attempt.startedAt)}
              {duration(attempt)}
            </Text>
            {attempt.error && (
              <Text size="xs" mt={4} className={classes.error}>
                {attempt.error.code}: {attempt.error.message}
              </Text>
            )}
            {attempt.glueRunId && (
              <Text size="xs" c="dimmed" mt={4} className={classes.run} title="Glue run">
                {attempt.glueRunId}
              </Text>
            )}
          </Timeline.Item>
        ))}
      </Timeline>
    </Section>
  );
}
