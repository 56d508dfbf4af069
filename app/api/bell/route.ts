import { ownApiActor } from "#lib/server/api-grant";
import { database } from "#lib/server/database";
import { bellView } from "#lib/views/bell";

/** The bell of whoever asks: how many are unread, and the newest few. */
export async function GET(): Promise<Response> {
  const actor = await ownApiActor();
  if (!actor.ok) return actor.refusal;
  const bell = await bellView(database(), actor.value);
  return Response.json(bell, { headers: { "cache-control": "no-store" } });
}
