/** What a controller says of the passwords it takes; null where it does not say. */
export type PasswordRules = { minLength: number | null; maxLength: number | null };

// Without those that look alike, since a person may have to read one from a sealed envelope.
const classes = ["abcdefghijkmnpqrstuvwxyz", "ABCDEFGHJKLMNPQRSTUVWXYZ", "23456789", "-_.+=!"];
const all = classes.join("");

/** Longer ones do not fit the IPMI 2.0 account that most controllers keep beside the Redfish one. */
const longest = 20;
/** What every controller takes that says nothing of itself; some 95 bits. */
const usual = 16;
const shortest = 12;

/**
 * A new password within a controller's rules: letters of both cases, digits and signs, each at
 * least once and none twice in a row, beginning with a letter. Null when the controller takes none
 * that is long enough to be strong. `random` gives a whole number from 0 up to the number it is given.
 */
export function newPassword(
  { minLength, maxLength }: PasswordRules,
  random: (below: number) => number,
): string | null {
  // Zero stands for "no limit" in some services.
  const most = maxLength === null || maxLength === 0 ? null : maxLength;
  if (most !== null && most < shortest) return null;
  const wanted = Math.max(usual, minLength ?? 0);
  const length = most === null ? wanted : Math.max(Math.min(most, longest), minLength ?? 0);
  const pick = (from: string) => from.charAt(random(from.length));
  for (;;) {
    let made = pick(`${classes[0]}${classes[1]}`);
    while (made.length < length) {
      const next = pick(all);
      if (next !== made.at(-1)) made += next;
    }
    if (classes.every((each) => [...each].some((character) => made.includes(character)))) {
      return made;
    }
  }
}
