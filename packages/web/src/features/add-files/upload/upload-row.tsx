import { ActionIcon, Anchor, Group, Progress, Text } from "@mantine/core";
import { IconPlayerPause, IconPlayerPlay, IconRefresh, IconX } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { formatBytes, formatShare } from "../../../components/format.ts";
import { tryNow } from "./retry.ts";
import classes from "./upload-list.module.css";
import { canPause, isBad, isOver, isPaused, type Upload } from "./upload-queue.ts";
import { describeState, shareOf } from "./upload-words.ts";
import { uploads } from "./uploads.ts";

function SeeJob({ jobId, filename }: { jobId: string; filename: string }) {
  return (
    <Anchor
      size="sm"
      className={classes.job}
      aria-label={`View job of ${filename}`}
      renderRoot={(props) => <Link to="/jobs/$jobId" params={{ jobId }} {...props} />}
    >
      View job
    </Anchor>
  );
}

function PauseButton({ upload }: { upload: Upload }) {
  const { id, file, phase, isPausing } = upload;
  const failed = phase === "failed";
  const stopped = failed || isPaused(upload);
  if (!stopped && !canPause(upload)) return null;
  const Icon = failed ? IconRefresh : stopped ? IconPlayerPlay : IconPlayerPause;
  const label = failed
    ? `Retry the upload of ${file.name}`
    : `${stopped ? "Resume" : "Pause"} the upload of ${file.name}${isPausing ? " now" : ""}`;

  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      aria-label={label}
      onClick={() => (stopped ? uploads.resume(id) : uploads.pause(id))}
    >
      <Icon size={17} stroke={1.7} />
    </ActionIcon>
  );
}

interface Props {
  upload: Upload;
  online: boolean;
  /** The row goes, and the focus needs another place. */
  onRemove: (id: string) => void;
}

export function UploadRow({ upload, online, onRemove }: Props) {
  const { id, file, phase, session, trouble } = upload;
  const bad = isBad(upload);
  const share = shareOf(upload);

  return (
    <>
      <div className={classes.texts}>
        <div className={classes.name}>
          <Text size="sm" fw={500} truncate dir="auto" title={file.name}>
            {file.name}
          </Text>
          <span className={classes.size}>{formatBytes(file.size)}</span>
        </div>
        <div className={classes.detail} data-bad={bad || undefined}>
          <span className={classes.words}>
            {describeState(upload, online)}
            {online && trouble !== undefined && (
              <>
                {" "}
                <Anchor component="button" type="button" size="sm" className={classes.job} onClick={tryNow}>
                  Try now
                </Anchor>
              </>
            )}
            {(phase === "started" || phase === "refused") && session.jobId !== undefined && (
              <>
                {" "}
                <SeeJob jobId={session.jobId} filename={file.name} />
              </>
            )}
          </span>
          {share !== undefined && <span className={classes.share}>{formatShare(share)}</span>}
        </div>
        {share !== undefined && (
          <Progress
            className={classes.bar}
            size={3}
            value={share * 100}
            {...(isPaused(upload) ? { color: "gray" } : {})}
            aria-label={`Upload of ${file.name}`}
          />
        )}
      </div>
      <Group gap={4} wrap="nowrap" className={classes.buttons}>
        <PauseButton upload={upload} />
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={
            isOver(upload) || bad ? `Remove ${file.name} from this list` : `Cancel the upload of ${file.name}`
          }
          onClick={() => onRemove(id)}
        >
          <IconX size={17} stroke={1.7} />
        </ActionIcon>
      </Group>
    </>
  );
}
