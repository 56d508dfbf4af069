/** Whether the database ended a transaction to resolve a deadlock (40P01); drizzle wraps its error as the cause. */
export function isDeadlock(error: unknown): boolean {
  const cause = error instanceof Error && error.cause ? error.cause : error;
  return typeof cause === "object" && cause !== null && "code" in cause && cause.code === "40P01";
}
