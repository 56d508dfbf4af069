import "server-only";
import { readFileSync } from "node:fs";
import path from "node:path";
import { readSettings } from "#lib/config/env";

// A guide is a Markdown file of its name in app/docs/guides; here in the order in which one would read them.
const forEveryone = [
  "first-environment",
  "charts-and-use",
  "notifications",
  "people-and-roles",
  "programs-and-tokens",
] as const;
const forOperators = [
  "onboard-a-rack",
  "images",
  "inspection",
  "security-of-a-node",
  "networks",
  "compute-profiles",
  "templates",
  "config-contexts",
  "write-a-provider",
  "health-and-monitoring",
  "sign-in",
] as const;
export const guideNames = [...forEveryone, ...forOperators] as const;
export type GuideName = (typeof guideNames)[number];

export type Guide = {
  name: GuideName;
  title: string;
  /** What one can do after reading it: its first paragraph. */
  summary: string;
  /** Markdown, without title and summary. */
  text: string;
  isForOperators: boolean;
};

/**
 * A guide, with the portal's own address where the text says `{origin}`. Throws when a file has no
 * title or no summary.
 */
export function guide(name: GuideName): Guide {
  const file = path.join(process.cwd(), "app/docs/guides", `${name}.md`);
  const content = readFileSync(file, "utf8").replaceAll("{origin}", readSettings().origin);
  const [heading, summary, ...rest] = content.split(/\n\n/);
  if (!heading?.startsWith("# ") || !summary) throw new Error(`${file} has no title or no summary`);
  return {
    name,
    title: heading.slice(2),
    summary: summary.replaceAll("\n", " "),
    text: rest.join("\n\n"),
    isForOperators: forOperators.some((each) => each === name),
  };
}
