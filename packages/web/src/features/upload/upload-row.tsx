import { ActionIcon, Anchor, Group, Progress, Text } from "@mantine/core";
import { IconRefresh, IconX } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { formatBytes, formatShare } from "../../format.ts";
import classes from "./upload-list.module.css";
import type { Upload } from "./upload-queue.ts";
import { uploads } from "./uploads.ts";

function Detail({ file, state }: Upload) {
  switch (state.phase) {
    case "waiting":
      return "Waiting for the uploads before it";
    case "checking":
      return "Checking the file…";
    case "uploading": {
      const share = file.size === 0 ? 1 : state.loaded / file.size;
      return (
        <>
          <Progress className={classes.bar} value={share * 100} aria-label={`Upload of ${file.name}`} />
          <Text size="sm" w={52} ta="right">
            {formatShare(share)}
          </Text>
        </>
      );
    }
    case "starting":
      return "Uploaded. Starting the conversion…";
    case "started":
      return (
        <Anchor
          size="sm"
          renderRoot={(props) => <Link to="/jobs/$jobId" params={{ jobId: state.jobId }} {...props} />}
        >
          Uploaded. See the job
        </Anchor>
      );
    case "refused":
      return state.jobId === undefined ? (
        state.reason
      ) : (
        <span>
          {state.reason}{" "}
          <Link to="/jobs/$jobId" params={{ jobId: state.jobId }}>
            See the job
          </Link>
        </span>
      );
    case "failed":
      return state.reason;
  }
}

export function UploadRow({ upload }: { upload: Upload }) {
  const { id, file, state } = upload;
  const bad = state.phase === "refused" || state.phase === "failed";
  const over = bad || state.phase === "started";

  return (
    <li className={classes.row}>
      <div>
        <div className={classes.name}>
          <Text size="sm" fw={500} truncate title={file.name}>
            {file.name}
          </Text>
          <span className={classes.size}>{formatBytes(file.size)}</span>
        </div>
        <div className={classes.detail} data-bad={bad || undefined} role={bad ? "alert" : undefined}>
          <Detail {...upload} />
        </div>
      </div>
      <Group gap={4} wrap="nowrap">
        {state.phase === "failed" && (
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={`Try ${file.name} again`}
            onClick={() => uploads.retry(id)}
          >
            <IconRefresh size={17} stroke={1.7} />
          </ActionIcon>
        )}
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={over ? `Take ${file.name} off this list` : `Cancel the upload of ${file.name}`}
          onClick={() => uploads.remove(id)}
        >
          <IconX size={17} stroke={1.7} />
        </ActionIcon>
      </Group>
    </li>
  );
}
