import { Container } from "@mantine/core";
import type { QueryClient } from "@tanstack/react-query";
import { createRootRouteWithContext, Outlet, useNavigate } from "@tanstack/react-router";
import { useRef } from "react";
import { ConnectionBanner } from "../components/connection-banner.tsx";
import { contentWidth } from "../components/content-width.ts";
import { Header } from "../components/header.tsx";
import { LiveRegion } from "../components/live-region.tsx";
import { SkipLink } from "../components/skip-link.tsx";
import { usePageChanges } from "../components/use-page-changes.ts";
import { DropAnywhere } from "../features/add-files/drop-anywhere.tsx";
import { lastSearch } from "../features/jobs/jobs-search.ts";
import { JobWatch } from "../features/jobs/notify/job-watch.tsx";
import { NotifyToggle } from "../features/jobs/notify/notify-toggle.tsx";

export const Route = createRootRouteWithContext<{ queryClient: QueryClient }>()({ component: Root });

function Root() {
  const content = useRef<HTMLDivElement>(null);
  usePageChanges(content);
  const navigate = useNavigate();
  const showList = () => {
    if (location.pathname === "/") window.scrollTo({ top: 0 });
    else void navigate({ to: "/", search: lastSearch() });
  };
  return (
    <>
      <SkipLink target={content} />
      <Header>
        <NotifyToggle />
      </Header>
      <Container
        component="main"
        ref={content}
        id="content"
        tabIndex={-1}
        size={contentWidth}
        py={{ base: "md", sm: "xl" }}
      >
        <Outlet />
      </Container>
      <DropAnywhere onDropped={showList} />
      <ConnectionBanner />
      <LiveRegion />
      <JobWatch />
    </>
  );
}
