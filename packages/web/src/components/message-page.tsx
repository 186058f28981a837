import { EmptyState } from "@mantine/core";
import type { ReactNode } from "react";

interface MessagePageProps {
  icon: ReactNode;
  title: string;
  /** 1 where it is the whole page. */
  order?: 1 | 2;
  description: ReactNode;
  action?: ReactNode;
}

/** One clear sentence in the middle of an otherwise empty page. */
export function MessagePage({ icon, title, order = 1, description, action }: MessagePageProps) {
  return (
    <EmptyState size="lg" py={80} maw={520} mx="auto">
      <EmptyState.Indicator>{icon}</EmptyState.Indicator>
      <EmptyState.Title order={order}>{title}</EmptyState.Title>
      <EmptyState.Description>{description}</EmptyState.Description>
      {action && <EmptyState.Actions>{action}</EmptyState.Actions>}
    </EmptyState>
  );
}
