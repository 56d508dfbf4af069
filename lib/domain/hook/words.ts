import {
  type Approvers,
  type FailurePolicy,
  type HookPoint,
  pointsOfRelease,
  type TemplateHook,
} from "#lib/domain/hook/hook";
import type { RefusalOf } from "#lib/domain/refusal";
import { holds, type InputValues } from "#lib/domain/template/inputs";

/** Who decides, to be read after "by". */
export function approverWords(approvers: Approvers | null): string {
  if (approvers?.kind === "operators") return "a fleet admin";
  if (approvers?.kind === "tenant_admins") return "an owner or admin of the tenant";
  return approvers?.emails.join(" or ") ?? "nobody";
}

/** What comes of a failure at a point, as a choice. */
export function failureWords(policy: FailurePolicy, point: HookPoint): string {
  if (policy === "quarantine") return "Taken back, and the nodes it failed on quarantined";
  const goesOn = policy === "continue";
  if (point === "on_action") return goesOn ? "The action goes on" : "The action fails";
  if (point === "before_allocate" && !goesOn) return "The launch fails, without any node";
  if (pointsOfRelease.has(point) && point !== "on_completion") {
    return goesOn ? "The release goes on" : "The release goes on, and operators are told";
  }
  if (takingNothingBack.has(point)) {
    return goesOn ? "Its point's later hooks run" : "Its point's later hooks do not run";
  }
  return goesOn ? "The operation goes on" : "The operation is taken back";
}

/** What comes of a no to an approval at a point, in sentences, for whoever is about to say it. */
export function refusalWords(point: HookPoint): string {
  const unless = "unless the hook goes on when it fails";
  switch (point) {
    case "before_allocate":
      return `The launch fails, without any node, ${unless}.`;
    case "on_init":
      return `The launch fails, and its nodes are given back at once, ${unless}.`;
    case "on_action":
      return `The action fails, ${unless}. The environment stays as it is.`;
    default:
      return `The operation is taken back, ${unless}. Its nodes stay with the environment until it is tried again or released.`;
  }
}

/** Where a failure ends no operation: it is over, or goes on whatever is said. */
const takingNothingBack: ReadonlySet<HookPoint> = new Set<HookPoint>([
  "on_success",
  "on_failure",
  "on_completion",
]);

/** The host and the port of an address that a wait asks, as people call it. */
export function urlHost(url: string): string {
  return /^https:\/\/([^/?#]+)/i.exec(url)?.[1] ?? "its address";
}

/** What a wait waits for, to be read after a name or by itself. */
export function waitWords({ until, script, seconds, backoffSeconds }: TemplateHook): string {
  if (!until && !script) return `waits for ${secondsWords(seconds)}`;
  const asked = until ? `${urlHost(until.url)} says yes` : "its script says yes on each node";
  const every = `asked every ${secondsWords(backoffSeconds)}`;
  return `waits until ${asked}, ${every}, ${secondsWords(seconds)} at most`;
}

/** 90 -> "90 seconds", 7200 -> "2 hours": the largest unit that says it whole. */
export function secondsWords(seconds: number): string {
  const units = [
    [86_400, "day"],
    [3_600, "hour"],
    [60, "minute"],
  ] as const;
  const [size, word] = units.find(([each]) => seconds % each === 0) ?? ([1, "second"] as const);
  const amount = seconds / size;
  return `${amount} ${word}${amount === 1 ? "" : "s"}`;
}

/**
 * A hook as whoever launches is told of it: who decides, or how long it may take. `unable`: whom an approval
 * names and who cannot decide in the tenant; `isInVain` where nobody of them can.
 * @param deciders The addresses of those who are named and can.
 */
export function offeredHook(
  { name, kind, point, skipIf, approvers, seconds, onFailure }: TemplateHook,
  deciders: ReadonlySet<string>,
) {
  const named = kind === "approval" && approvers?.kind === "people" ? approvers.emails : [];
  const able = named.filter((email) => deciders.has(email));
  const isInVain = named.length > 0 && able.length === 0;
  const who = able.length > 0 ? { kind: "people" as const, emails: able } : approvers;
  return {
    ...{ name, kind, point, skipIf, isInVain },
    words: kind === "approval" ? approverWords(who) : secondsWords(seconds),
    unable: named.filter((email) => !deciders.has(email)),
    /** Whether the launch goes on when it has failed. */
    goesOn: onFailure === "continue" || takingNothingBack.has(point),
  };
}

export type OfferedHook = ReturnType<typeof offeredHook>;

/** Why a launch would only wait for an approval until it has expired; null when somebody can decide, or it goes on without. */
export function whyUndecidable(hook: OfferedHook): RefusalOf<"not_now"> | null {
  const { name, words, isInVain, goesOn } = hook;
  if (!isInVain || goesOn) return null;
  return {
    kind: "not_now",
    reason: `Approval ${name} is decided by ${words} and nobody else, and neither a member of this tenant nor a fleet admin is among them.`,
    advice: adviceOnApprovers,
  };
}

/** What whoever launches can do about people who are named and cannot decide. */
export const adviceOnApprovers =
  "Ask the platform team to have the template name somebody who can decide here.";

/** What a launch with these values would meet of hooks: what of them waits for a person, and what runs. */
export function plannedHooks<H extends Pick<TemplateHook, "kind" | "skipIf" | "point">>(
  hooks: readonly H[],
  values: InputValues,
): { approvals: H[]; others: H[] } {
  const due = hooks.filter(
    ({ point, skipIf }) => launchPoints.has(point) && !(skipIf && holds(skipIf, values)),
  );
  return {
    approvals: due.filter((hook) => hook.kind === "approval"),
    others: due.filter((hook) => hook.kind !== "approval"),
  };
}

const launchPoints: ReadonlySet<string> = new Set([
  "before_allocate",
  "on_init",
  "after_allocate",
  "before_network",
  "after_network",
  "before_install",
  "after_install",
  "before_bootstrap",
  "after_bootstrap",
  "before_validate",
  "after_validate",
  "on_success",
  "on_completion",
]);
