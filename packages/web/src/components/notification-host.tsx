import { useNotifications } from "@mantine/notifications";
import { lazy, Suspense, useRef } from "react";

const Notifications = lazy(() => import("./notifications.tsx"));

/** Where notifications appear. Most visits see none, so the code that shows them comes with the first. */
export function NotificationHost() {
  const { notifications } = useNotifications();
  const needed = useRef(false);
  needed.current ||= notifications.length > 0;
  return needed.current ? (
    <Suspense>
      <Notifications position="top-center" />
    </Suspense>
  ) : null;
}
