import "server-only";
import type { Route } from "next";
import { headers } from "next/headers";
import { connection } from "next/server";
import { cache } from "react";
import type { Actor } from "#lib/access/authorize";
import { type LoadedSession, loadSession } from "#lib/access/load-actor";
import { isSignOfUse } from "#lib/domain/access/presence";
import { readSessionToken } from "#lib/server/auth";
import { database } from "#lib/server/database";
import { requestFacts } from "#lib/server/request";

/** The session of this request, read once per request; null for nobody. */
export const currentSession = cache(async (): Promise<LoadedSession | null> => {
  await connection();
  const token = await readSessionToken();
  if (!token) return null;
  const { requestId, ipAddress, path } = await requestFacts();
  const asked = await headers();
  const counts = isSignOfUse(path, (name) => asked.get(name));
  return loadSession(database(), token, { requestId, ipAddress, counts });
});

/**
 * Who is asking. Someone who must replace their password, or set up a second factor, is nobody until
 * they have.
 */
export async function currentActor(): Promise<Actor | null> {
  const session = await currentSession();
  return session && !stopOf(session) ? session.actor : null;
}

/** The page that a person must be done with before anything else; undefined when there is none. */
export function stopOf(session: LoadedSession): Route | undefined {
  if (session.mustChangePassword) return "/new-password" as Route;
  if (session.mustSetUpFactor) return "/set-up-factor" as Route;
  return undefined;
}
