import type { Asked, Broken } from "#lib/config/log-fault";

/**
 * Next tells of whatever a page, an action or a route has thrown. Its own lines are for people; ours is of
 * the log.
 */
export async function onRequestError(error: Broken, asked: Asked): Promise<void> {
  // Next builds this file for a runtime without Node as well, where nothing of ours runs.
  if (process.env.NEXT_RUNTIME !== "nodejs") return;
  const { logFault } = await import("#lib/config/log-fault");
  logFault(error, asked);
}
