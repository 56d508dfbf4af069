import { eq } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { closeBootWindows } from "#db/queries/boot-windows";
import { findTwin, insertChanges, keepFindings, type Twin } from "#db/queries/node-findings";
import { moveNode, noteNode } from "#db/queries/nodes";
import { nodeTypes } from "#db/schema/nodes";
import { vitalRefusal } from "#lib/domain/node/conformance";
import type { Inventory } from "#lib/domain/node/inventory";
import {
  type InventoryChange,
  inventoryChanges,
  otherMachine,
} from "#lib/domain/node/inventory-change";
import { compareInventory, type NodeTypeSpec } from "#lib/domain/node/node-type";
import { openDifferences } from "#lib/domain/node/variant";
import type { NodeContext } from "#lib/worker/context";
import type { Step } from "#lib/worker/workflow";

/**
 * Shows which certificate the controller presents and waits until an operator has confirmed it.
 * Nothing is sent to the controller before that.
 */
export const confirmCertificate: Step<NodeContext> = {
  name: "confirm_certificate",
  run: async (context) => {
    const node = await context.node();
    if (node.controllerFingerprint && node.controllerCertificate) {
      return { kind: "done", detail: `Confirmed: SHA-256 ${node.controllerFingerprint}` };
    }
    const presented = await context.readCertificate(node.controllerAddress);
    if (node.controllerFingerprint === presented.fingerprint) {
      // The operator entered the fingerprint beforehand, and it is the one that was shown.
      return {
        kind: "done",
        detail: `As entered: SHA-256 ${presented.fingerprint}`,
        commit: (tx) =>
          noteNode(tx, context.nodeId, {
            controllerCertificate: presented.certificatePem,
            presentedFingerprint: presented.fingerprint,
            presentedCertificate: presented.certificatePem,
          }),
      };
    }
    if (node.controllerFingerprint) {
      return {
        kind: "give_up",
        reason: `The controller shows the certificate SHA-256 ${presented.fingerprint}, not the one that was entered. Nothing was sent to it.`,
      };
    }
    await noteNode(context.db, context.nodeId, {
      presentedFingerprint: presented.fingerprint,
      presentedCertificate: presented.certificatePem,
    });
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
    const words = [identity.vendor, identity.product].filter(Boolean).join(" ") || "unnamed";
    return {
      kind: "done",
      detail: `Controller: ${words}, Redfish ${identity.redfishVersion ?? "of unknown version"}`,
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
 * Reads what the node is made of. A GPU tray that does not answer while the host is off is
 * unknown, not absent: the host is turned on and asked again.
 */
export const inventory: Step<NodeContext> = {
  name: "inventory",
  run: async (context) => {
    const controller = await context.controller("inventory");
    const { conformance, readings, log, sources, unread, ...found } = await controller.inventory();
    const keep = (tx: Transaction) =>
      keepFindings(tx, context.nodeId, {
        at: new Date(),
        conformance: conformance ?? null,
        readings: readings ?? [],
        log: log ?? [],
        sources: sources ?? [],
        unread: unread ?? [],
      });
    const missing = conformance ? vitalRefusal(conformance) : null;
    if (missing !== null) {
      return {
        kind: "give_up",
        reason: `Nothing can be done with this node. ${missing}`,
        commit: keep,
      };
    }
    const node = await context.node();
    const uuid = node.inventory?.system.uuid ?? null;
    const other = otherMachine({ serial: node.serial, uuid }, found.system);
    // Before anything is ordered of it. What is known stays that of the machine that was enrolled.
    if (other !== null) return { kind: "give_up", reason: other };
    const spec = await expected(context);
    if (found.gpus === null && spec.gpu) {
      const power = await context.observePower("inventory");
      if (power === "off") {
        await context.hold.confirm();
        await controller.power("on");
      }
      return {
        kind: "wait",
        reason: "the GPU tray answers only while the host is on; it is being turned on",
        retryAfterMs: Math.max(context.settings.pollMs, 2_000),
      };
    }
    const changes = node.inventory
      ? inventoryChanges(node.inventory, { ...found, ...(sources && { sources }) })
      : [];
    return {
      kind: "done",
      detail: `${inventoryWords(found)}${changeWords(changes)}`,
      commit: async (tx) => {
        await noteNode(tx, context.nodeId, {
          inventory: found,
          inventoryAt: new Date(),
          serial: found.system.serial,
          ...bootMacOf(found),
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
    const twin = await findTwin(context.db, node);
    if (twin) {
      return {
        kind: "give_up",
        reason: twinWords(node, twin),
        // The other one keeps them, and is not refused for this one's sake when it is verified.
        commit: (tx) => noteNode(tx, context.nodeId, { serial: null, bootMac: null }),
      };
    }
    const differences = compareInventory(await expected(context), node.inventory);
    const keep = { differences };
    const open = openDifferences(differences, node.acceptedDifferences);
    if (open.length > 0) {
      return {
        kind: "give_up",
        reason: `It differs from its node type. ${open.map((d) => d.words).join(". ")}.`,
        commit: (tx) => noteNode(tx, context.nodeId, keep),
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
        await moveNode(tx, context.nodeId, ["sanitizing"], "validating");
      },
    };
  },
};

function twinWords(node: { serial: string | null; bootMac: string | null }, twin: Twin): string {
  const other = `${twin.name} (controller ${twin.controllerAddress})`;
  return twin.shares === "serial"
    ? `Serial number ${node.serial} is that of ${other} already: the same machine under two addresses, or a copied serial number. Retire one of the two.`
    : `The address ${node.bootMac} that it boots from is that of ${other} already, and a boot could not be told from the other's.`;
}

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

async function expected(context: NodeContext): Promise<NodeTypeSpec> {
  const node = await context.node();
  const [type] = await context.db
    .select({ spec: nodeTypes.spec })
    .from(nodeTypes)
    .where(eq(nodeTypes.id, node.nodeTypeId));
  if (!type) throw new Error(`node type ${node.nodeTypeId} is gone`);
  return type.spec;
}

function inventoryWords(found: Inventory): string {
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
function bootMacOf(found: Inventory): { bootMac?: string } {
  const ethernet = found.nics.filter((nic) => nic.kind !== "infiniband" && nic.mac);
  const nic = ethernet.find((candidate) => candidate.linkUp) ?? ethernet[0];
  return nic?.mac ? { bootMac: nic.mac } : {};
}
