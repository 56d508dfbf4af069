import { readSettings } from "#lib/config/env";
import { createLog } from "#lib/config/log";

export type Asked = { path: string; method: string; headers: Record<string, unknown> };
export type Broken = Error & { digest?: string };

/**
 * Logs what a page, an action or a route has thrown, under both names that the caller knows the fault by: the
 * id of the request, which is in the answer's head, and the error id of the page.
 */
export function logFault(error: Broken, { path, method, headers }: Asked): void {
  // A caller who hangs up before all is sent, in Node's words: nothing of ours broke.
  if (error.message === "aborted") return;
  createLog("portal", readSettings().logLevel).error(
    {
      ...{ error, errorId: error.digest, requestId: headers["x-request-id"], method },
      // What stands in a query may be a link's token.
      path: path.split("?")[0],
    },
    "a request broke",
  );
}
