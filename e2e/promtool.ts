import { spawnSync } from "node:child_process";

/** What Prometheus' own tool objects to in an exposition or a file of rules; empty when nothing. */
export function promtool(
  what: { metrics: string } | { rules: string } | { tests: string },
): string {
  const [args, input] =
    "metrics" in what
      ? [["check", "metrics"], what.metrics]
      : "rules" in what
        ? [["check", "rules", what.rules], ""]
        : [["test", "rules", what.tests], ""];
  const { status, stdout, stderr, error } = spawnSync("promtool", args, {
    input,
    encoding: "utf8",
  });
  if (error) throw error;
  return status === 0 ? "" : `${stdout}${stderr}` || `promtool ended with ${status}`;
}
