/**
 * How far a change of a controller's password has come. `prepared`: kept, and not sent. `sent`: it is
 * not known which of the two passwords works. `unresolved`: neither was accepted, and nobody tries
 * again until an operator says so. The other two are ends.
 */
export const rotationStates = [
  "prepared",
  "sent",
  "unresolved",
  "committed",
  "taken_back",
] as const;
export type RotationState = (typeof rotationStates)[number];

/** Those in which a new password is kept beside the one in use. */
export const openRotationStates = [
  "prepared",
  "sent",
  "unresolved",
] as const satisfies RotationState[];

/**
 * Sign-ins that may be refused while it is found out which password works: one with each, and one
 * more for a try whose outcome died with its worker. Controllers lock accounts after a few.
 */
export const mostRotationTries = 3;

/** How often one operation sends a new password that the controller then does not take. */
export const mostRotationRounds = 3;
