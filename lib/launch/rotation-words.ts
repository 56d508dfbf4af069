import type { KeyRotation } from "#lib/launch/key-rotation";

/** True when nothing is left to do for this key by who ran the command. */
export function isDone({ givenBy, unopened, left, isGone }: KeyRotation): boolean {
  return unopened.length === 0 && left === 0 && (isGone || givenBy !== null);
}

/** What one key came to, in lines for who ran the command. */
export function wordsOf(rotation: KeyRotation): string {
  const { key, givenBy, continued, resealed } = rotation;
  const name =
    key === "credential"
      ? "The key of controllers' passwords and the like"
      : "The key of the portal's own secrets";
  const counts = resealed.map(({ table, column, count }) => `  ${table}.${column}: ${count}`);
  const unopened = rotation.unopened.map(
    ({ table, column, row }) =>
      `  ${table}.${column} of ${Object.values(row).join(", ")} could not be opened by any key here: enter it again.`,
  );
  if (unopened.length > 0) {
    unopened.push(
      "  Or does Ingot run with other keys than these? Then run this with its settings.",
    );
  }
  const begun = continued ? "went on with a rotation that had been broken off" : "is a new one";
  const head = givenBy ? `${name}: sealed again by the newest of ${givenBy}.` : `${name} ${begun}.`;
  return [head, ...counts, ...unopened, givenBy ? endOfGiven(rotation) : endOf(rotation)].join(
    "\n",
  );
}

function endOf({ left, isGone }: KeyRotation): string {
  if (isGone) {
    return "The old one seals nothing any more and is gone. Nothing needs to be restarted.";
  }
  if (left > 0) {
    return `The old key stays, since it may still seal ${left}. Run this again once they are entered again, or when there is less to do.`;
  }
  return "The old key stays: its tables were being written in all the while. Run this again when there is less to do.";
}

/** A key that others set is theirs to put in and to take out. */
function endOfGiven({ givenBy, older, left }: KeyRotation): string {
  if (left > 0) {
    return `Not yet: ${left} are still sealed by another key, so take none out. See that worker and portal run with the newest first, and run this again.`;
  }
  if (older > 0) {
    return "All are sealed by the newest: once worker and portal run with it first, take the old one out.";
  }
  return `${givenBy} is yours to change, so no key was made: put a new one before the old, with a comma between, restart first the worker and then the portal (its public half likewise), and run this again: it says when the old one can be taken out.`;
}
