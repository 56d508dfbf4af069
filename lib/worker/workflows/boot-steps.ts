import { endAllocation, findAllocationForBoot, notePutKeys } from "#db/queries/allocations";
import {
  type BootWindowRow,
  closeBootWindows,
  findBootWindow,
  type NewBootWindow,
  openBootWindow,
} from "#db/queries/boot-windows";
import { findRehearsed, listOpenCalls } from "#db/queries/dry-runs";
import { findImage, findJobImage, type ImageRow } from "#db/queries/images";
import { findBootOrigin, moveNode, noteNode } from "#db/queries/nodes";
import { bootTokenHashes } from "#lib/boot/tokens";
import { bootMediumUrl, bootProgramUrl } from "#lib/boot/urls";
import type { BootPurpose } from "#lib/domain/boot/boot-purpose";
import { type NetworkBoot, networkBootObstacle } from "#lib/domain/boot/network-boot";
import type { BootSeed } from "#lib/domain/boot/seed";
import type { AuthorizedKey, PutKeys } from "#lib/domain/environment/authorized-key";
import { newId } from "#lib/domain/id";
import type { StepName } from "#lib/domain/operation/workflow";
import type { BootTarget } from "#lib/ports/controller";
import type { NodeContext } from "#lib/worker/context";
import type { Step, StepOutcome } from "#lib/worker/workflow";
import { askedFirst } from "#lib/worker/workflows/rehearse-step";
import { sealedSecrets, seedValues } from "#lib/worker/workflows/seed-values";

/** Makes the one-time tokens of this boot and says what the node is to get for them. */
export const openWindow: Step<NodeContext> = {
  name: "open_boot_window",
  run: async (context) => {
    const open = await findBootWindow(context.db, context.operation.id);
    if (open && !open.closedAt) return { kind: "done" };
    const sanitizing = context.operation.kind === "node.sanitize";
    const prepared = await prepare(context);
    if (prepared.kind !== "prepared") return prepared;
    const limitMs = sanitizing
      ? context.settings.bootLimitMs + context.settings.sanitizeLimitMs
      : // Up to four steps wait inside the window, each for as long as the limit.
        context.settings.bootLimitMs * (prepared.purpose === "install" ? 5 : 3);
    const window = await makeWindow(context, prepared, limitMs);
    return {
      kind: "done",
      detail: describeWindow(prepared),
      commit: (tx) => openBootWindow(tx, window),
    };
  },
  undo: async (context) => {
    await closeBootWindows(context.db, context.nodeId);
    return { kind: "done" };
  },
};

/** A window with new tokens, as its row will be; it opens when the row is written. */
export async function makeWindow(
  context: NodeContext,
  prepared: Prepared,
  limitMs: number,
): Promise<NewBootWindow> {
  const { purpose, image, disk, seed, keys } = prepared;
  const id = newId("bootWindow");
  const { environmentId } = context.operation;
  const hasSecrets = seed !== null || purpose === "start";
  const way = purpose === "start" ? null : await wayOf(context);
  const hashes = bootTokenHashes(context.settings.bootSecret, id);
  return {
    id,
    nodeId: context.nodeId,
    operationId: context.operation.id,
    allocationId: context.operation.allocationId,
    tenantId: context.operation.tenantId,
    environmentId,
    purpose,
    // A window has one only where it is needed: whoever knows it is given the boot's tokens, where the
    // other ways have a secret address. A start from disk is told to go on, and given nothing.
    mac: way === null || way === "pxe" ? (await context.node()).bootMac : null,
    way,
    bootOrigin: (await findBootOrigin(context.db, context.nodeId)) ?? context.settings.bootOrigin,
    ...hashes,
    // What was installed is handed a token for its later starts; what runs in memory has none.
    startTokenHash: purpose === "install" ? hashes.startTokenHash : null,
    kernelFile: image?.kernelFile ?? null,
    kernelSha256: image?.kernelSha256 ?? null,
    initrdFile: image?.initrdFile ?? null,
    initrdSha256: image?.initrdSha256 ?? null,
    diskFile: disk?.diskFile ?? null,
    diskSha256: disk?.diskSha256 ?? null,
    diskBytes: disk?.diskBytes ?? null,
    kernelArgs: image?.kernelArgs ?? "",
    seed,
    authorizedKeys: keys,
    // A node that starts from its disk has them there: scripts of hooks that it runs may show them.
    sealedInputs: hasSecrets ? await sealedSecrets(context, id, purpose) : null,
    expiresAt: new Date(Date.now() + limitMs),
  };
}

async function wayOf(context: NodeContext): Promise<NetworkBoot> {
  return (await context.controller("open_boot_window")).networkBoot();
}

