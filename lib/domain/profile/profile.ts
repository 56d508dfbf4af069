import type { RefusalOf } from "#lib/domain/refusal";

export const profileStates = ["draft", "active", "deprecated", "disabled"] as const;
export type ProfileState = (typeof profileStates)[number];

/** Only whole nodes so far; the word is kept so that a second type has a place. */
export const profileTypes = ["baremetal"] as const;

export const gpusPerNode = [0, 1, 4, 8] as const;

const profileMoves: Record<ProfileState, readonly ProfileState[]> = {
  draft: ["active"],
  active: ["deprecated", "disabled"],
  deprecated: ["active", "disabled"],
  disabled: ["active"],
};

/** States a profile can be moved to. Only an active one is taken by new versions of templates. */
export function profileMovesFrom(state: ProfileState): readonly ProfileState[] {
  return profileMoves[state];
}

/** States in which nodes of it can be launched: of a deprecated one by versions that name it already. */
export const launchableStates = ["active", "deprecated"] as const satisfies ProfileState[];

/**
 * Why no node of a profile can be launched, as a launch is refused with it; null when nodes can. No
 * profile: one that is not shared with the project.
 */
export function profileRefusal(
  profile: { name: string; state: ProfileState } | null,
): RefusalOf<"not_found" | "not_now"> | null {
  if (!profile || profile.state === "draft") return { kind: "not_found", resource: "profile" };
  if (profile.state !== "disabled") return null;
  return {
    kind: "not_now",
    reason: `The compute profile ${profile.name} is disabled: no new environment takes nodes of it.`,
    advice: "Take another template, or ask the platform team when it is offered again.",
  };
}
