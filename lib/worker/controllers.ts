import { AsyncLocalStorage } from "node:async_hooks";
import type { Database } from "#db/client";
import {
  findCredential,
  findNode,
  markCredentialGood,
  type NodeRow,
  noteNode,
  noteRefusal,
} from "#db/queries/nodes";
import { findOpenRotation, isRotationHeld } from "#db/queries/password-rotations";
import { exchanges } from "#db/schema/operations";
import { credentialPlace, newestPublicHalf, seal, unseal } from "#lib/access/sealed";
import type { Log } from "#lib/config/log";
import type { Id } from "#lib/domain/id";
import type { ControllerState } from "#lib/domain/node/lifecycle";
import {
  type Controller,
  type ControllerCredential,
  ControllerError,
  type Exchange,
  type OpenController,
  type OpenUnpinnedController,
  type ReadCertificate,
} from "#lib/ports/controller";
import { type Settled, settleRotation } from "#lib/worker/settle-rotation";
import { traceExchange } from "#lib/worker/spans";

export type Controllers = {
  /**
   * The controller of a node, with its session shared by all that is done on the node. Throws
   * `ControllerError` when the certificate is not confirmed, or when its credential was refused
   * before: a refused one is never tried twice, since controllers lock accounts.
   */
  open: (nodeId: Id<"node">, evidence: Evidence) => Promise<Controller>;
  /**
   * Finds out which password a node's controller takes after its change was sent; null when none is
   * open. Opening a controller does the same first, so that a change is never left half done.
   */
  settle: (nodeId: Id<"node">, evidence: Evidence, first: "new" | "old") => Promise<Settled | null>;
  /** A node's sign-in with another password, sealed as the one in use is. */
  withPassword: (nodeId: Id<"node">, password: string) => Promise<string>;
  /** Gives idle sessions back to their controllers; all of them when `all` is set. */
  closeIdle: (all?: boolean) => Promise<void>;
};

/** Which operation and step the exchanges that follow belong to. */
export type Evidence = {
  operationId: Id<"operation"> | null;
  step: string | null;
  /** Asked again and again: only what failed is worth keeping. */
  isRoutine?: true;
};

/** All that opening a controller takes but where it is. */
type How = Omit<Parameters<OpenController>[0], "endpoint">;

type Entry = {
  controller: Controller;
  address: string;
  version: number;
  /** Null for a controller that shows no certificate. */
  fingerprint: string | null;
  usedAt: number;
  /** Calls under way: a session is not taken from under them. */
  calls: number;
};

const noOperation: Evidence = { operationId: null, step: null };

/** Whose exchanges those of the call under way are; kept along its whole chain of promises. */
const evidenceOfCall = new AsyncLocalStorage<Evidence>();