export type Prepared = {
  kind: "prepared";
  purpose: BootPurpose;
  /** What is booted over the network; null for a start from disk. */
  image: ImageRow | null;
  /** What is installed, if anything is. */
  disk: ImageRow | null;
  seed: BootSeed | null;
  /** What the node is to accept from this boot on; null for a job in memory. */
  keys: AuthorizedKey[] | null;
};

function describeWindow({ image, disk }: Prepared): string {
  const named = (row: ImageRow) => `${row.name} ${row.version}`;
  if (!image) return "The node boots from its disk, and says so with the token it has";
  if (!disk) return `One-time boot tokens for ${named(image)}`;
  return `One-time boot tokens for ${named(image)}, which installs ${named(disk)}`;
}

function prepare(context: NodeContext): Promise<Prepared | StepOutcome> {
  switch (context.operation.kind) {
    case "node.sanitize":
      return prepareSanitize(context);
    case "node.rehearse":
      return prepareRehearsal(context);
    default:
      return prepareDeploy(context);
  }
}

async function prepareDeploy(context: NodeContext): Promise<Prepared | StepOutcome> {
  const { operation } = context;
  if (!operation.allocationId) throw new Error(`operation ${operation.id} has no allocation`);
  const found = await findAllocationForBoot(context.db, operation.allocationId);
  if (!found) throw new Error(`allocation ${operation.allocationId} is gone`);
  const image = await findImage(context.db, found.environment.imageId);
  const keys = found.environment.authorizedKeys;
  const firstBoot = operation.kind === "node.deploy" || operation.kind === "node.reinstall";
  // What is on a disk is the tenant's: it is started again whatever became of its image.
  if (image?.diskFile && !firstBoot) {
    return { kind: "prepared", purpose: "start", image: null, disk: null, seed: null, keys };
  }
  // A new instance id makes cloud-init take this for a first boot. A start keeps the earlier one.
  const instanceId = firstBoot ? operation.id : found.allocation.id;
  return prepareImage(context, image, keys, {
    instanceId,
    hostname: found.allocation.hostname,
    extra: found.bootConfig,
  });
}

/** Boots what a launch would boot, with what the providers before its scripts have given; nobody has a key to it. */
async function prepareRehearsal(context: NodeContext): Promise<Prepared | StepOutcome> {
  const { db, operation } = context;
  const { rehearsal } = operation.input ?? {};
  if (!rehearsal) throw new Error(`operation ${operation.id} says not what it rehearses`);
  const [next] = await listOpenCalls(db, operation.id);
  if (next && !next.isScript) return { ...look(context, askedFirst(next)), isHeld: true };
  const { version } = await findRehearsed(db, operation.id);
  return prepareImage(context, await findImage(db, rehearsal.imageId), [], {
    instanceId: operation.id,
    hostname: rehearsal.hostname,
    extra: version.bootConfig,
  });
}

/** The first boot of an image, by an installer where it goes to a disk. */
async function prepareImage(
  context: NodeContext,
  image: ImageRow | undefined,
  keys: AuthorizedKey[],
  seed: Pick<BootSeed, "instanceId" | "hostname" | "extra">,
): Promise<Prepared | StepOutcome> {
  if (image?.state !== "approved") {
    return { kind: "give_up", reason: "The image is not approved any more. Choose another one." };
  }
  const installer = image.diskFile ? await findJobImage(context.db, "install") : null;
  if (installer === undefined) return noJobImage("install");
  return {
    kind: "prepared",
    purpose: installer ? "install" : "deploy",
    image: installer ?? image,
    disk: installer ? image : null,
    seed: {
      ...seed,
      defaultUser: image.defaultUser,
      authorizedKeys: keys.map((key) => key.publicKey),
      ...(await seedValues(context)),
    },
    keys,
  };
}

async function prepareSanitize(context: NodeContext): Promise<Prepared | StepOutcome> {
  const image = await findJobImage(context.db, "sanitize");
  if (!image) return noJobImage("sanitize");
  return { kind: "prepared", purpose: "sanitize", image, disk: null, seed: null, keys: null };
}

/** What is waited for when no image does a job. */
export function noJobImage(purpose: string): StepOutcome {
  return {
    kind: "wait",
    reason: `no approved image with the purpose ${purpose}; register one under Images`,
    retryAfterMs: 10_000,
  };
}

/** Tells the controller where the next boot comes from, the best way it offers. */
export const bootOverride: Step<NodeContext> = {
  name: "boot_override",
  run: async (context) => {
    const window = await requireWindow(context);
    if (window.purpose === "start") {
      const controller = await context.controller("boot_override");
      await context.hold.confirm();
      await controller.bootNext({ kind: "disk" });
      return { kind: "done", detail: "Next boot from disk" };
    }
    return orderNetworkBoot(context, window, "boot_override");
  },
  undo: async (context) => {
    const window = await findBootWindow(context.db, context.operation.id);
    await bootFromDisk(context, window, "boot_override");
    return { kind: "done" };
  },
};

