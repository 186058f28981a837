import { ActionIcon } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconBell, IconBellRinging } from "@tabler/icons-react";
import { useNotifySetting } from "./setting.ts";

/** Asks the browser, which asks the person. A first notification shows that it works. */
async function allow(): Promise<boolean> {
  if ((await Notification.requestPermission()) !== "granted") {
    notifications.show({
      title: "Notifications are blocked",
      message: "Allow them for this site in your browser settings.",
    });
    return false;
  }
  try {
    new Notification("unparquet", {
      body: "You'll get a notification like this when a long job finishes.",
      tag: "unparquet",
    });
    return true;
  } catch {
    // On Android they are for installed apps only, whatever was allowed.
    notifications.show({ title: "This browser doesn't support notifications", message: "" });
    return false;
  }
}

export function NotifyToggle() {
  const { possible, on, setWanted } = useNotifySetting();
  if (!possible) return null;
  const Icon = on ? IconBellRinging : IconBell;
  return (
    <ActionIcon
      variant="subtle"
      color={on ? "oak" : "gray"}
      size="lg"
      aria-label="Notify me when long jobs finish"
      aria-pressed={on}
      title="Notify me when long jobs finish"
      onClick={async () => setWanted(!on && (await allow()))}
    >
      <Icon size={18} stroke={1.7} />
    </ActionIcon>
  );
}
