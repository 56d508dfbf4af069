import { type HookRunState, hasHookEnded, type TemplateHook } from "#lib/domain/hook/hook";
import { runsOnNodes } from "#lib/domain/hook/script";

/** A past run of a hook, as far as it decides whether it can be replayed. */
export type RunToReplay = {
  definition: Pick<TemplateHook, "kind" | "script">;
  state: HookRunState;
  /** Whether it was ordered on a node. */
  wasOnNode: boolean;
  /** What its environment boots. */
  image: { name: string; version: string; state: string };
};

/** Why nothing of a version is replayed while it is dry-run, and what to do about it. */
export const whileDryRunning = {
  reason: "A dry run of its template's version is under way.",
  advice: "Wait for its end: it has one.",
} as const;

/**
 * Why a past run of a hook cannot be replayed, and what to do about it; null when it can: one that asks a
 * provider by asking it, one that runs on nodes on a node that is lent, which boots what its environment does.
 */
export function whyNotReplayed(run: RunToReplay): { reason: string; advice: string } | null {
  const { definition, state, wasOnNode, image } = run;
  const isOnNodes = runsOnNodes(definition);
  if (definition.kind !== "http" && !isOnNodes) {
    return {
      reason: "Only a hook that asks a provider or runs on nodes can be replayed.",
      advice: "Dry-run its template to see the rest of it checked.",
    };
  }
  const another = "Replay a run that has ended.";
  if (!hasHookEnded(state)) return { reason: "It has not ended.", advice: another };
  if (state === "skipped") {
    const what = isOnNodes ? "it ran on no node" : "its provider was not asked";
    return { reason: `It was skipped: ${what}.`, advice: another };
  }
  if (!isOnNodes) return null;
  if (!wasOnNode) return { reason: "It came to no node before it ended.", advice: another };
  if (image.state !== "approved") {
    return {
      reason: `Its environment boots ${image.name} ${image.version}, which is not approved any more.`,
      advice: "Lend a node to a dry run of its template instead.",
    };
  }
  return null;
}
