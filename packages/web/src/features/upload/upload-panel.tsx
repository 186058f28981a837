import { Paper, Skeleton } from "@mantine/core";
import { lazy, Suspense, useCallback, useRef } from "react";
import { chosen, useChosen } from "../inspect/chosen.ts";
import { DropZone } from "./drop-zone.tsx";
import { UploadList } from "./upload-list.tsx";
import classes from "./upload-panel.module.css";

const load = () => import("../inspect/chosen-list.tsx");
const ChosenList = lazy(load);
/** While one looks for a file. What fails is tried again with it. */
const prepare = () => void load().catch(() => undefined);

/** Where files come in: the drop zone, what is in the files and will come out, and how far their uploads are. */
export function UploadPanel() {
  const { files } = useChosen();
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
      <DropZone onFiles={(added) => chosen.add(added)} chooseRef={choose} />
      {files.length > 0 && (
        <Suspense fallback={<Skeleton height={56 * files.length + 54} mt={8} />}>
          <ChosenList onGone={focusOnChoose} />
        </Suspense>
      )}
      <UploadList />
    </Paper>
  );
}
