import type { Transaction } from "#db/client";
import { closeBootWindows } from "#db/queries/boot-windows";
import { findPlace } from "#db/queries/fabrics";
import { settleNodeHealth } from "#db/queries/health-reasons";
import { findSameSerial, insertChanges, keepFindings } from "#db/queries/node-findings";
import { claimMark, moveNode, noteNode } from "#db/queries/nodes";
import { findUnwiped } from "#db/queries/sanitizations";
import { vitalRefusal } from "#lib/domain/node/conformance";
import { controllerUuid } from "#lib/domain/node/controller-uuid";
import type { Inventory } from "#lib/domain/node/inventory";
import {
  type InventoryChange,
  inventoryChanges,
  otherMachine,
} from "#lib/domain/node/inventory-change";
import { openDifferences } from "#lib/domain/node/variant";
import type { Controller, Glance } from "#lib/ports/controller";
import type { NodeContext } from "#lib/worker/context";
import type { Step, StepOutcome } from "#lib/worker/workflow";
import { expected } from "#lib/worker/workflows/expected";
import { judgeNode } from "#lib/worker/workflows/judge-node";

/**
 * Shows which certificate the controller presents and waits until an operator has confirmed it.
 * Nothing is sent to the controller before that.
 */
export const confirmCertificate: Step<NodeContext> = {
  name: "confirm_certificate",
  run: async (context) => {
    const node = await context.node();
    if (node.controllerProtocol === "ipmi") {
      return {
        kind: "done",
        detail:
          "None to confirm: IPMI shows no certificate, and the controller is taken at its word",
      };
    }
    if (node.controllerFingerprint && node.controllerCertificate) {
      return { kind: "done", detail: `Confirmed: SHA-256 ${node.controllerFingerprint}` };
    }
    const presented = await context.readCertificate(node.controllerAddress);
    const shown = {
      presentedFingerprint: presented.fingerprint,
      presentedCertificate: presented.certificatePem,
    };
    if (node.controllerFingerprint === presented.fingerprint) {
      // The operator entered the fingerprint beforehand, and it is the one that was shown.
      return {
        kind: "done",
        detail: `As entered: SHA-256 ${presented.fingerprint}`,
        commit: (tx) =>
          noteNode(tx, context.nodeId, {
            ...shown,
            controllerCertificate: presented.certificatePem,
          }),
      };
    }
    if (node.controllerFingerprint) {
      return {
        kind: "give_up",
        reason: `The controller shows the certificate SHA-256 ${presented.fingerprint}, not the one that was entered. Nothing was sent to it.`,
        // What was entered may be what is wrong: then an operator confirms this one.
        commit: (tx) => noteNode(tx, context.nodeId, shown),
      };
    }
    await noteNode(context.db, context.nodeId, shown);
    return {
      kind: "wait",
      reason: `an operator confirms the certificate SHA-256 ${presented.fingerprint}`,
      retryAfterMs: 60_000,
    };
  },
};

/** One sign-in with the confirmed certificate; a refused one ends the enrolment at once. */
export const connect: Step<NodeContext> = {
  name: "connect",
  run: async (context) => {
    const controller = await context.controller("connect");
    const identity = await controller.identity();
    const power = await context.observePower("connect");
    const another = await whyAnother(context, controllerUuid(identity.uuid));
    if (another !== null) return { kind: "give_up", reason: another };
    const { controllerProtocol } = await context.node();
    const spoken =
      controllerProtocol === "ipmi"
        ? "IPMI 2.0"
        : `Redfish ${identity.redfishVersion ?? "of unknown version"}`;
    const words = [identity.vendor, identity.product].filter(Boolean).join(" ") || "unnamed";
    return {
      kind: "done",
      detail: `Controller: ${words}, ${spoken}`,
      output: { power },
      commit: async (tx) => {
        await noteNode(tx, context.nodeId, {
          controllerVendor: identity.vendor,
          controllerProduct: identity.product,
        });
        await moveNode(tx, context.nodeId, ["verifying"], "discovering");
      },
    };
  },
};

/**
 * Why the controller is not this node's, as a sentence; null when it is, and it is known by its
 * UUID from then on. One that says no UUID of its own is taken at its address.
 */
