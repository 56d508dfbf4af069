import type { HookPoint, TemplateHook } from "#lib/domain/hook/hook";
import { storable } from "#lib/domain/storable";

// A script is written in a template and runs on the tenant's own nodes, as root. Nothing reaches in: a
// runner on each node asks us what to do, at its boots alone, or for as long as the node is held where a
// hook stands at a point that no boot comes to.

/** A script on one node: ordered, begun by the node, ended. */
export const scriptRunStates = ["offered", "running", "succeeded", "failed"] as const;
export type ScriptRunState = (typeof scriptRunStates)[number];

/** Where a boot carries it: the node has reported, and is not yet handed over. */
const bootPoints = [
  "after_bootstrap",
  "before_validate",
  "after_validate",
  "after_start",
] as const satisfies HookPoint[];

/** Where no boot does, and the node's system is up all the same: its runner has to have stayed. */
const laterPoints = [
  "before_stop",
  "before_release",
  "on_action",
  "on_success",
  "on_failure",
  "on_completion",
] as const satisfies HookPoint[];

/** Where a script can run. */
export const scriptPoints: readonly HookPoint[] = [...bootPoints, ...laterPoints];

/** Points that no operation on a node waits at: the script runs on what its environment then holds. */
const standingPoints: ReadonlySet<HookPoint> = new Set<HookPoint>([
  "on_action",
  "on_success",
  "on_failure",
  "on_completion",
]);

export const scriptLimits = {
  /** Of the script itself, in bytes. */
  textBytes: 64 * 1024,
  /**
   * What it may write in one run on one node, in bytes: the one that writes more is ended. Much less of it
   * is kept (`longestLog`).
   */
  logBytes: 16 * 1024 * 1024,
  /** Of its file of outputs, in bytes. */
  outputBytes: 16 * 1024,
  outputs: 32,
  seconds: 12 * 3_600,
  /** How long a node that was handed over may take to begin one, in seconds: its tenant may have ended its runner. */
  beginSeconds: 300,
  /**
   * How long the runner of a script under way may not be heard, in seconds. It is heard every 5 or 6, so
   * this is a node under full load, a network card that is reset, a switch that starts again.
   */
  unheardSeconds: 90,
} as const;

/** Why a script has failed whose runner was not heard any more: what the script came to, nobody knows. */
export const unheardRunnerWords = `The node's runner was not heard from for ${scriptLimits.unheardSeconds} seconds.`;

/** Why a script has failed that its node could not start, before the reason that the node gives. */
const notStartedWords = "The node could not start it";

/**
 * Whether a script that has not succeeded may have done its work all the same: it began and gave no exit code, so
 * nobody has seen it come to its end. Its node or its runner was gone by then, or it was ended from outside.
 */
export function mayBeDone({
  startedAt,
  exitCode,
  words,
}: {
  startedAt: Date | null;
  exitCode: number | null;
  words: string;
}): boolean {
  return startedAt !== null && exitCode === null && !words.startsWith(notStartedWords);
}

/** A name that a shell can set: what outputs are called. */
const outputNamePattern = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;

/** Whether a hook at this point can be a script. */
export function isScriptPoint(point: HookPoint): boolean {
  return scriptPoints.includes(point);
}

/** Whether a script at this point needs a runner that stays when its node is handed over. */
export function isLaterPoint(point: HookPoint): boolean {
  return (laterPoints as readonly HookPoint[]).includes(point);
}

/** Whether nodes come to this point by no operation of their own. */
export function isStandingPoint(point: HookPoint): boolean {
  return standingPoints.has(point);
}

/** Whether a hook runs something on nodes: a script, or what a wait asks them with until they say yes. */
export function runsOnNodes({ kind, script }: Pick<TemplateHook, "kind" | "script">): boolean {
  return kind === "script" || (kind === "wait" && Boolean(script));
}

/** Whether these hooks ask for a runner on their nodes that stays when they are handed over. */
export function keepRunner(
  hooks: readonly Pick<TemplateHook, "kind" | "script" | "point">[],
): boolean {
  return hooks.some((hook) => runsOnNodes(hook) && isLaterPoint(hook.point));
}

