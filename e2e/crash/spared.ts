/**
 * Moments at which no worker is killed: steps that are the same in another kind of operation, where one
 * is killed in each of them, and steps of an inspection where none is asked for, which do nothing.
 */
export function isSpared(kind: string, step: string): boolean {
  const isInspection = step.startsWith("inspect");
  return kind === "node.inspect"
    ? !isInspection
    : isInspection && (kind === "node.enrol" || kind === "node.sanitize");
}
