import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Point } from "./svg.ts";
import { colors } from "./theme.ts";

const { resolve } = createRequire(import.meta.url);
const web = createRequire(new URL("../../../packages/web/package.json", import.meta.url));
const tabler = web("@tabler/icons-react") as typeof import("@tabler/icons-react");
const { createElement } = web("react") as typeof import("react");
const { renderToStaticMarkup } = web("react-dom/server") as typeof import("react-dom/server");

const aws = {
  api: "architecture-service/AmazonAPIGateway",
  function: "architecture-service/AWSLambda",
  table: "architecture-service/AmazonDynamoDB",
  bucket: "architecture-service/AmazonSimpleStorageService",
  job: "architecture-service/AWSGlue",
  events: "architecture-service/AmazonEventBridge",
  scheduler: "resource/AmazonEventBridgeScheduler",
  queue: "architecture-service/AmazonSimpleQueueService",
  topic: "architecture-service/AmazonSimpleNotificationService",
  cloudwatch: "architecture-service/AmazonCloudWatch",
  cloud: "architecture-group/AWSCloudlogo",
  identity: "architecture-service/AWSIdentityandAccessManagement",
} as const;

const others = {
  internet: tabler.IconWorld,
  laptop: tabler.IconDeviceLaptop,
  terminal: tabler.IconTerminal2,
  github: tabler.IconBrandGithub,
  pullRequest: tabler.IconGitPullRequest,
  merge: tabler.IconGitMerge,
  closed: tabler.IconGitPullRequestClosed,
  night: tabler.IconMoon,
  check: tabler.IconChecks,
  lock: tabler.IconShieldLock,
  key: tabler.IconKey,
} as const;

export type Icon = keyof typeof aws | keyof typeof others;

/** AWS's icons as they are, Tabler's in the ink of the text. `at` is the upper left corner. */
export function icon(name: Icon, at: Point, size: number): string {
  const markup =
    name in aws
      ? readFileSync(resolve(`aws-icons/icons/${aws[name as keyof typeof aws]}.svg`), "utf8")
      : renderToStaticMarkup(
          createElement(others[name as keyof typeof others], { stroke: 1.6, color: colors.ink }),
        );
  const [, attributes = "", content = ""] = /<svg([^>]*)>(.*)<\/svg>/s.exec(markup) ?? [];
  const kept = attributes.replaceAll(/\s(?:width|height|class|xmlns)="[^"]*"/g, "");
  return `<svg x="${at.x}" y="${at.y}" width="${size}" height="${size}"${kept}>${content}</svg>`;
}
