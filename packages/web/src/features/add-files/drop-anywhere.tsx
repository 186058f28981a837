import { Text } from "@mantine/core";
import { Dropzone } from "@mantine/dropzone";
import { IconFileUpload } from "@tabler/icons-react";
import { addFiles } from "./add-files.ts";
import classes from "./drop-zone.module.css";

/** Takes files that are dropped anywhere on any page. */
export function DropAnywhere({ onDropped }: { onDropped: () => void }) {
  const onDrop = (files: File[]) => {
    addFiles(files);
    onDropped();
  };

  return (
    <Dropzone.FullScreen
      onDrop={onDrop}
      activateOnKeyboard={false}
      // The zone of the list has the input that people use.
      inputProps={{ style: { display: "none" } }}
    >
      <Dropzone.Accept>
        <div className={classes.everywhere}>
          <IconFileUpload size={48} stroke={1.3} className={classes.icon} />
          <Text fw={600} size="xl">
            Drop to preview
          </Text>
        </div>
      </Dropzone.Accept>
    </Dropzone.FullScreen>
  );
}
