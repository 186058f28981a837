import { useLocalStorage } from "@mantine/hooks";

/** Whether this browser wants to hear when jobs end, in all its tabs. Only `granted` counts: a permission can be taken back. */
export function useNotifySetting() {
  const [wanted, setWanted] = useLocalStorage({
    key: "unparquet-notify",
    defaultValue: false,
    getInitialValueInEffect: false,
  });
  const possible = "Notification" in window;
  return { possible, on: possible && wanted && Notification.permission === "granted", setWanted };
}
