import type { Transaction } from "#db/client";
import {
  type BootWindowRow,
  closeBootWindows,
  findBootWindow,
  openBootWindow,
} from "#db/queries/boot-windows";
import { findJobImage } from "#db/queries/images";
import { keepInspection, listInspections } from "#db/queries/inspections";
import { judgeInspection } from "#lib/domain/inspection/inspection-report";
import { type InspectionOrder, orderWords, strongerOrder } from "#lib/domain/inspection/order";
import type { NodeContext } from "#lib/worker/context";
import type { Step, StepOutcome } from "#lib/worker/workflow";
import {
  awaitBegin,
  bootFromDisk,
  look,
  makeWindow,
  noJobImage,
  orderNetworkBoot,
  type Prepared,
} from "#lib/worker/workflows/boot-steps";
import { expected } from "#lib/worker/workflows/expected";
import { isToOrder, makeOff } from "#lib/worker/workflows/power-steps";

const notAsked = { kind: "done", detail: "Not asked for by the node type" } as const;

/** Turns the node off and makes the tokens of its inspection, if one is asked for. */
export const inspectPrepare: Step<NodeContext> = {
  name: "inspect_prepare",
  run: async (context) => {
    if (await windowOf(context)) return { kind: "done" };
    const order = await orderFor(context);
    if (!order) return notAsked;
    const image = await findJobImage(context.db, "inspect");
    if (!image) return noJobImage("inspect");
    const off = await makeOff(context, "inspect_prepare");
    if (off.kind !== "done") return off;
    const prepared: Prepared = {
      kind: "prepared",
      purpose: "inspect",
      image,
      disk: null,
      seed: null,
      keys: null,
    };
    const { bootLimitMs, inspectLimitMs } = context.settings;
    const window = await makeWindow(context, prepared, bootLimitMs + inspectLimitMs);
    return {
      kind: "done",
      detail: `One-time boot tokens for ${image.name} ${image.version}: ${orderWords(order)}`,
      commit: (tx) => openBootWindow(tx, { ...window, inspection: order }),
    };
  },
  undo: async (context) => {
    await closeBootWindows(context.db, context.nodeId);
    return { kind: "done" };
  },
};

const turningOn = "the controller has taken the order; the node is still off";

/** Boots the node for its inspection: the order to boot from us, the power, the boot script. */
export const inspectBoot: Step<NodeContext> = {
  name: "inspect_boot",
  run: async (context) => {
    const window = await windowOf(context);
    if (!window) return notAsked;
    const begun = await awaitBegin(context, window, "inspect_boot");
    if (begun.kind === "done") return begun;
    const state = await context.observePower("inspect_boot");
    if (state === "on") return begun;
    if (state === "off" && isToOrder(context, turningOn)) {
      const ordered = await orderNetworkBoot(context, window, "inspect_boot");
      if (ordered.kind === "give_up") return ordered;
      await context.hold.confirm();
      await (await context.controller("inspect_boot")).power("on");
    }
    return { kind: "wait", reason: turningOn, retryAfterMs: context.settings.pollMs };
  },
  undo: async (context) => {
    const window = await windowOf(context);
    if (!window) return { kind: "done" };
    const off = await makeOff(context, "inspect_boot");
    if (off.kind !== "done") return off;
    await bootFromDisk(context, window, "inspect_boot");
    return { kind: "done" };
  },
};

/** Waits for what the host says, and holds it against its controller and against what was asked. */
export const inspection: Step<NodeContext> = {
  name: "inspection",
  run: async (context) => {
    const window = await windowOf(context);
    if (!window) return notAsked;
    if (!window.inspectionReport) return stillInspecting(context, window);
    const ordered = orderOf(window);
    const { inspectionReport: report, reportedAt } = window;
    const { inventory } = await context.node();
    // By what the type says now: what failed for want of a test is judged anew once it may do without.
    const verdict = judgeInspection(report, ordered, inventory, await expected(context));
    const keep = (tx: Transaction) =>
      keepInspection(tx, { ...object(context), ordered, report, reportedAt, verdict });
    if (!verdict.accepted) return { kind: "give_up", reason: verdict.words, commit: keep };
    return { kind: "done", detail: verdict.words, output: { ordered }, commit: keep };
  },
};

/**
 * What is waited for while there is no report. A host that went off, or says nothing for as long as
 * a boot may take, has failed its test: that is what a burn-in is to find.
 */
async function stillInspecting(context: NodeContext, window: BootWindowRow): Promise<StepOutcome> {
  const lastHeard = window.progressAt ?? window.scriptFetchedAt ?? window.openedAt;
  const words = window.progress ?? "nothing";
  const state = await context.observePower("inspection");
  const now = await windowOf(context);
  // It reports before it turns itself off.
  if (state === "off" && !now?.inspectionReport) {
    return failed(context, window, `The node went off before it reported. Last heard: ${words}.`);
  }
  const silentMs = Date.now() - lastHeard.getTime();
  if (silentMs > context.settings.bootLimitMs) {
    const minutes = Math.round(silentMs / 60_000);
    return failed(
      context,
      window,
      `The host has said nothing for ${minutes} minutes. Last heard: ${words}.`,
    );
  }
  if (!window.progress) return look(context, "the inspection has not begun yet");
  return { ...look(context, window.progress), isLogged: true };
}

function failed(context: NodeContext, window: BootWindowRow, reason: string): StepOutcome {
  const verdict = { accepted: false, words: reason, conflicts: [] };
  return {
    kind: "give_up",
    reason,
    commit: (tx) =>
      keepInspection(tx, {
        ...object(context),
        ordered: orderOf(window),
        report: null,
        reportedAt: null,
        verdict,
      }),
  };
}

function object(context: NodeContext) {
  return { nodeId: context.nodeId, operationId: context.operation.id };
}

/** The window of this operation's inspection; undefined when none is asked for. */
function windowOf(context: NodeContext): Promise<BootWindowRow | undefined> {
  return findBootWindow(context.db, context.operation.id, "inspect");
}

function orderOf(window: BootWindowRow): InspectionOrder {
  if (!window.inspection) throw new Error(`window ${window.id} asks for no inspection`);
  return window.inspection;
}

/**
 * What is asked for now: by the operator, by the node type, or because the last inspection was not
 * accepted. What failed once is not available again before it has passed the same.
 */
async function orderFor(context: NodeContext): Promise<InspectionOrder | undefined> {
  const { operation, nodeId } = context;
  const [last] = await listInspections(context.db, nodeId, 1);
  const again = last && !last.accepted ? last.ordered : undefined;
  const { inspection: ofType } = await expected(context);
  return strongerOrder(strongerOrder(operation.input?.inspection, ofType), again);
}
