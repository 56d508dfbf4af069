import { hasSqlState } from "#db/sql-state";

/** Whether the database ended a transaction to resolve a deadlock (40P01); drizzle wraps its error as the cause. */
export function isDeadlock(error: unknown): boolean {
  return hasSqlState(error, "40P01");
}
