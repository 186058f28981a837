import { Text } from "@mantine/core";
import { Dropzone } from "@mantine/dropzone";
import { IconFileUpload } from "@tabler/icons-react";
import type { Ref } from "react";
import classes from "./drop-zone.module.css";

interface DropZoneProps {
  onFiles: (files: File[]) => void;
  /** The button that opens the browser's dialog. */
  chooseRef: Ref<HTMLButtonElement>;
  isSmall: boolean;
}

/** Takes files by drop, click or keyboard. What they hold is judged file by file, not by name or media type. */
export function DropZone({ onFiles, chooseRef, isSmall }: DropZoneProps) {
  return (
    <Dropzone
      onDrop={onFiles}
      className={classes.zone}
      data-small={isSmall || undefined}
      // The button inside is for the keyboard; a click anywhere, or the button's, reaches the zone.
      activateOnKeyboard={false}
      inputProps={{ "aria-label": "Parquet files" }}
    >
      <div className={classes.inner}>
        <IconFileUpload size={isSmall ? 22 : 36} stroke={1.3} className={classes.icon} />
        <div className={classes.text}>
          <Text fw={600} size={isSmall ? "sm" : "lg"}>
            Drop Parquet files here
          </Text>
          <Text size="sm" c="dimmed">
            or{" "}
            <button ref={chooseRef} type="button" className={classes.choose}>
              browse
            </button>{" "}
            — multiple files and folders welcome
          </Text>
        </div>
      </div>
    </Dropzone>
  );
}
