import { Anchor, Container, Group } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { apiOrigin } from "../api/client.ts";
import { ColorSchemeMenu } from "./color-scheme-menu.tsx";
import { contentWidth } from "./content-width.ts";
import classes from "./header.module.css";
import { KeysButton } from "./keys-button.tsx";
import { Logo } from "./logo.tsx";

export function Header({ children }: { children: ReactNode }) {
  return (
    <header className={classes.header}>
      <Container size={contentWidth} className={classes.inner}>
        <Link to="/" className={classes.wordmark} aria-label="unparquet, all jobs">
          <Logo />
          <span>
            <span className={classes.un}>un</span>parquet
          </span>
        </Link>
        {/* All of it fits on 320 pixels. */}
        <Group gap="clamp(8px, 2.5vw, 16px)" wrap="nowrap" mr={-8}>
          <Anchor className={classes.link} renderRoot={(props) => <Link to="/overview" {...props} />}>
            Overview
          </Anchor>
          <Anchor href={`${apiOrigin}/docs`} className={classes.link}>
            API
          </Anchor>
          <Group gap={0} wrap="nowrap">
            <KeysButton />
            {children}
            <ColorSchemeMenu />
          </Group>
        </Group>
      </Container>
    </header>
  );
}
