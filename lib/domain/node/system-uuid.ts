import { controllerUuid } from "#lib/domain/node/controller-uuid";

/** Whether two values are one system's UUID; null where either is none that could be compared. */
export function isSameUuid(one: string | null, other: string | null): boolean | null {
  const [a, b] = [controllerUuid(one), controllerUuid(other)];
  return a && b ? a === b || a === turned(b) : null;
}

/**
 * The same UUID with its first three fields turned round: SMBIOS before 2.6 was not clear about
 * their order, and a controller may read them as they lie in memory.
 */
function turned(uuid: string): string {
  const turn = (hex = "") => (hex.match(/../g) ?? []).reverse().join("");
  const [a, b, c, ...rest] = uuid.split("-");
  return [turn(a), turn(b), turn(c), ...rest].join("-");
}
