import { Text, Timeline } from "@mantine/core";
import type { Attempt, Job } from "@unparquet/core/job/schema";
import { statusColor, statusLabel } from "../../api/status.ts";
import { formatDuration, formatTime } from "../../components/format.ts";
import { LaneReason } from "../../components/lane-reason.tsx";
import { Section } from "../../components/section.tsx";
import { useNow } from "../../components/use-now.ts";
import classes from "./attempts.module.css";
import { attemptPhases, type Phase, phaseDuration, uploadPhase } from "./phases.ts";

/** What the job went through: every attempt made, the latest first, and the upload before them. */
export function Attempts({ job }: { job: Job }) {
  const upload = uploadPhase(job);
  return (
    <Section title="Attempts">
      <Timeline active={job.attempts.length + 1} bulletSize={14} lineWidth={2}>
        {job.attempts.toReversed().map((attempt) => (
          <Timeline.Item
            key={attempt.attempt}
            color={statusColor(attempt.status)}
            title={`${attempt.attempt}. ${statusLabel(attempt.status)}`}
            classNames={{ itemTitle: classes.title, itemBullet: classes.bullet }}
          >
            <AttemptStory attempt={attempt} />
          </Timeline.Item>
        ))}
        <Timeline.Item
          color="gray"
          title={upload.to === null ? "Awaiting file" : "Upload"}
          classNames={{ itemTitle: classes.title, itemBullet: classes.bullet }}
        >
          <dl className={classes.phases}>
            <Lasted phase={upload} />
          </dl>
        </Timeline.Item>
      </Timeline>
    </Section>
  );
}

function AttemptStory({ attempt }: { attempt: Attempt }) {
  const { endedAt, status, lane, laneReason, error, runId } = attempt;
  return (
    <>
      <dl className={classes.phases}>
        {attemptPhases(attempt).map((phase) => (
          <Lasted key={phase.label} phase={phase} />
        ))}
        {endedAt !== null && (
          <div>
            <dt>{statusLabel(status)}</dt>
            <dd>
              <time dateTime={endedAt}>{formatTime(endedAt)}</time>
            </dd>
          </div>
        )}
      </dl>
      {lane && (
        <Text size="xs" c="dimmed" mt={4}>
          <LaneReason lane={lane} laneReason={laneReason} />
        </Text>
      )}
      {error && (
        <Text size="xs" mt={4} className={classes.error}>
          {error.code}: {error.message}
        </Text>
      )}
      {runId && (
        <Text size="xs" c="dimmed" mt={4} className={classes.run} title="Run id">
          {runId}
        </Text>
      )}
    </>
  );
}

function Lasted({ phase }: { phase: Phase }) {
  return (
    <div title={`Since ${formatTime(phase.from)}`}>
      <dt>{phase.label}</dt>
      <dd>{phase.to === null ? <SoFar phase={phase} /> : formatDuration(phaseDuration(phase, 0))}</dd>
    </div>
  );
}

function SoFar({ phase }: { phase: Phase }) {
  const now = useNow(1000);
  return <>{formatDuration(Math.max(1000, phaseDuration(phase, now)))} so far</>;
}
