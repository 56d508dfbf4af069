import type { Transaction } from "#db/client";
import { notifyOfEnvironment } from "#db/queries/notifications";
import type { hookRuns } from "#db/schema/hooks";

/**
 * Tells operators that what a launch made was not taken back by a hook of the release: once for each
 * hook of an environment.
 */
export async function notifyOfLeftOver(
  tx: Transaction,
  run: Pick<typeof hookRuns.$inferSelect, "environmentId" | "name" | "words">,
): Promise<void> {
  const { environmentId, name: hook, words: reason } = run;
  await notifyOfEnvironment(tx, environmentId, (place) => [
    {
      kind: "release.left_over",
      audience: "operators",
      data: { ...place, hook, reason },
      dedupeKey: `release.left_over:${environmentId}:${hook}`,
    },
  ]);
}
