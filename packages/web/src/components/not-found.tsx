import { Button } from "@mantine/core";
import { IconMapOff } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { MessagePage } from "./message-page.tsx";

export function NotFound() {
  return (
    <MessagePage
      icon={<IconMapOff stroke={1.3} />}
      title="Page not found"
      description="The link may be wrong, or the page may have moved."
      action={<Button renderRoot={(props) => <Link to="/" {...props} />}>See all jobs</Button>}
    />
  );
}
