import { DrizzleQueryError } from "drizzle-orm";
import { errorIdOfAway } from "#lib/domain/error-id";

/** admin_shutdown, crash_shutdown, cannot_connect_now; and of class 08, what is wrong with a connection. */
const isState = (code: string) => /^(57P0[123]|08...)$/.test(code);
/** Of a socket, in Node's words. */
const ofSocket = ["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT"];
/** What node-postgres says has no code (pg 8, client.js and pg-pool). */
const ofClient =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/;

/** Whether an error of a query, or of a connection for one, says that the database could not be asked, as while it starts. */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError && error.errors.some(isDatabaseAway)) return true;
  const code = "code" in error ? String(error.code) : "";
  if (isState(code) || ofSocket.includes(code) || ofClient.test(error.message)) return true;
  // Of a query's alone: a fetch that failed has a socket for its cause, too.
  return error instanceof DrizzleQueryError && isDatabaseAway(error.cause);
}

/**
 * Gives an error that says so the error id by which its page knows that: a page is told nothing else of
 * what was thrown. Gives the error back.
 */
export function tellAway(error: unknown): unknown {
  if (error instanceof Error && isDatabaseAway(error) && !("digest" in error)) {
    Object.assign(error, { digest: errorIdOfAway() });
  }
  return error;
}