async function whyAnother(context: NodeContext, uuid: string | null): Promise<string | null> {
  if (uuid === null) return null;
  const { controllerUuid: known, controllerAddress } = await context.node();
  if (known === uuid) return null;
  if (known !== null) {
    return `Another controller answers at ${controllerAddress} than before: it says UUID ${uuid}, and this node's says ${known}. If it was replaced, retire this node and enrol it anew.`;
  }
  const other = await claimMark(context.db, context.nodeId, "controllerUuid", uuid);
  return (
    other &&
    `The controller at ${controllerAddress} is the one of ${other.name}, which is enrolled at ${other.controllerAddress}: both say UUID ${uuid}.`
  );
}

/**
 * Reads what the node is made of. A GPU tray that does not answer while the host is off is
 * unknown, not absent: the host is turned on and asked again.
 */
export const inventory: Step<NodeContext> = {
  name: "inventory",
  run: async (context) => {
    const controller = await context.controller("inventory");
    const spec = await expected(context);
    const silence = spec.gpu ? await gpuSilence(context, controller) : null;
    if (silence) return silence;
    const { conformance, readings, log, sources, unread, accounts, ...found } =
      await controller.inventory();
    const keep = (tx: Transaction) =>
      keepFindings(tx, context.nodeId, {
        at: new Date(),
        conformance: conformance ?? null,
        readings: readings ?? [],
        log: log ?? [],
        sources: sources ?? [],
        unread: unread ?? [],
        accounts: accounts ?? null,
      });
    const missing = conformance ? vitalRefusal(conformance) : null;
    if (missing !== null) {
      return {
        kind: "give_up",
        reason: `Nothing can be done with this node. ${missing}`,
        commit: keep,
      };
    }
    const other = await whyOtherMachine(context, found.system);
    // What is known stays that of the machine that was enrolled.
    if (other !== null) return { kind: "give_up", reason: other };
    if (found.gpus === null && spec.gpu && !found.untold?.includes("gpus")) return trayIsSilent;
    const bootMac = bootMacOf(found);
    const holder = bootMac && (await claimMark(context.db, context.nodeId, "bootMac", bootMac));
    if (holder) {
      return {
        kind: "give_up",
        reason: `Its network port has the MAC address ${bootMac}, as that of ${holder.name} has. A network boot could not tell the two apart.`,
      };
    }
    const node = await context.node();
    const changes = node.inventory
      ? inventoryChanges(node.inventory, { ...found, ...(sources && { sources }) })
      : [];
    return {
      kind: "done",
      detail: `${inventoryWords(found)}${changeWords(changes)}`,
      commit: async (tx) => {
        await noteNode(tx, context.nodeId, {
          // One silent answer does not make it another machine, nor one that cannot be told apart.
          inventory: { ...found, system: withKnown(found.system, node.inventory?.system) },
          inventoryAt: new Date(),
          serial: found.system.serial ?? node.serial,
          ...(await findPlace(tx, context.nodeId, infinibandOf(found.nics))),
        });
        await keep(tx);
        await insertChanges(tx, {
          nodeId: context.nodeId,
          operationId: context.operation.id,
          changes,
        });
        await moveNode(tx, context.nodeId, ["discovering"], "validating");
      },
    };
  },
};

const trayIsSilent: Extract<StepOutcome, { kind: "wait" }> = {
  kind: "wait",
  reason: "the GPU tray answers only while the host is on; it is being turned on",
  retryAfterMs: 2_000,
};

/**
 * Turns on a host that is off and whose GPU tray is silent, before everything is read in vain. Null
 * when its GPUs can be read.
 */
async function gpuSilence(
  context: NodeContext,
  controller: Controller,
): Promise<StepOutcome | null> {
  const power = await context.observePower("inventory");
  if (power === "on" && context.operation.attempt <= 1) return null;
  const { system, gpusAnswer } = await controller.glance();
  if (gpusAnswer) return null;
  // Before anything is ordered of it.
  const other = await whyOtherMachine(context, system);
  if (other !== null) return { kind: "give_up", reason: other };
  if (power === "off") {
    await context.hold.confirm();
    await controller.power("on");
  }
  return trayIsSilent;
}

function withKnown(
  found: Inventory["system"],
  known: Inventory["system"] | undefined,
): Inventory["system"] {
  return {
    ...found,
    serial: found.serial ?? known?.serial ?? null,
    uuid: found.uuid ?? known?.uuid ?? null,
  };
}

async function whyOtherMachine(
  context: NodeContext,
  found: Glance["system"],
): Promise<string | null> {
  const { serial, inventory: known } = await context.node();
  return otherMachine({ serial, uuid: known?.system.uuid ?? null }, found);
}

/** The ports by which a node's place on InfiniBand is known. */
function infinibandOf(nics: Inventory["nics"]) {
  return nics.filter((nic) => nic.kind === "infiniband");
}