/** What is wrong with a hook that runs on nodes, each to be read after "Hook name: "; empty when nothing is. */
export function scriptProblems(
  hook: Pick<TemplateHook, "script" | "point" | "seconds" | "executeOnce">,
): string[] {
  const { script, point, seconds, executeOnce } = hook;
  const problems: string[] = [];
  if (!isScriptPoint(point)) {
    problems.push(
      "a script runs on nodes whose system is up; at this point they are off, not taken yet or given back",
    );
  }
  const isFirstBoot =
    point !== "after_start" && (bootPoints as readonly HookPoint[]).includes(point);
  if (executeOnce && isFirstBoot) {
    problems.push(
      "a script after the first boot cannot run only once for its environment: a node that is reinstalled or comes later would be without it",
    );
  }
  if (seconds > scriptLimits.seconds) problems.push("a script runs for 12 hours at most");
  const { text = "", outputs = [] } = script ?? {};
  if (text.trim() === "") return [...problems, "it has no script"];
  const bytes = utf8Bytes(text);
  if (bytes > scriptLimits.textBytes) {
    problems.push(`its script is longer than 64 KiB (${Math.ceil(bytes / 1024)} KiB)`);
  }
  if (!/^#! ?\/\S/.test(text)) {
    problems.push("the first line of its script does not say what reads it, as in #!/bin/bash");
  }
  const ends = text.split("\r").length - 1;
  if (ends > 0) {
    problems.push(
      `its script has line ends of Windows (CR LF, ${ends} of them), at which a shell on Linux stumbles`,
    );
  }
  return [...problems, ...outputProblems(outputs)];
}

/** What is wrong with the outputs that a hook declares, as `scriptProblems` has it. */
export function outputProblems(outputs: readonly string[]): string[] {
  const problems = outputs
    .filter((name) => !outputNamePattern.test(name))
    .map((name) => `its output "${name}" has a name that no shell can set`);
  return new Set(outputs).size < outputs.length
    ? [...problems, "it names an output twice"]
    : problems;
}

/** Those of the declared outputs that were not given. */
export function missingOutputs(
  declared: readonly string[],
  given: Readonly<Record<string, unknown>>,
): string[] {
  return declared.filter((name) => !Object.hasOwn(given, name));
}

/** How a script ended, as the node tells it. */
export type ScriptReport =
  | { result: "exit"; code: number; outputs: string }
  | { result: "signal"; signal: number }
  | { result: "timeout" }
  | { result: "flood" }
  | { result: "not_started"; message: string }
  /** Without a message: its runner or its node was started again. */
  | { result: "interrupted"; message: string };

export type ScriptVerdict = {
  state: "succeeded" | "failed";
  /** Why, as a sentence. */
  words: string;
  exitCode: number | null;
  outputs: Record<string, unknown> | null;
};

/**
 * Judges what a node reports of a script against what the script declares. Exit code 0 alone is not
 * enough: every declared output has to be there. Outputs that are not declared are dropped.
 * @param seconds How long its hook may take in all: an attempt has what is left of it.
 */
export function judgeScript(
  report: ScriptReport,
  declared: readonly string[],
  seconds: number,
): ScriptVerdict {
  const failed = (words: string, exitCode: number | null = null): ScriptVerdict => ({
    state: "failed",
    words,
    exitCode,
    outputs: null,
  });
  switch (report.result) {
    case "timeout":
      return failed(`Its time was over (${seconds} seconds for all attempts) and it was ended.`);
    case "flood":
      return failed("It wrote more than 16 MiB and was ended.");
    case "signal":
      return failed(`Signal ${report.signal} ended it.`);
    case "not_started":
      return failed(`${notStartedWords}: ${report.message || "it gave no reason"}.`);
    case "interrupted":
      return failed(
        report.message
          ? `The node could not go on with it: ${report.message}.`
          : "Its runner or its node was started again while it ran.",
      );
    case "exit":
      break;
  }
  if (report.code !== 0) return failed(`It ended with exit code ${report.code}.`, report.code);
  const given = readOutputs(report.outputs);
  if (typeof given === "string") return failed(`It ended with exit code 0, but ${given}.`, 0);
  const missing = missingOutputs(declared, given);
  if (missing.length > 0) {
    return failed(`It ended with exit code 0 and without its outputs: ${missing.join(", ")}.`, 0);
  }
  const outputs = Object.fromEntries(declared.map((name) => [name, given[name]]));
  return { state: "succeeded", words: "done", exitCode: 0, outputs };
}

/** A JSON object, or lines of `NAME=value`; a sentence when it is neither. */
function readOutputs(text: string): Record<string, unknown> | string {
  if (utf8Bytes(text) > scriptLimits.outputBytes) return "its outputs are longer than 16 KiB";
  const trimmed = text.trim();
  if (trimmed.startsWith("{")) {
    try {
      return JSON.parse(trimmed) as Record<string, unknown>;
    } catch {
      return "its outputs begin as JSON and are none";
    }
  }
  const given: Record<string, string> = {};
  for (const line of trimmed.split("\n")) {
    if (line.trim() === "") continue;
    const at = line.indexOf("=");
    const name = line.slice(0, Math.max(at, 0)).trim();
    if (!outputNamePattern.test(name)) {
      return `a line of its outputs is not NAME=value: ${storable(line).slice(0, 60)}`;
    }
    given[name] = line.slice(at + 1).replace(/\r$/, "");
  }
  return given;
}

function utf8Bytes(text: string): number {
  return new TextEncoder().encode(text).length;
}
