import type { Transaction } from "#db/client";
import { findFindings, keepRecord } from "#db/queries/node-findings";
import { keepMeasure } from "#db/queries/wipe-measures";
import { certificateDates } from "#lib/access/certificate-dates";
import { baselineDifferences, judgeBaseline } from "#lib/domain/node/baseline";
import { biosDifferences, judgeReset, judgeTpmClear } from "#lib/domain/node/bios-settings";
import { differencesFromRecord, recordOf } from "#lib/domain/node/controller-record";
import type { Inventory } from "#lib/domain/node/inventory";
import { compareInventory, type Difference } from "#lib/domain/node/node-type";
import { usualWipeRules, type WipeMeasure } from "#lib/domain/node/wipe-measure";
import type { NodeContext } from "#lib/worker/context";
import { biosOf, ordersOf } from "#lib/worker/workflows/controller-steps";
import { expected } from "#lib/worker/workflows/expected";

type Judged = {
  differences: Difference[];
  /** What it is held against, to be read after "It differs from". */
  from: string;
  /** Of a wipe: why it has failed, as a sentence, whatever of the differences was accepted. */
  failure: string | null;
  /** Of a wipe: what was found of the controller and the firmware. */
  keepEvidence: (tx: Transaction) => Promise<void>;
  /** For a node that is in order: how it was then. */
  keepRecord: (tx: Transaction) => Promise<void>;
};

/**
 * Holds a node against its type's hardware and baseline and, when it is wiped, against what its
 * controller and firmware were before the tenant had it.
 */
export async function judgeNode(context: NodeContext, inventory: Inventory): Promise<Judged> {
  const { nodeId, operation } = context;
  const spec = await expected(context);
  const { controllerCertificate } = await context.node();
  const findings = await findFindings(context.db, nodeId);
  const accounts = findings?.accounts ?? null;
  const rows = judgeBaseline(spec.baseline, {
    inventory,
    accounts,
    certificate: certificateDates(controllerCertificate),
    nowMs: Date.now(),
  });
  const isWipe = operation.kind === "node.sanitize";
  const record = isWipe ? (findings?.record ?? null) : null;
  const since = record && differencesFromRecord(record, inventory, accounts);
  const orders = isWipe ? await ordersOf(context.db, operation.id) : {};
  const rules = { ...usualWipeRules, ...spec.wipe };
  const isResetAsked = rules.biosReset !== "off";
  const bios =
    isResetAsked || orders.reset || orders.tpmClear
      ? await biosOf(await context.controller("compare"))
      : null;
  const left = orders.reset ? biosDifferences(record?.bios ?? null, orders.reset, bios) : [];
  const atStart: WipeMeasure[] = [
    ...(orders.reset ? [{ kind: "bios_reset" as const, ...judgeReset(orders.reset, bios) }] : []),
    ...(orders.tpmClear
      ? [{ kind: "tpm_clear" as const, ...judgeTpmClear(bios, orders.reset !== undefined) }]
      : []),
  ];
  // Settings that a reset left are a difference, which an operator may accept; one that waits is not.
  const failed = atStart.filter(
    ({ kind, outcome }) => outcome === "not_applied" && !(kind === "bios_reset" && left.length > 0),
  );
  // Beside a reset nothing can show a clear, which is no reason to require it for nothing.
  const untold = atStart.filter(
    ({ kind, outcome }) =>
      outcome === "ordered" &&
      (kind === "bios_reset"
        ? rules.biosReset === "required"
        : rules.tpmClear === "required" && !orders.reset),
  );
  const failures = [
    ...(orders.refused ? [orders.refused] : []),
    ...failed.map(({ words }) => words),
    ...untold.map(({ words }) => `${words} Its node type requires it.`),
  ];
  const changed = [...(since ? [...since.accounts, ...since.firmware] : []), ...left];
  const own = [...compareInventory(spec, inventory), ...baselineDifferences(rows)];
  return {
    differences: [...own, ...changed],
    failure: failures.length > 0 ? failures.join(" ") : null,
    from: own.length > 0 || changed.length === 0 ? "its node type" : "what it was before",
    keepEvidence: async (tx) => {
      if (!isWipe) return;
      const of = { nodeId, operationId: operation.id };
      for (const each of atStart) await keepMeasure(tx, of, each);
      await keepMeasure(
        tx,
        of,
        accountsMeasure(record?.accounts ?? null, accounts, since?.accounts),
      );
      await keepMeasure(tx, of, firmwareMeasure(record?.firmware ?? null, since?.firmware));
    },
    keepRecord: (tx) => {
      const settings = isResetAsked ? (bios?.attributes ?? null) : null;
      const now = new Date().toISOString();
      return keepRecord(tx, nodeId, recordOf(inventory, accounts, now, settings));
    },
  };
}

// Words for the tenant, too: no names of accounts, no versions.

function accountsMeasure(
  before: readonly string[] | null,
  now: unknown[] | null,
  since: Difference[] = [],
): WipeMeasure {
  const kind = "controller_accounts";
  if (now === null) {
    return { kind, outcome: "not_offered", words: "The controller does not list its accounts." };
  }
  if (before === null) {
    const words = "The controller's accounts were not known before, and are from now on.";
    return { kind, outcome: "not_offered", words };
  }
  return since.length === 0
    ? { kind, outcome: "done", words: "The controller has the accounts it had before." }
    : { kind, outcome: "failed", words: "The controller's accounts are not those it had before." };
}

function firmwareMeasure(
  before: Record<string, string> | null,
  since: Difference[] = [],
): WipeMeasure {
  const kind = "firmware";
  const known = Object.keys(before ?? {}).length;
  if (known === 0) {
    const words = "No firmware was known before, so none could be compared.";
    return { kind, outcome: "not_offered", words };
  }
  return since.length === 0
    ? { kind, outcome: "done", words: `Firmware is as it was before, of ${known} components.` }
    : { kind, outcome: "failed", words: "Some firmware is not what it was before." };
}