function changeWords(changes: readonly InventoryChange[]): string {
  const [first] = changes;
  if (!first) return "";
  const more = changes.length - 1;
  return `. Since last time: ${first.words}${more > 0 ? `, and ${more} more` : ""}`;
}

/** Holds what was found against the node type, field by field. Any difference stops the node here. */
export const compare: Step<NodeContext> = {
  name: "compare",
  run: async (context) => {
    const node = await context.node();
    if (!node.inventory) throw new Error(`node ${node.id} has no inventory to compare`);
    const twin = await findSameSerial(context.db, node);
    if (twin) {
      return {
        kind: "give_up",
        reason: `Serial number ${node.serial} is that of ${twin.name} (controller ${twin.controllerAddress}) already: the same machine under two addresses, or a copied serial number. Retire one of the two.`,
        // The other one keeps it, and is not refused for this one's sake when it is verified.
        commit: (tx) => noteNode(tx, context.nodeId, { serial: null }),
      };
    }
    // A wipe comes with its own proof; the others have none of what was on the machine before.
    const unwiped =
      context.operation.kind !== "node.sanitize" && (await findUnwiped(context.db, node));
    if (unwiped) {
      const { name, since } = unwiped;
      const reason =
        since === "tenant"
          ? `A tenant held this machine as ${name}, and it has not been wiped since. Sanitize it.`
          : `As ${name} this machine was lent to a dry run and not wiped since. Sanitize it.`;
      return {
        kind: "give_up",
        reason,
        commit: async (tx) => {
          await moveNode(tx, context.nodeId, ["validating"], "quarantined", reason);
        },
      };
    }
    const judged = await judgeNode(context, node.inventory);
    const { differences } = judged;
    const keep = { differences };
    const open = openDifferences(differences, node.acceptedDifferences);
    if (judged.failure !== null || open.length > 0) {
      const differs = `It differs from ${judged.from}. ${open.map((d) => d.words).join(". ")}.`;
      return {
        kind: "give_up",
        reason: [judged.failure, open.length > 0 ? differs : null].filter(Boolean).join(" "),
        commit: async (tx) => {
          await noteNode(tx, context.nodeId, keep);
          await judged.keepEvidence(tx);
        },
      };
    }
    return {
      kind: "done",
      detail:
        differences.length === 0
          ? "Every field agrees with the node type"
          : `What differs from the node type was accepted: ${differences.map((d) => d.words).join(". ")}.`,
      commit: async (tx) => {
        await noteNode(tx, context.nodeId, { ...keep, health: "ok", healthReasons: [] });
        // What its last tenant's time left open, and nobody has acknowledged, is not undone by a wipe.
        await settleNodeHealth(tx, [context.nodeId]);
        await judged.keepEvidence(tx);
        await judged.keepRecord(tx);
        await moveNode(tx, context.nodeId, ["sanitizing"], "validating");
      },
    };
  },
};

/** Offers the node to tenants. Reached only through comparison, and after a wipe if it had a tenant. */
export const makeAvailable: Step<NodeContext> = {
  name: "make_available",
  run: async (context) => ({
    kind: "done",
    detail: "The node is available",
    commit: async (tx) => {
      await closeBootWindows(tx, context.nodeId);
      await moveNode(tx, context.nodeId, ["validating"], "available");
    },
  }),
};

function inventoryWords(found: Inventory): string {
  if (found.untold && found.untold.length > 0) {
    const system = [found.system.manufacturer, found.system.model].filter(Boolean).join(" ");
    return `${system || "A system of unknown model"}; this kind of controller tells nothing of its parts`;
  }
  const gpus = found.gpus ?? [];
  const parts = [
    `${found.cpus.length} CPUs`,
    found.memory.totalGib === null ? "memory unknown" : `${found.memory.totalGib} GiB`,
    gpus.length === 0 ? "no GPUs" : `${gpus.length} × ${gpus[0]?.model ?? "GPU of unknown model"}`,
    `${found.drives.length} drives`,
    `${found.nics.length} network ports`,
  ];
  return parts.join(", ");
}

/** The MAC a network boot comes from: the first Ethernet port with a link, else the first at all. */
function bootMacOf(found: Inventory): string | null {
  const ethernet = found.nics.filter((nic) => nic.kind !== "infiniband" && nic.mac);
  const nic = ethernet.find((candidate) => candidate.linkUp) ?? ethernet[0];
  return nic?.mac ?? null;
}
