import { Container } from "@mantine/core";
import type { QueryClient } from "@tanstack/react-query";
import { createRootRouteWithContext, Outlet } from "@tanstack/react-router";
import { ConnectionBanner } from "../components/connection-banner.tsx";
import { Header } from "../components/header.tsx";
import { LiveRegion } from "../components/live-region.tsx";

export const Route = createRootRouteWithContext<{ queryClient: QueryClient }>()({ component: Root });

function Root() {
  return (
    <>
      <Header />
      <Container component="main" size="lg" py={{ base: "md", sm: "xl" }}>
        <Outlet />
      </Container>
      <ConnectionBanner />
      <LiveRegion />
    </>
  );
}
