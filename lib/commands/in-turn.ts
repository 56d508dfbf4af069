/** Two: while one is being written, the other may read what it needs beforehand. */
const atOnce = 2;

type Line = { running: number; waiting: (() => void)[] };

/** Of each name those that are at work or wait; one with nobody is absent. */
const lines = new Map<string, Line>();

/**
 * Runs `work`, two of the same name at a time in this process, in the order in which they came.
 *
 * For what the database lets pass one by one anyway. Waiting there, fifty launches of one tenant would each
 * hold a connection that others need, and one that has planned nothing yet: a launch on such a one costs
 * Postgres five times as much.
 */
export async function inTurn<T>(name: string, work: () => Promise<T>): Promise<T> {
  const line = lines.get(name) ?? { running: 0, waiting: [] };
  lines.set(name, line);
  if (line.running < atOnce) line.running++;
  else await new Promise<void>((resolve) => line.waiting.push(resolve));
  try {
    return await work();
  } finally {
    const next = line.waiting.shift();
    // Its place goes to who is next: nobody who comes now is before them.
    if (next) next();
    else if (--line.running === 0) lines.delete(name);
  }
}
