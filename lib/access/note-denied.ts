import type { Database } from "#db/client";
import { recordDenied } from "#lib/access/audit";
import type { Caller } from "#lib/access/authorize";
import { withCaller } from "#lib/access/with-grant";
import { storable } from "#lib/domain/storable";

/** Refusals of one caller that are written in a minute, by each process; the others are counted. */
export const mostDeniedPerMinute = 30;

/** A place comes from an address, where anything may stand; two names of any place are shorter. */
const longestPlace = 200;

type Window = { since: number; written: number; unwritten: number };
const windows = new Map<string, Window>();
/** More callers than this in a minute, and the oldest are forgotten. */
const mostWindows = 10_000;

/**
 * Writes into the audit log that a caller was refused a permission in a place (`fleet`, `acme` or
 * `acme/vision`). A caller that is refused without end fills no log: what was left out is told by
 * the next event that is written.
 */
export async function noteDenied(
  db: Database,
  caller: Pick<Caller, "userId" | "name" | "requestId" | "ipAddress" | "token" | "sessionId"> & {
    memberships: Caller["memberships"];
  },
  act: { action: string; place: string; detail?: Record<string, unknown> },
  now = Date.now(),
): Promise<void> {
  const unwritten = admitted(caller.userId, now);
  if (unwritten === undefined) return;
  const tenantSlug = act.place.split("/")[0];
  // Only a tenant of their own: a stranger's try is no entry in another's log.
  const tenantId = caller.memberships.find((m) => m.tenantSlug === tenantSlug)?.tenantId;
  await withCaller(db, caller.userId, tenantId, (tx) =>
    recordDenied(tx, caller, {
      action: act.action,
      tenantId,
      detail: {
        place: storable(act.place.slice(0, longestPlace)),
        ...act.detail,
        ...(unwritten > 0 ? { unwritten } : {}),
      },
    }),
  );
}

/** How many were left out before this one; undefined when this one is left out, too. */
function admitted(callerId: string, now: number): number | undefined {
  let window = windows.get(callerId);
  if (!window || now - window.since >= 60_000) {
    window = { since: now, written: 0, unwritten: window?.unwritten ?? 0 };
    windows.delete(callerId);
    windows.set(callerId, window);
    const [oldest] = windows.keys();
    if (windows.size > mostWindows && oldest) windows.delete(oldest);
  }
  if (window.written >= mostDeniedPerMinute) {
    window.unwritten++;
    return undefined;
  }
  window.written++;
  const { unwritten } = window;
  window.unwritten = 0;
  return unwritten;
}
