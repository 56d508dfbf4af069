import { Bell } from "#components/notifications/bell";
import { database } from "#lib/server/database";
import { requireActor } from "#lib/server/require-grant";
import { bellView } from "#lib/views/bell";
import { markReadAction } from "./account/actions";

/** The bell of whoever is signed in, as every frame has it. */
export async function OwnBell() {
  const actor = await requireActor();
  return <Bell initial={await bellView(database(), actor)} markRead={markReadAction} />;
}
