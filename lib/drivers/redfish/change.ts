import type { Session } from "#lib/drivers/redfish/session";
import type { Answer } from "#lib/drivers/redfish/transport";

/**
 * Changes a resource only as it was read (If-Match), stepping down when the controller does not
 * keep its own ETags: the ETag as given, without the weak mark that compression adds, a fresh one,
 * any (`*`, for those that insist on a condition and give no ETag), none. With the last two a
 * change of someone else could be lost; the caller reads back what it set.
 */
export async function changeGuarded(
  session: Session,
  resource: { path: string; etag: string | null },
  body: unknown,
  freshEtag: () => Promise<string | null>,
): Promise<Answer> {
  const send = (etag: string | null) =>
    session.send({
      method: "PATCH",
      path: resource.path,
      body,
      ...(etag !== null && { headers: { "if-match": etag } }),
    });
  let answer = await send(resource.etag);
  if (answer.status === 412 && resource.etag?.startsWith("W/")) {
    answer = await send(resource.etag.slice(2));
  }
  if (isCondition(answer)) {
    const etag = await freshEtag();
    if (etag !== null) answer = await send(etag);
  }
  if (isCondition(answer)) answer = await send("*");
  if (answer.status === 412) answer = await send(null);
  return answer;
}

/** The controller wants a condition (428), or the one it was given does not hold (412). */
function isCondition({ status }: Answer): boolean {
  return status === 412 || status === 428;
}
