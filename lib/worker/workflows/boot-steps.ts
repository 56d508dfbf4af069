import { endAllocation, findAllocationForBoot } from "#db/queries/allocations";
import {
  type BootWindowRow,
  closeBootWindows,
  findBootWindow,
  type NewBootWindow,
  openBootWindow,
} from "#db/queries/boot-windows";
import { findImage, findSanitizeImage, type ImageRow } from "#db/queries/images";
import { findBootOrigin, moveNode, noteNode } from "#db/queries/nodes";
import { bootTokenHashes } from "#lib/boot/tokens";
import { bootScriptUrl } from "#lib/boot/urls";
import type { BootSeed } from "#lib/domain/boot/seed";
import { newId } from "#lib/domain/id";
import type { BootTarget } from "#lib/ports/controller";
import type { NodeContext } from "#lib/worker/context";
import type { Step, StepOutcome } from "#lib/worker/workflow";

/** Makes the one-time tokens of this boot and says what the node is to get for them. */
export const openWindow: Step<NodeContext> = {
  name: "open_boot_window",
  run: async (context) => {
    const open = await findBootWindow(context.db, context.operation.id);
    if (open && !open.closedAt) return { kind: "done" };
    const sanitizing = context.operation.kind === "node.sanitize";
    const prepared = sanitizing ? await prepareSanitize(context) : await prepareDeploy(context);
    if (prepared.kind !== "prepared") return prepared;
    const { image, seed } = prepared;
    const id = newId("bootWindow");
    const limitMs = sanitizing
      ? context.settings.bootLimitMs + context.settings.sanitizeLimitMs
      : // Three steps wait inside the window, each for as long as the limit.
        context.settings.bootLimitMs * 3;
    const window: NewBootWindow = {
      id,
      nodeId: context.nodeId,
      operationId: context.operation.id,
      allocationId: context.operation.allocationId,
      tenantId: context.operation.tenantId,
      environmentId: context.operation.environmentId,
      purpose: sanitizing ? "sanitize" : "deploy",
      mac: (await context.node()).bootMac,
      bootOrigin: (await findBootOrigin(context.db, context.nodeId)) ?? context.settings.bootOrigin,
      ...bootTokenHashes(context.settings.bootSecret, id),
      kernelFile: image.kernelFile,
      kernelSha256: image.kernelSha256,
      initrdFile: image.initrdFile,
      initrdSha256: image.initrdSha256,
      kernelArgs: image.kernelArgs,
      seed,
      expiresAt: new Date(Date.now() + limitMs),
    };
    return {
      kind: "done",
      detail: `One-time boot tokens for ${image.name} ${image.version}`,
      commit: (tx) => openBootWindow(tx, window),
    };
  },
  undo: async (context) => {
    await closeBootWindows(context.db, context.nodeId);
    return { kind: "done" };
  },
};

type Prepared = { kind: "prepared"; image: ImageRow; seed: BootSeed | null };

async function prepareDeploy(context: NodeContext): Promise<Prepared | StepOutcome> {
  const { operation } = context;
  if (!operation.allocationId) throw new Error(`operation ${operation.id} has no allocation`);
  const found = await findAllocationForBoot(context.db, operation.allocationId);
  if (!found) throw new Error(`allocation ${operation.allocationId} is gone`);
  const image = await findImage(context.db, found.environment.imageId);
  if (image?.state !== "approved") {
    return { kind: "give_up", reason: "The image is not approved any more. Choose another one." };
  }
  // A new instance id makes cloud-init take this for a first boot. A start keeps the earlier one.
  const firstBoot = operation.kind === "node.deploy" || operation.kind === "node.reinstall";
  const instanceId = firstBoot ? operation.id : found.allocation.id;
  return {
    kind: "prepared",
    image,
    seed: {
      instanceId,
      hostname: found.allocation.hostname,
      defaultUser: image.defaultUser,
      authorizedKeys: found.environment.authorizedKeys.map((key) => key.publicKey),
      extra: found.bootConfig,
    },
  };
}

