import { notifications } from "@mantine/notifications";

/** Puts the public address of a result on the clipboard, or shows it where the browser does not allow that. */
export async function copyLink(url: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(url);
    notifications.show({ title: "Link copied", message: "Anyone with this link can download the JSON." });
  } catch {
    notifications.show({ title: "Couldn't copy the link", message: url, autoClose: false });
  }
}
