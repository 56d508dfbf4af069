import { eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { findMailTimes } from "#db/queries/mail-times";
import { notificationPreferences } from "#db/schema/notifications";
import type { Actor } from "#lib/access/authorize";
import { withUser } from "#lib/access/with-grant";
import type { PersonalChannel } from "#lib/domain/notification/delivery";
import { type MailTimes, usualMailTimes } from "#lib/domain/notification/mail-times";
import {
  type NotificationKind,
  personalKinds,
  toldKinds,
} from "#lib/domain/notification/notification";

export type PreferenceView = { kind: NotificationKind; channel: PersonalChannel };

/** By what a person is told of each kind that can reach them: the bell, where they said nothing. */
export async function preferencesView(db: Database, actor: Actor): Promise<PreferenceView[]> {
  const chosen = await withUser(db, actor.userId, (tx) =>
    tx
      .select()
      .from(notificationPreferences)
      .where(eq(notificationPreferences.userId, actor.userId)),
  );
  const isOperator = actor.operatorRole !== null;
  const reachable = personalKinds.filter(
    (kind) =>
      isOperator ||
      toldKinds("tenant").includes(kind) ||
      kind === "membership.changed" ||
      kind === "account.changed",
  );
  return reachable.map((kind) => ({
    kind,
    channel: chosen.find((each) => each.kind === kind)?.channel ?? "bell",
  }));
}

/** When a person wants mail, and the zones there are to choose from. */
export async function mailTimesView(
  db: Database,
  actor: Actor,
): Promise<{ times: MailTimes; isChosen: boolean; timeZones: string[] }> {
  const times = await withUser(db, actor.userId, (tx) => findMailTimes(tx, actor.userId));
  const shown = times ?? usualMailTimes;
  const zones = new Set(["UTC", shown.timeZone, ...Intl.supportedValuesOf("timeZone")]);
  return { times: shown, isChosen: times !== undefined, timeZones: [...zones].sort() };
}
