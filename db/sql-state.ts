/** Whether Postgres refused something with this SQLSTATE (its Appendix A); drizzle wraps that as the cause. */
export function hasSqlState(error: unknown, state: string): boolean {
  const cause = error instanceof Error && error.cause ? error.cause : error;
  return typeof cause === "object" && cause !== null && "code" in cause && cause.code === state;
}
