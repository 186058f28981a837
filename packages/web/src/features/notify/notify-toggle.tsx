import { ActionIcon } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconBell, IconBellRinging } from "@tabler/icons-react";
import { useNotifySetting } from "./setting.ts";

/** Asks the browser, which asks the person. A first notification shows that it works. */
async function allow(): Promise<boolean> {
  if ((await Notification.requestPermission()) !== "granted") {
    notifications.show({
      title: "The browser does not allow notifications",
      message: "They can be allowed in its settings for this page.",
    });
    return false;
  }
  try {
    new Notification("unparquet", { body: "This is how you hear when long jobs end.", tag: "unparquet" });
    return true;
  } catch {
    // On Android they are for installed apps only, whatever was allowed.
    notifications.show({ title: "This browser shows no notifications of pages", message: "" });
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
      aria-label="Notify me when long jobs end"
      aria-pressed={on}
      title="Notify me when long jobs end"
      onClick={async () => setWanted(!on && (await allow()))}
    >
      <Icon size={18} stroke={1.7} />
    </ActionIcon>
  );
}
