import { isDeadlock } from "#db/deadlock";
import type { Refusal } from "#lib/domain/refusal";
import { type Result, refuse } from "#lib/domain/result";

/** A refusal that was found after something had been written: thrown, so that all of it is undone. */
class RolledBack extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(`rolled back: ${refusal.kind}`);
    this.refusal = refusal;
  }
}

/** Leaves the transaction, undoing it, with a refusal that `refusable` gives back as a value. */
export function rollBack(refusal: Refusal): never {
  throw new RolledBack(refusal);
}

const mostTries = 3;

/**
 * Runs one command's transaction; what `rollBack` was called with becomes its result. When the
 * database ends it to resolve a deadlock (40P01), nothing was done and it is run again.
 */
export async function refusable<T>(
  transaction: () => Promise<Result<T, Refusal>>,
): Promise<Result<T, Refusal>> {
  for (let tries = 1; ; tries++) {
    try {
      return await transaction();
    } catch (error) {
      if (error instanceof RolledBack) return refuse(error.refusal);
      if (tries === mostTries || !isDeadlock(error)) throw error;
    }
  }
}
