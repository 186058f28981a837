import { Button, Group, Stack, Text } from "@mantine/core";
import { modals } from "@mantine/modals";
import { notifications } from "@mantine/notifications";
import type { JobSummary } from "@unparquet/core/job/schema";
import { fetchPart } from "../../components/fetch-part.ts";
import { formatBytes, formatCount, isolate } from "../../components/format.ts";
import type { BundleKind, FinishedJob } from "./bundle.ts";

declare global {
  // Not in every browser, so not in TypeScript's.
  interface Window {
    showSaveFilePicker?: (options: { suggestedName: string }) => Promise<FileSystemFileHandle>;
  }
  interface FileSystemFileHandle {
    remove?: () => Promise<void>;
  }
}

/** Bytes that a browser without a file picker collects before it saves them. */
const blobLimit = 2_000_000_000;
/** Milliseconds between two reports of the progress. */
const frame = 500;

export const isFinished = (job: JobSummary): job is FinishedJob => job.result !== null;

const closeButtonProps = { "aria-label": "Close" };

const countResults = (count: number) => `${formatCount(count)} results`;

const tooLarge = () =>
  new Error(`Together they have more than ${formatBytes(blobLimit)}. Download fewer, or use Chrome or Edge.`);

/** Asks whether results become a zip or, if all are NDJSON, one merged file. */
export function askToDownload(jobs: readonly FinishedJob[]): void {
  const bytes = jobs.reduce((sum, { result }) => sum + result.bytes, 0);
  const streams = window.showSaveFilePicker !== undefined;
  const isTooLarge = !streams && bytes > blobLimit;
  const button = (kind: BundleKind, label: string) => (
    <Button
      variant={kind === "zip" ? "filled" : "default"}
      disabled={isTooLarge}
      onClick={() => {
        modals.closeAll();
        void download(jobs, kind);
      }}
    >
      {label}
    </Button>
  );

  modals.open({
    title: `Download ${countResults(jobs.length)}`,
    centered: true,
    children: (
      <Stack>
        <Text size="sm">
          {formatBytes(bytes)} together.{" "}
          {!streams &&
            `This browser saves at most ${formatBytes(blobLimit)} at once${isTooLarge ? ": download fewer results, or use Chrome or Edge on a computer" : ""}.`}
        </Text>
        <Group gap="xs">
          {button("zip", "Zip file")}
          {jobs.every(({ options }) => options.format === "ndjson") &&
            button("merged", "One merged NDJSON file")}
        </Group>
      </Stack>
    ),
  });
}

/** Streams to a file on disk where the browser can, else into memory. A failure leaves no file behind. */
async function download(jobs: readonly FinishedJob[], kind: BundleKind): Promise<void> {
  const name = nameOf(jobs, kind);
  let handle: FileSystemFileHandle | undefined;
  try {
    // First of all: it opens only right after a click.
    handle = await window.showSaveFilePicker?.({ suggestedName: name });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") return;
    handle = undefined;
  }

  const abort = new AbortController();
  const title = `Downloading ${countResults(jobs.length)}…`;
  const id = notifications.show({
    title,
    message: "",
    loading: true,
    autoClose: false,
    withCloseButton: false,
  });
  let files = 0;
  let bytes = 0;
  const report = () =>
    notifications.update({
      id,
      title,
      loading: true,
      autoClose: false,
      withCloseButton: false,
      message: (
        <Group justify="space-between" gap="xs">
          {formatCount(files)} of {formatCount(jobs.length)}, {formatBytes(bytes)}
          <Button size="compact-sm" variant="default" onClick={() => abort.abort()}>
            Cancel
          </Button>
        </Group>
      ),
    });
  report();
  const timer = setInterval(report, frame);

  const parts: Blob[] = [];
  const counter = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform: (chunk, controller) => {
      bytes += chunk.length;
      if (!handle && bytes > blobLimit) throw tooLarge();
      controller.enqueue(chunk);
    },
  });
  try {
    const { bundle } = await fetchPart(() => import("./bundle.ts"));
    const stream = bundle(jobs, kind, abort.signal, (done) => {
      files = done;
    });
    // Blobs, as the browser may keep them on disk.
    const sink = handle
      ? await handle.createWritable()
      : new WritableStream<Uint8Array<ArrayBuffer>>({
          write: (chunk) => {
            parts.push(new Blob([chunk]));
          },
        });
    const { signal } = abort;
    await (stream as ReadableStream<Uint8Array<ArrayBuffer>>)
      .pipeThrough(counter, { signal })
      .pipeTo(sink, { signal });
    if (!handle) saveBlob(new Blob(parts), name);
    notifications.update({
      id,
      loading: false,
      withCloseButton: true,
      closeButtonProps,
      title: `Downloaded ${countResults(jobs.length)}`,
      message: `${isolate(handle?.name ?? name)}, ${formatBytes(bytes)}`,
      color: "teal",
      autoClose: 6000,
    });
  } catch (error) {
    // What is still being fetched is of no use.
    const isCancelled = abort.signal.aborted;
    abort.abort();
    // The file picker has made an empty file.
    await handle?.remove?.().catch(() => undefined);
    notifications.update({
      id,
      loading: false,
      withCloseButton: true,
      closeButtonProps,
      title: isCancelled ? "Download cancelled" : "Download failed",
      message: isCancelled
        ? "No file was saved."
        : `${error instanceof Error ? error.message : String(error)} No file was saved.`,
      ...(isCancelled ? { color: "gray", autoClose: 6000 } : { color: "red", autoClose: false }),
    });
  } finally {
    clearInterval(timer);
  }
}

function nameOf(jobs: readonly FinishedJob[], kind: BundleKind): string {
  if (kind === "zip") return "unparquet.zip";
  const [first, ...others] = jobs.map(({ result }) => /\.(gz|zst)$/.exec(result.filename)?.[0] ?? "");
  return `unparquet.ndjson${others.every((other) => other === first) ? first : ""}`;
}

function saveBlob(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  Object.assign(document.createElement("a"), { href: url, download: name }).click();
  // The browser reads it after the click.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
