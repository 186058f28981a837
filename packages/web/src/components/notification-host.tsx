import { useNotifications } from "@mantine/notifications";
import { useRef } from "react";
import { prefetched } from "./fetch-part.ts";
import { lazyPart } from "./lazy-part.tsx";

const Notifications = lazyPart(
  prefetched(() => import("./notifications.tsx")),
  { floating: true },
);

/** Where notifications appear. Most visits see none, so the code that shows them comes with the first. */
export function NotificationHost() {
  const { notifications } = useNotifications();
  const needed = useRef(false);
  needed.current ||= notifications.length > 0;
  return needed.current ? <Notifications position="top-center" /> : null;
}
