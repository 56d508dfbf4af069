import { readSettings } from "#lib/config/env";
import { createLog } from "#lib/config/log";

type Asked = { path: string; method: string; headers: Record<string, unknown> };
type Broken = Error & { digest?: string };

/**
 * Next tells of whatever a page, an action or a route has thrown. Its own lines are for people; this one
 * is of the log, and has both names under which the caller knows the fault: the id of the request, which
 * is in the answer's head, and the error id of the page.
 */
export function onRequestError(error: Broken, asked: Asked): void {
  const requestId = asked.headers["x-request-id"];
  // What stands in a query may be a link's token.
  const [path] = asked.path.split("?");
  createLog("portal", readSettings().logLevel).error(
    { error, errorId: error.digest, requestId, method: asked.method, path },
    "a request broke",
  );
}
