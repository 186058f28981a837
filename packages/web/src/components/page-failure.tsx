import { Button } from "@mantine/core";
import { useWindowEvent } from "@mantine/hooks";
import { IconRefresh } from "@tabler/icons-react";
import { type ErrorComponentProps, useRouter } from "@tanstack/react-router";
import { MissingPartError } from "./fetch-part.ts";
import { MessagePage } from "./message-page.tsx";

function describe(error: unknown): { title: string; description: string } {
  if (
    error instanceof MissingPartError ||
    (error instanceof Error && error.cause instanceof MissingPartError)
  )
    return {
      title: "This page failed to load",
      description:
        "You may be offline, or the dashboard has been updated. Uploads continue until you reload the page.",
    };
  return {
    title: "Something went wrong",
    description: error instanceof Error ? error.message : String(error),
  };
}

/** In place of a page that could not be fetched or shown. */
export function PageFailure({ error }: ErrorComponentProps) {
  const router = useRouter();
  useWindowEvent("online", () => void router.invalidate());
  return (
    <MessagePage
      icon={<IconRefresh stroke={1.3} />}
      {...describe(error)}
      action={<Button onClick={() => location.reload()}>Reload</Button>}
    />
  );
}
