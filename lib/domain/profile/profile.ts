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

/** States a profile can be moved to. Only an active one is offered for new environments. */
export function profileMovesFrom(state: ProfileState): readonly ProfileState[] {
  return profileMoves[state];
}
