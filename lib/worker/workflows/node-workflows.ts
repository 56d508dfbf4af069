import type { Transaction } from "#db/client";
import { endAllocation } from "#db/queries/allocations";
import { closeBootWindows } from "#db/queries/boot-windows";
import { isRefusedAtInit } from "#db/queries/hook-runs";
import { moveNode } from "#db/queries/nodes";
import { insertOperation, type OperationRow, wakeWorkers } from "#db/queries/operations";
import { giveBackPoolItems } from "#db/queries/pool-draws";
import { reportEnvironment } from "#db/queries/settlement";
import type { Id } from "#lib/domain/id";
import { reasonsAgainstHandOver } from "#lib/domain/node/lifecycle";
import { type NodeOperation, nodeOperationKinds } from "#lib/domain/operation/operation";
import { type StepName, stepsOf } from "#lib/domain/operation/workflow";
import type { NodeContext } from "#lib/worker/context";
import { answerHoldsMs, type Check, gated } from "#lib/worker/hooks/gate";
import type { Step, StepOutcome, Workflow } from "#lib/worker/workflow";
import {
  bootOverride,
  bootScript,
  closeAccess,
  handOver,
  openWindow,
  phoneHome,
  userData,
} from "#lib/worker/workflows/boot-steps";
import { keepOrders, resetBios, rotateCredential } from "#lib/worker/workflows/controller-steps";
import { inspectBoot, inspection, inspectPrepare } from "#lib/worker/workflows/inspect-steps";
import { bootDisk, install, installerOff } from "#lib/worker/workflows/install-steps";
import {
  compare,
  confirmCertificate,
  connect,
  inventory,
  makeAvailable,
} from "#lib/worker/workflows/inventory-steps";
import { attachNetwork, detachNetwork } from "#lib/worker/workflows/network-steps";
import { attachPartition, detachPartition } from "#lib/worker/workflows/partition-steps";
import { powerDown, powerOff, powerOn, shutDown } from "#lib/worker/workflows/power-steps";
import { rehearse } from "#lib/worker/workflows/rehearse-step";
import { handBack, wipeReport } from "#lib/worker/workflows/sanitize-steps";

const steps: Record<StepName, Step<NodeContext>> = {
  confirm_certificate: confirmCertificate,
  connect,
  inventory,
  compare,
  inspect_prepare: inspectPrepare,
  inspect_boot: inspectBoot,
  inspection,
  make_available: makeAvailable,
  shut_down: shutDown,
  power_off: powerOff,
  reset_bios: resetBios,
  open_boot_window: openWindow,
  boot_override: bootOverride,
  power_on: powerOn,
  boot_script: bootScript,
  install,
  installer_off: installerOff,
  boot_disk: bootDisk,
  user_data: userData,
  phone_home: phoneHome,
  hand_over: handOver,
  rehearse,
  attach_network: attachNetwork,
  attach_partition: attachPartition,
  detach_network: detachNetwork,
  detach_partition: detachPartition,
  close_access: closeAccess,
  wipe_report: wipeReport,
  rotate_credential: rotateCredential,
  power_down: powerDown,
  hand_back: handBack,
};

/** A launch hands over no node that has gone bad since it was taken. */
const checks: Partial<Record<NodeOperation, Partial<Record<StepName, Check>>>> = {
  "node.deploy": { hand_over: validate },
};

/** What is known of a node, and that its controller answers as the one it was: its hooks may take hours. */
async function validate(context: NodeContext): Promise<StepOutcome | undefined> {
  const node = await context.node();
  const reasons = reasonsAgainstHandOver(node);
  if (reasons.length > 0) {
    return { kind: "give_up", reason: `It is not handed over: ${reasons.join(", ")}.` };
  }
  const askedMs = node.powerObservedAt?.getTime() ?? 0;
  if (Date.now() - askedMs >= answerHoldsMs) await context.observePower("hand_over");
  return undefined;
}

type Ends = Omit<Workflow<NodeContext>, "kind" | "version" | "steps">;