/** Tells the controller that the next boot is a window's, in the way that it had when that was opened. */
export async function orderNetworkBoot(
  context: NodeContext,
  window: BootWindowRow,
  step: StepName,
): Promise<Exclude<StepOutcome, { kind: "wait" }>> {
  const controller = await context.controller(step);
  const way = window.way ?? (await controller.networkBoot());
  const { inventory } = await context.node();
  const obstacle = networkBootObstacle(way, { mac: window.mac, inventory });
  if (obstacle) return { kind: "give_up", reason: obstacle };
  const { target, detail } = targetOf(way, context.settings.bootSecret, window);
  await context.hold.confirm();
  await controller.bootNext(target);
  return { kind: "done", detail };
}

function targetOf(
  way: NetworkBoot,
  secret: string,
  window: BootWindowRow,
): { target: BootTarget; detail: string } {
  switch (way) {
    case "http":
      return {
        target: { kind: "http", url: bootProgramUrl(secret, window) },
        detail: "Next boot over HTTP from our address",
      };
    case "cd":
      return {
        target: { kind: "cd", url: bootMediumUrl(secret, window) },
        detail: "Next boot from a CD that its controller fetches from our address",
      };
    default:
      return { target: { kind: "pxe" }, detail: "Next boot by PXE" };
  }
}

/** The next boot is the disk's again, and nothing of ours is in the controller's drives. */
export async function bootFromDisk(
  context: NodeContext,
  window: BootWindowRow | undefined,
  step: StepName,
): Promise<void> {
  await takeOutMedium(context, window, step);
  const controller = await context.controller(step);
  await context.hold.confirm();
  await controller.bootNext({ kind: "disk" });
}

async function takeOutMedium(
  context: NodeContext,
  window: BootWindowRow | undefined,
  step: StepName,
): Promise<void> {
  if (window?.way !== "cd") return;
  const controller = await context.controller(step);
  await context.hold.confirm();
  await controller.ejectMedia();
}

/**
 * Waits until a node has begun to boot from us. What is on a medium is in its memory then: the medium is
 * taken out, and no later start comes from it.
 */
export async function awaitBegin(
  context: NodeContext,
  window: BootWindowRow,
  step: StepName,
): Promise<Exclude<StepOutcome, { kind: "give_up" }>> {
  const isByMedium = window.way === "cd";
  if (!window.scriptFetchedAt) {
    return look(
      context,
      isByMedium
        ? "the node has not asked for anything from the medium yet"
        : "the node has not asked for its boot script yet",
    );
  }
  await takeOutMedium(context, window, step);
  return {
    kind: "done",
    detail: isByMedium
      ? "It started from the medium, which was taken out"
      : "It fetched its boot script",
  };
}

export const bootScript: Step<NodeContext> = {
  name: "boot_script",
  run: async (context) => {
    const window = await requireWindow(context);
    if (window.purpose === "start") return { kind: "done", detail: bootsFromDisk };
    return awaitBegin(context, window, "boot_script");
  },
};

export const userData: Step<NodeContext> = {
  name: "user_data",
  run: async (context) => {
    const window = await requireWindow(context);
    if (window.purpose === "start") return { kind: "done", detail: bootsFromDisk };
    if (window.userDataFetchedAt) return { kind: "done", detail: "It fetched its user-data" };
    if (window.purpose === "install") {
      return look(context, "it boots from its disk and has not asked for its user-data yet");
    }
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
    if (window.phonedHomeAt) {
      const which = window.purpose === "start" ? "Its boot" : "Its first boot";
      return { kind: "done", detail: `${which} is done` };
    }
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
        const put = putBy(window);
        const { allocationId } = context.operation;
        if (put && allocationId) await notePutKeys(tx, allocationId, put);
        await moveNode(tx, context.nodeId, ["deploying"], "active");
      },
    };
  },
};

/**
 * The keys that a boot put on its node: those of the user-data it fetched, or those that a system on
 * its disk said it took. Undefined when it has the ones it had.
 */
function putBy(window: BootWindowRow): PutKeys | undefined {
  const { authorizedKeys: keys, purpose, keysPutAt } = window;
  // Each such system takes them at its starts: one in memory fetches all it has, one on a disk asks.
  return keys && (purpose !== "start" || keysPutAt) ? { keys, atStart: true } : undefined;
}

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

const bootsFromDisk = "Nothing to fetch: it boots from its disk";

/** The boot server wakes the operation when the node comes; this is for what nobody tells. */
export function look(context: NodeContext, reason: string): Extract<StepOutcome, { kind: "wait" }> {
  const { bootLimitMs } = context.settings;
  return { kind: "wait", reason, retryAfterMs: Math.min(15_000, bootLimitMs / 10) };
}