/** One shared, evidenced and lock-out guarded controller per node. */
export function createControllers(input: {
  db: Database;
  openController: OpenController;
  openIpmiController: OpenUnpinnedController;
  readCertificate: ReadCertificate;
  privateKey: string;
  idleMs: number;
  log: Log;
}): Controllers {
  const { db, log } = input;
  const entries = new Map<string, Entry>();
  /** The last opening of each node. One waits for another, or each would sign in for itself. */
  const openings = new Map<string, Promise<unknown>>();
  /** Credential versions that were refused, known here before the database has it in writing. */
  const refused = new Map<string, number>();

  async function open(nodeId: Id<"node">, evidence: Evidence): Promise<Controller> {
    const entry = await inTurn(nodeId, async () => {
      await settleNow(nodeId, evidence, "new");
      return entryOf(nodeId);
    });
    return withEvidence(nodeId, entry, evidence);
  }

  async function inTurn<T>(nodeId: Id<"node">, act: () => Promise<T>): Promise<T> {
    const before = openings.get(nodeId);
    const opening = (async () => {
      await before?.catch(() => {});
      return act();
    })();
    openings.set(nodeId, opening);
    try {
      return await opening;
    } finally {
      if (openings.get(nodeId) === opening) openings.delete(nodeId);
    }
  }

  async function settleNow(
    nodeId: Id<"node">,
    evidence: Evidence,
    first: "new" | "old",
  ): Promise<Settled | null> {
    const rotation = await findOpenRotation(db, nodeId);
    if (rotation?.state !== "sent") return null;
    if (rotation.operationId !== evidence.operationId && (await isRotationHeld(db, rotation))) {
      throw new ControllerError("busy", "the controller's password is being changed", {
        retryable: true,
      });
    }
    const node = await findNode(db, nodeId);
    const opens = node && openerOf(node);
    if (!opens) throw unconfirmed();
    return settleRotation({
      db,
      rotation,
      first,
      signIn: (sealed) =>
        evidenceOfCall.run(evidence, () => isAccepted(opens(howOf(nodeId, sealed)))),
    });
  }

  function howOf(nodeId: Id<"node">, sealed: string): How {
    const text = unseal(input.privateKey, credentialPlace(nodeId), sealed);
    return {
      credential: JSON.parse(text) as ControllerCredential,
      record: (exchange) => keep(nodeId, exchange),
    };
  }

  async function entryOf(nodeId: Id<"node">): Promise<Entry> {
    const node = await findNode(db, nodeId);
    const credential = await findCredential(db, nodeId);
    if (!node || !credential) throw new Error(`node ${nodeId} has no controller credential`);
    const opens = openerOf(node);
    if (opens === null) throw unconfirmed();
    if (credential.state === "rejected" || refused.get(nodeId) === credential.version) {
      throw new ControllerError(
        "auth_failed",
        "the controller refused this sign-in before; it is not tried again until an operator enters another",
        { retryable: false },
      );
    }
    const earlier = entries.get(nodeId);
    if (
      earlier &&
      earlier.version === credential.version &&
      earlier.fingerprint === node.controllerFingerprint
    ) {
      earlier.usedAt = Date.now();
      return earlier;
    }
    await earlier?.controller.close();
    const entry: Entry = {
      address: node.controllerAddress,
      version: credential.version,
      fingerprint: node.controllerFingerprint,
      usedAt: Date.now(),
      calls: 0,
      controller: opens(howOf(nodeId, credential.sealed)),
    };
    entries.set(nodeId, entry);
    return entry;
  }

  /** What opens a node's controller; null while it may not be spoken to. */
  function openerOf(node: NodeRow): ((how: How) => Controller) | null {
    const { controllerAddress: address, controllerFingerprint, controllerCertificate } = node;
    // The operator chose it, and was told that such a controller does not prove who it is.
    if (node.controllerProtocol === "ipmi") {
      return (how) => input.openIpmiController({ ...how, address });
    }
    if (controllerFingerprint === null || controllerCertificate === null) return null;
    const endpoint = {
      address,
      fingerprint: controllerFingerprint,
      certificatePem: controllerCertificate,
    };
    return (how) => input.openController({ ...how, endpoint });
  }

  /** The shared controller, as one job sees it: its exchanges are that job's evidence. */
  function withEvidence(nodeId: Id<"node">, entry: Entry, evidence: Evidence): Controller {
    const { controller } = entry;
    const call = <T>(act: () => Promise<T>) =>
      evidenceOfCall.run(evidence, () => seen(nodeId, entry, act));
    return {
      identity: () => call(() => controller.identity()),
      glance: () => call(() => controller.glance()),
      inventory: () => call(() => controller.inventory()),
      sensors: () => call(() => controller.sensors()),
      logs: () => call(() => controller.logs()),
      powerState: () => call(() => controller.powerState()),
      power: (order) => call(() => controller.power(order)),
      networkBoot: () => call(() => controller.networkBoot()),
      bootNext: (target) => call(() => controller.bootNext(target)),
      ejectMedia: () => call(() => controller.ejectMedia()),
      signIn: () => call(() => controller.signIn()),
      passwordRules: () => call(() => controller.passwordRules()),
      changePassword: (password) => call(() => controller.changePassword(password)),
      bios: () => call(() => controller.bios()),
      resetBios: () => call(() => controller.resetBios()),
      clearTpm: () => call(() => controller.clearTpm()),
      endOtherSessions: () => call(() => controller.endOtherSessions()),
      close: () => controller.close(),
    };
  }

  /** Makes one call and notes on the node what it shows of its controller. */
  async function seen<T>(nodeId: Id<"node">, entry: Entry, act: () => Promise<T>): Promise<T> {
    entry.calls++;
    try {
      const value = await act();
      await note(nodeId, entry, "reachable");
      return value;
    } catch (error) {
      if (error instanceof ControllerError) {
        if (error.failure === "auth_failed") {
          // The entry refuses by itself until it is written.
          if (await noteRefusal(db, nodeId, entry.version)) refused.set(nodeId, entry.version);
          if (entries.get(nodeId) === entry) entries.delete(nodeId);
          await entry.controller.close();
        } else if (error.failure === "certificate_changed") {
          await note(nodeId, entry, "certificate_changed");
          await keepPresented(nodeId, entry);
        } else if (error.failure === "unreachable" || error.failure === "timeout") {
          await note(nodeId, entry, "unreachable");
        }
      }
      throw error;
    } finally {
      entry.calls--;
      entry.usedAt = Date.now();
    }
  }

  /** Most calls see what the last one saw: only a change, or the first look, is written. */
  const noted = new WeakMap<Entry, ControllerState>();
  async function note(nodeId: Id<"node">, entry: Entry, state: ControllerState): Promise<void> {
    if (noted.get(entry) === state) return;
    noted.set(entry, state);
    await noteNode(db, nodeId, { controllerState: state, controllerStateAt: new Date() });
    if (state === "reachable") await markCredentialGood(db, nodeId, entry.version);
  }

  /** What it shows instead, for an operator to compare and confirm; nothing is sent to it. */
  async function keepPresented(nodeId: Id<"node">, { address }: Entry): Promise<void> {
    try {
      const { fingerprint, certificatePem } = await input.readCertificate(address);
      await noteNode(db, nodeId, {
        presentedFingerprint: fingerprint,
        presentedCertificate: certificatePem,
      });
    } catch (error) {
      // The next one who meets it reads it.
      if (!(error instanceof ControllerError)) throw error;
    }
  }

  function keep(nodeId: Id<"node">, exchange: Exchange): void {
    traceExchange(nodeId, exchange);
    const { operationId, step, isRoutine } = evidenceOfCall.getStore() ?? noOperation;
    if (isRoutine && exchange.error === null) return;
    db.insert(exchanges)
      .values({ ...exchange, nodeId, operationId, step })
      .catch((error) => log.warn({ error, nodeId }, "exchange not kept"));
  }

  return {
    open,
    settle: (nodeId, evidence, first) => inTurn(nodeId, () => settleNow(nodeId, evidence, first)),
    withPassword: async (nodeId, password) => {
      const credential = await findCredential(db, nodeId);
      if (!credential) throw new Error(`node ${nodeId} has no controller credential`);
      const { username } = howOf(nodeId, credential.sealed).credential;
      return seal(
        newestPublicHalf(input.privateKey),
        credentialPlace(nodeId),
        JSON.stringify({ username, password } satisfies ControllerCredential),
      );
    },
    closeIdle: async (all = false) => {
      const before = Date.now() - input.idleMs;
      for (const [nodeId, entry] of entries) {
        if (!all && (entry.calls > 0 || entry.usedAt > before)) continue;
        entries.delete(nodeId);
        await entry.controller.close();
      }
    },
  };
}

function unconfirmed(): ControllerError {
  return new ControllerError("certificate_changed", "no certificate is confirmed yet", {
    retryable: false,
  });
}

/** Signs in with a session of its own; false when the sign-in is refused. */
async function isAccepted(controller: Controller): Promise<boolean> {
  try {
    await controller.signIn();
    return true;
  } catch (error) {
    if (error instanceof ControllerError && error.failure === "auth_failed") return false;
    throw error;
  } finally {
    await controller.close();
  }
}