const ends: Record<NodeOperation, Ends> = {
  "node.enrol": validating("enrolment"),
  "node.inspect": validating("inspection"),

  "node.deploy": {
    begin: async (tx, operation) => {
      await moveNode(tx, node(operation), ["reserved"], "deploying");
      await claimed(tx, operation);
    },
    // A node that could not be deployed is nobody's any more: its quota is free and it is taken
    // aside with its evidence. The environment's other nodes stay, and a retry finds another.
    failed: async (tx, operation, reason) => {
      await moveNode(tx, node(operation), ["reserved", "deploying"], "quarantined", reason);
      if (operation.allocationId) await endAllocation(tx, operation.allocationId);
      await giveBackOwn(tx, operation);
    },
    // What was refused first of all holds no node; otherwise it stays for another try.
    aborted: async (tx, operation) => {
      const { parentId } = operation;
      if (parentId && (await isRefusedAtInit(tx, parentId))) return letGo(tx, operation);
      await moveNode(tx, node(operation), ["deploying"], "reserved");
    },
  },

  "node.reinstall": {
    begin: async (tx, operation) => {
      await moveNode(tx, node(operation), ["active", "failed"], "deploying");
    },
    failed: failNode(["deploying"]),
    aborted: failNode(["deploying"]),
  },

  "node.start": runningNode(),
  "node.restart": runningNode(),
  "node.stop": runningNode(),

  // Begun by the release command, which also moved the node to releasing and freed the quota.
  "node.reclaim": {
    succeeded: async (tx, operation) => {
      await giveBackOwn(tx, operation);
      await orderWipe(tx, operation, "Ingot, after a release");
    },
  },

  "node.sanitize": {
    begin: async (tx, operation) => {
      await moveNode(tx, node(operation), ["releasing", "quarantined", "available"], "sanitizing");
    },
    failed: async (tx, operation, reason) => {
      await keepOrders(tx, operation);
      await moveNode(tx, node(operation), ["sanitizing", "validating"], "quarantined", reason);
    },
  },

  // Nothing of the node itself changes, whose ever it is.
  "node.rotate_credential": {},

  // Begun by the command, which took the node. However it ends, what ran on it is not known.
  "node.rehearse": {
    begin: async (tx, operation) => {
      await moveNode(tx, node(operation), ["reserved"], "deploying");
    },
    succeeded: wipeLent,
    failed: wipeLent,
    aborted: wipeLent,
  },
};

async function wipeLent(tx: Transaction, operation: OperationRow): Promise<void> {
  await closeBootWindows(tx, node(operation));
  await moveNode(tx, node(operation), ["reserved", "deploying"], "releasing");
  await orderWipe(tx, operation, "Ingot, after a dry run");
}

/** Operations that end with a node that is available, or has failed with a reason. */
function validating(what: string): Ends {
  const failed: NonNullable<Ends["failed"]> = async (tx, operation, reason) => {
    const from = ["verifying", "discovering", "validating"] as const;
    await moveNode(tx, node(operation), from, "failed", reason);
  };
  return {
    begin: async (tx, operation) => {
      await moveNode(tx, node(operation), ["enrolled", "failed", "available"], "verifying");
    },
    failed,
    aborted: (tx, operation, reason) => failed(tx, operation, `The ${what} was ${reason}.`),
  };
}

/** Operations on a node that stays its tenant's: a failure is the node's, and a retry goes on. */
function runningNode(): Ends {
  return {
    begin: async (tx, operation) => {
      await moveNode(tx, node(operation), ["failed"], "active");
    },
    failed: failNode(["active"]),
  };
}

function failNode(from: readonly ("active" | "deploying")[]): NonNullable<Ends["failed"]> {
  return async (tx, operation, reason) => {
    await moveNode(tx, node(operation), from, "failed", reason);
  };
}

function node(operation: OperationRow): Id<"node"> {
  if (!operation.nodeId) throw new Error(`operation ${operation.id} is on no node`);
  return operation.nodeId;
}

async function claimed(tx: Transaction, operation: OperationRow): Promise<void> {
  if (operation.environmentId) await reportEnvironment(tx, operation.environmentId, "claimed");
}

/**
 * A node of a launch is the tenant's no more, and neither is what the environment had for it alone. It
 * is wiped even if nothing was done to it this time: an earlier try may have booted it.
 */
async function letGo(tx: Transaction, operation: OperationRow): Promise<void> {
  await moveNode(tx, node(operation), ["deploying"], "releasing");
  if (operation.allocationId) await endAllocation(tx, operation.allocationId);
  await giveBackOwn(tx, operation);
  await orderWipe(tx, operation, "Ingot, after a launch was refused");
}

async function orderWipe(tx: Transaction, operation: OperationRow, by: string): Promise<void> {
  const nodeId = node(operation);
  await insertOperation(tx, { kind: "node.sanitize", nodeId, requestedByName: by });
  await wakeWorkers(tx);
}

/** What the node alone had from a pool, now that it is off the network. */
async function giveBackOwn(tx: Transaction, operation: OperationRow): Promise<void> {
  const { environmentId, allocationId } = operation;
  if (environmentId && allocationId) await giveBackPoolItems(tx, environmentId, allocationId);
}

/** Every operation on a node, with the steps that `stepsOf` names and what its ends mean. */
export const nodeWorkflows: readonly Workflow<NodeContext>[] = nodeOperationKinds.map((kind) => ({
  kind,
  version: 1,
  steps: stepsOf(kind).map((info) => gated(kind, steps[info.name], checks[kind]?.[info.name])),
  ...ends[kind],
}));
