import { answerApi } from "#lib/api/door";
import { readSettings } from "#lib/config/env";
import { database } from "#lib/server/database";
import { eventStreams } from "#lib/server/live";
import { log } from "#lib/server/log";
import { requestFacts } from "#lib/server/request";
import { sealingKey } from "#lib/server/sealing-key";

/** The API: who asks and for what is settled by its door. */
async function answer(request: Request): Promise<Response> {
  const { requestId, ipAddress, path } = await requestFacts();
  const { origin, bootOrigin, auditPublicKeys, controllerWatchMs } = readSettings();
  return answerApi(request, {
    db: database(),
    origin,
    bootOrigin,
    requestId,
    ipAddress,
    sealingKey: sealingKey(),
    auditKeys: auditPublicKeys,
    controllerWatchMs,
    openEvents: (stream) => eventStreams().open(stream),
    onFault: (error) => log().error({ error, requestId, path }, "an API request broke"),
  });
}

export { answer as DELETE, answer as GET, answer as PATCH, answer as POST, answer as PUT };
