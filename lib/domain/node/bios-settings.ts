import type { Difference } from "#lib/domain/node/node-type";
import type { MeasureOutcome } from "#lib/domain/node/wipe-measure";

export type BiosValue = string | number | boolean | null;

/** A host's BIOS settings, as its controller tells them. */
export type BiosSettings = {
  /** By name, as of the host's last start; null where the controller does not tell. */
  attributes: Record<string, BiosValue> | null;
  /** By name, what those are to be from the next start on that are to be something else. */
  pending: Record<string, BiosValue>;
  /** Whether a reset to the defaults waits for the next start; null where that is not told. */
  resetPending: boolean | null;
  /** Whether a clear of the TPM waits for the next start; null where none can be ordered. */
  tpmClearPending: boolean | null;
};

/** What must be known of an ordered reset to tell afterwards whether the BIOS did it. */
export type ResetOrder = {
  /** Settings that were not as when the node was last in order; null where that is not known. */
  changed: Record<string, BiosValue> | null;
  /** What the order made wait for the next start. */
  awaited: Record<string, BiosValue>;
  /** Whether the controller showed that the order waits. */
  isShown: boolean;
};

/** What of a wipe waits for its own start: ordered before it, read back after. */
export type BiosOrders = {
  reset?: ResetOrder;
  tpmClear?: true;
  /** What the controller refused, as sentences: the drives are wiped all the same, and the wipe has failed. */
  refused?: string;
};

type Judged = {
  outcome: Extract<MeasureOutcome, "done" | "ordered" | "not_applied">;
  words: string;
};

/** Names in one sentence; the others are counted. */
const mostNamed = 5;

/**
 * What is to be remembered of a reset that was ordered. `record`: the settings of when the node was
 * last in order; `before` and `after`: those around the order; each null where it was not told.
 * `isRepeated`: it was ordered before, perhaps, by a worker that ended there: what waits may be of that.
 */
export function resetOrder(
  record: Record<string, BiosValue> | null,
  before: BiosSettings | null,
  after: BiosSettings | null,
  isRepeated = false,
): ResetOrder {
  const now = before?.attributes;
  const waited = before?.pending ?? {};
  const awaited = Object.entries(after?.pending ?? {}).filter(
    ([name, value]) => isRepeated || waited[name] !== value,
  );
  return {
    changed:
      record && now
        ? Object.fromEntries(
            Object.entries(now).filter(([name, value]) => name in record && record[name] !== value),
          )
        : null,
    awaited: Object.fromEntries(awaited),
    isShown: after?.resetPending === true || (!isRepeated && awaited.length > 0),
  };
}

/**
 * Whether a reset that was ordered was done at the host's start since, as far as it shows: nothing of
 * it waits any more, and no setting that had been changed is still as it was found. Where nothing
 * shows it either way the order is all that is known. Words for tenants, too: no names, no values.
 */
export function judgeReset(order: ResetOrder, now: BiosSettings | null): Judged {
  const taken = "The controller took the order to reset the BIOS settings";
  if (stillWaits(order, now)) {
    const words = `${taken}, and the wipe's start did not carry it out: it still waits.`;
    return { outcome: "not_applied", words };
  }
  const left = Object.keys(leftBy(order, now)).length;
  if (left > 0) {
    const words = `${taken}, and ${left} that had been changed still are.`;
    return { outcome: "not_applied", words };
  }
  const changed = now?.attributes ? Object.keys(order.changed ?? {}).length : 0;
  if (now === null || (!order.isShown && changed === 0)) {
    const words = `${taken}, and shows nothing by which to tell whether it was done.`;
    return { outcome: "ordered", words };
  }
  const seen = [
    order.isShown ? "the order does not wait any more" : "",
    changed > 0 ? `${changed} that had been changed are so no more` : "",
  ].filter(Boolean);
  const words = `The BIOS settings were reset at the wipe's start: ${seen.join(", and ")}.`;
  return { outcome: "done", words };
}

function stillWaits(order: ResetOrder, now: BiosSettings | null): boolean {
  const waits = Object.entries(order.awaited).some(([name, value]) => now?.pending[name] === value);
  return now?.resetPending === true || waits;
}

/** Settings that had been changed and that a reset left as they were found. */
function leftBy(order: ResetOrder, now: BiosSettings | null): Record<string, BiosValue> {
  const { attributes } = now ?? {};
  if (!attributes) return {};
  return Object.fromEntries(
    Object.entries(order.changed ?? {}).filter(([name, value]) => attributes[name] === value),
  );
}

/**
 * The settings that a reset left as they had been changed, to be repaired or accepted. Of one that
 * still waits there are none: it is not done yet, whatever the settings are.
 */
export function biosDifferences(
  record: Record<string, BiosValue> | null,
  order: ResetOrder,
  now: BiosSettings | null,
): Difference[] {
  const left = Object.entries(leftBy(order, now));
  if (left.length === 0 || stillWaits(order, now)) return [];
  const named = left.slice(0, mostNamed);
  const more = left.length - named.length;
  const each = named.map(([name, value]) => `${name} is ${value}, and was ${record?.[name]}`);
  return [
    {
      field: "record.bios",
      expected: named.map(([name]) => `${name} ${record?.[name]}`).join(", "),
      found: named.map(([name, value]) => `${name} ${value}`).join(", "),
      severity: "mismatch",
      words: `BIOS settings that a reset left since it was last in order: ${each.join("; ")}${
        more > 0 ? `; and ${more} more` : ""
      }`,
    },
  ];
}

/**
 * Whether a clear of the TPM that the controller had shown as ordered was done at the start since.
 * `besideReset`: the settings were to be reset at the same start, which takes the order out of them whether
 * it was carried out or not.
 */
export function judgeTpmClear(now: BiosSettings | null, besideReset = false): Judged {
  if (now?.tpmClearPending === false && besideReset) {
    const words =
      "The controller took the order to clear the TPM, which does not wait any more; the reset of the BIOS settings at the same start may have taken it back.";
    return { outcome: "ordered", words };
  }
  if (now?.tpmClearPending === false) {
    const words = "The TPM was cleared at the wipe's start: the order does not wait any more.";
    return { outcome: "done", words };
  }
  const why = now?.tpmClearPending
    ? "and the wipe's start did not carry it out: it still waits"
    : "and tells nothing of it any more";
  const words = `The controller took the order to clear the TPM, ${why}.`;
  return { outcome: "not_applied", words };
}
