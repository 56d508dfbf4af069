import { spawnSync } from "node:child_process";

/** What Prometheus' own tool objects to in an exposition; empty when nothing. */
export function promtool({ metrics }: { metrics: string }): string {
  return judged(["check", "metrics"], metrics);
}

/** The same of a file: rules, their tests, or a whole configuration. */
export function promtoolFile(what: "check rules" | "test rules" | "check config", file: string) {
  return judged([...what.split(" "), file], "");
}

function judged(args: string[], input: string): string {
  const { status, stdout, stderr, error } = spawnSync("promtool", args, {
    input,
    encoding: "utf8",
  });
  if (error) throw error;
  return status === 0 ? "" : `${stdout}${stderr}` || `promtool ended with ${status}`;
}