async function prepareSanitize(context: NodeContext): Promise<Prepared | StepOutcome> {
  const image = await findSanitizeImage(context.db);
  if (!image) {
    return {
      kind: "wait",
      reason: "no approved image with the purpose sanitize; register one under Images",
      retryAfterMs: 10_000,
    };
  }
  return { kind: "prepared", image, seed: null };
}

/** Tells the controller where the next boot comes from, the best way it offers. */
export const bootOverride: Step<NodeContext> = {
  name: "boot_override",
  run: async (context) => {
    const window = await requireWindow(context);
    const controller = await context.controller("boot_override");
    const way = await controller.networkBoot();
    if (way === "none") {
      return {
        kind: "give_up",
        reason: "The controller offers no network boot, neither by HTTP nor by PXE.",
      };
    }
    if (way === "pxe" && window.mac === null) {
      return {
        kind: "give_up",
        reason:
          "It boots by PXE, where a node is known by the MAC address of its network port, and that address is not known: its controller does not tell it.",
      };
    }
    const target: BootTarget =
      way === "http"
        ? { kind: "http", url: bootScriptUrl(context.settings.bootSecret, window) }
        : { kind: "pxe" };
    await context.hold.confirm();
    await controller.bootNext(target);
    return {
      kind: "done",
      detail: way === "http" ? "Next boot over HTTP from our address" : "Next boot by PXE",
    };
  },
  undo: async (context) => {
    const controller = await context.controller("boot_override");
    await context.hold.confirm();
    await controller.bootNext({ kind: "disk" });
    return { kind: "done" };
  },
};

export const bootScript: Step<NodeContext> = {
  name: "boot_script",
  run: async (context) => {
    const window = await requireWindow(context);
    if (window.scriptFetchedAt) return { kind: "done", detail: "It fetched its boot script" };
    return look(context, "the node has not asked for its boot script yet");
  },
};

export const userData: Step<NodeContext> = {
  name: "user_data",
  run: async (context) => {
    const window = await requireWindow(context);
    if (window.userDataFetchedAt) return { kind: "done", detail: "It fetched its user-data" };
    return look(
      context,
      window.kernelFetchedAt
        ? "the kernel was fetched; the operating system has not asked for its user-data yet"
        : "the boot script was fetched; the kernel was not yet",
    );
  },
};

export const phoneHome: Step<NodeContext> = {
  name: "phone_home",
  run: async (context) => {
    const window = await requireWindow(context);
    if (window.phonedHomeAt) return { kind: "done", detail: "Its first boot is done" };
    if (window.progress) return { ...look(context, window.progress), isLogged: true };
    return look(context, "the operating system has not reported back yet");
  },
};

/** The node is the tenant's: lifecycle, address and void tokens in one commit. */
export const handOver: Step<NodeContext> = {
  name: "hand_over",
  run: async (context) => {
    const window = await requireWindow(context);
    const node = await context.node();
    const address = node.addressEntered ? node.address : (window.peerAddress ?? node.address);
    return {
      kind: "done",
      detail: address ? `It answers at ${address}` : "Its address is not known",
      commit: async (tx) => {
        await closeBootWindows(tx, context.nodeId);
        await noteNode(tx, context.nodeId, { address });
        await moveNode(tx, context.nodeId, ["deploying"], "active");
      },
    };
  },
};

/** Every key and token that the node was given is void. */
export const closeAccess: Step<NodeContext> = {
  name: "close_access",
  run: async (context) => ({
    kind: "done",
    detail: "Boot tokens are void",
    commit: async (tx) => {
      await closeBootWindows(tx, context.nodeId);
      if (context.operation.allocationId) await endAllocation(tx, context.operation.allocationId);
    },
  }),
};

export async function requireWindow(context: NodeContext): Promise<BootWindowRow> {
  const window = await findBootWindow(context.db, context.operation.id);
  if (!window) throw new Error(`operation ${context.operation.id} has no boot window`);
  return window;
}

/** The boot server wakes the operation when the node comes; this is for what nobody tells. */
function look(context: NodeContext, reason: string): Extract<StepOutcome, { kind: "wait" }> {
  const { bootLimitMs } = context.settings;
  return { kind: "wait", reason, retryAfterMs: Math.min(15_000, bootLimitMs / 10) };
}
