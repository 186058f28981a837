import "./mantine.css";
import { Button, Code, CopyButton, Tabs, Text } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import type { Options } from "@unparquet/core/conversion/options";
import type { Result } from "@unparquet/core/job/schema";
import { announce } from "../../../components/live-region.tsx";
import { Section } from "../../../components/section.tsx";
import { outputOf } from "./output.ts";
import { type Lines, snippets } from "./snippets.ts";
import classes from "./use-it.module.css";

/** Ready-made lines to read the result with other tools. */
export function UseIt({ result, options }: { result: Result; options: Options }) {
  const made = snippets(outputOf(result, options));
  return (
    <Section title="Open in…">
      <Tabs defaultValue="curl" keepMounted={false}>
        <Tabs.List aria-label="Tools that can read the result">
          {made.map(({ tool }) => (
            <Tabs.Tab key={tool} value={tool} px="sm">
              {tool}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {made.map(({ tool, resumable, ...lines }) => (
          <Tabs.Panel key={tool} value={tool} pt="sm" className={classes.panel}>
            <CodeLines name={`lines for ${tool}`} {...lines} />
            {resumable && <CodeLines name={`lines for ${tool} that can be resumed`} {...resumable} />}
          </Tabs.Panel>
        ))}
      </Tabs>
    </Section>
  );
}

const capitalized = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

function CodeLines({ name, code, note }: Lines & { name: string }) {
  return (
    <div className={classes.lines}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keyboard */}
      <section className={classes.code} tabIndex={0} aria-label={capitalized(name)}>
        <Code block bg="var(--tint)">
          {code}
        </Code>
      </section>
      <div className={classes.foot}>
        <Text size="sm" c="dimmed">
          {note}
        </Text>
        <CopyButton value={code}>
          {({ copied, copy }) => (
            <Button
              size="xs"
              variant="default"
              className={classes.copy}
              aria-label={`Copy the ${name}`}
              leftSection={copied ? <IconCheck size={15} /> : <IconCopy size={15} stroke={1.7} />}
              onClick={() => {
                copy();
                announce(`${capitalized(name)} copied`);
              }}
            >
              {copied ? "Copied" : "Copy"}
            </Button>
          )}
        </CopyButton>
      </div>
    </div>
  );
}
