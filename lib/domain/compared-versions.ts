import type { Change } from "#lib/domain/change";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";

/** Two versions by number, and what differs from the first to the second. */
export type Comparison = { from: number; to: number; changes: Change[] };

/** What is compared: null where nothing is asked for or nothing is before it, refused where there is no such version. */
export type Compared = Result<Comparison | null, RefusalOf<"invalid_input">>;

/**
 * Compares two versions of these, which stand newest first. Of one that is asked for alone the other is
 * the newest, or the one before it. Refuses a number that none has, under `from` or `to`.
 */
export function compareVersions<V extends { version: number }>(
  versions: readonly V[],
  asked: { from?: number; to?: number },
  changes: (from: V, to: V) => Change[],
): Compared {
  if (asked.from === undefined && asked.to === undefined) return ok(null);
  const fields = Object.fromEntries(
    Object.entries(asked)
      .filter(([, number]) => number !== undefined)
      .filter(([, number]) => !versions.some(({ version }) => version === number))
      .map(([field, number]) => [field, `There is no version ${number}.`]),
  );
  if (Object.keys(fields).length > 0) return refuse({ kind: "invalid_input", fields });
  const to = asked.to === undefined ? versions[0] : numbered(versions, asked.to);
  const from =
    asked.from === undefined
      ? versions.find(({ version }) => to && version < to.version)
      : numbered(versions, asked.from);
  if (!from || !to) return ok(null);
  return ok({ from: from.version, to: to.version, changes: changes(from, to) });
}

function numbered<V extends { version: number }>(versions: readonly V[], number: number) {
  return versions.find(({ version }) => version === number);
}
