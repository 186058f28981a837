import { Paper, Skeleton } from "@mantine/core";
import { useCallback, useRef } from "react";
import { prefetched, preparePart } from "../../components/fetch-part.ts";
import { lazyPart } from "../../components/lazy-part.tsx";
import { addFiles } from "./add-files.ts";
import { DropZone } from "./drop-zone.tsx";
import { InTabList } from "./in-tab/in-tab-list.tsx";
import { useChosen } from "./inspect/chosen.ts";
import { UploadList } from "./upload/upload-list.tsx";
import { useUploads } from "./upload/uploads.ts";
import classes from "./upload-panel.module.css";

const load = prefetched(() => import("./inspect/chosen-list.tsx"));
const ChosenList = lazyPart(load, { Waiting });
/** While one looks for a file. What fails is tried again with it. */
const prepare = () => preparePart(load);

/** Where files come in: the drop zone, what is in the files and will come out, and how far their uploads are. */
export function UploadPanel() {
  const { files } = useChosen();
  const uploads = useUploads();
  const choose = useRef<HTMLButtonElement>(null);

  const focusOnChoose = useCallback(() => choose.current?.focus({ preventScroll: true }), []);

  return (
    <Paper
      withBorder
      className={classes.panel}
      onPointerEnter={prepare}
      onFocus={prepare}
      onDragEnter={prepare}
    >
      <DropZone onFiles={addFiles} chooseRef={choose} isSmall={files.length > 0 || uploads.length > 0} />
      {files.length > 0 && <ChosenList onGone={focusOnChoose} />}
      <InTabList />
      <UploadList />
    </Paper>
  );
}

function Waiting() {
  const { files } = useChosen();
  return <Skeleton height={56 * files.length + 54} mt={8} />;
}
