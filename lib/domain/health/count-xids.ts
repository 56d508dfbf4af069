import { xidMeaning } from "#lib/domain/health/xid";
import type { XidCounts } from "#lib/domain/telemetry/sample";

/** What is known of a GPU's XIDs: those that are reasons already, and how often each was counted last. */
export type KnownXids = { told: ReadonlySet<number>; counts: XidCounts | null };

/**
 * How many times each XID has happened since it was counted last; those that ask for nothing are left
 * out. A count of the last minutes falls as they pass: only that it grows is an error. Where nothing
 * was counted before, as after a restart, what is a reason already has not happened again.
 */
export function countXids(
  now: XidCounts,
  { told, counts: before }: KnownXids,
): ReadonlyMap<number, number> {
  const anew = new Map<number, number>();
  for (const [xid, count] of now.times) {
    const counted =
      before?.span === now.span ? (before.times.get(xid) ?? 0) : told.has(xid) ? count : 0;
    if (count > counted && xidMeaning(xid)) anew.set(xid, count - counted);
  }
  return anew;
}
