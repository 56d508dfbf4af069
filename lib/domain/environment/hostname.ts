/** Longest environment name: with `-` and two digits it stays far below the 63 of a DNS label. */
export const longestEnvironmentName = 40;

/** A DNS label (RFC 1123) that begins with a letter: what an environment may be called. */
export const environmentNamePattern = /^[a-z]([a-z0-9-]*[a-z0-9])?$/;

/**
 * Host names for further nodes of an environment: `{name}-{n}`, counting from 1 and leaving out
 * those in use, so that a node that replaces another takes its name.
 */
export function nextHostnames(name: string, inUse: readonly string[], count: number): string[] {
  const taken = new Set(inUse);
  const free: string[] = [];
  for (let n = 1; free.length < count; n++) {
    const hostname = `${name}-${n}`;
    if (!taken.has(hostname)) free.push(hostname);
  }
  return free;
}
