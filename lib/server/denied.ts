import "server-only";
import { cache } from "react";
import type { Actor } from "#lib/access/authorize";
import { noteDenied as note } from "#lib/access/note-denied";
import { database } from "#lib/server/database";

/**
 * Writes into the audit log that someone was refused a permission in a place. A layout and its page
 * ask the same of one request: that is written once.
 */
export async function noteDenied(actor: Actor, permission: string, place: string): Promise<void> {
  const key = `${permission} ${place}`;
  if (noted().has(key)) return;
  noted().add(key);
  await note(database(), actor, { action: permission, place });
}

/** What was written for this request. */
const noted = cache(() => new Set<string>());
