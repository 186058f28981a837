import { Container } from "@mantine/core";
import type { QueryClient } from "@tanstack/react-query";
import { createRootRouteWithContext, Outlet } from "@tanstack/react-router";
import { useRef } from "react";
import { ConnectionBanner } from "../components/connection-banner.tsx";
import { Header } from "../components/header.tsx";
import { LiveRegion } from "../components/live-region.tsx";
import { SkipLink } from "../components/skip-link.tsx";
import { usePageChanges } from "../components/use-page-changes.ts";
import { JobWatchHost } from "../features/notify/job-watch-host.tsx";
import { DropAnywhere } from "../features/upload/drop-anywhere.tsx";

export const Route = createRootRouteWithContext<{ queryClient: QueryClient }>()({ component: Root });

function Root() {
  const content = useRef<HTMLDivElement>(null);
  usePageChanges(content);
  return (
    <>
      <SkipLink target={content} />
      <Header />
      <Container
        component="main"
        ref={content}
        id="content"
        tabIndex={-1}
        size="lg"
        py={{ base: "md", sm: "xl" }}
      >
        <Outlet />
      </Container>
      <DropAnywhere />
      <ConnectionBanner />
      <LiveRegion />
      <JobWatchHost />
    </>
  );
}
