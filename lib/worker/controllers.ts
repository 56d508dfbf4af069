import type { Database } from "#db/client";
import {
  findCredential,
  findNode,
  markCredential,
  type NodeRow,
  noteNode,
} from "#db/queries/nodes";
import { exchanges } from "#db/schema/operations";
import { credentialPlace, unseal } from "#lib/access/sealed";
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
} from "#lib/ports/controller";

export type Controllers = {
  /**
   * The controller of a node, with its session shared by all that is done on the node. Throws
   * `ControllerError` when the certificate is not confirmed, or when its credential was refused
   * before: a refused one is never tried twice, since controllers lock accounts.
   */
  open: (nodeId: Id<"node">, evidence: Evidence) => Promise<Controller>;
  /** Gives idle sessions back to their controllers; all of them when `all` is set. */
  closeIdle: (all?: boolean) => Promise<void>;
};

/** Which operation and step the exchanges that follow belong to. */
export type Evidence = { operationId: Id<"operation"> | null; step: string | null };

/** All that opening a controller takes but where it is. */
type How = Omit<Parameters<OpenController>[0], "endpoint">;

type Entry = {
  controller: Controller;
  version: number;
  /** Null for a controller that shows no certificate. */
  fingerprint: string | null;
  evidence: Evidence;
  usedAt: number;
};

/** One shared, evidenced and lock-out guarded controller per node. */
export function createControllers(input: {
  db: Database;
  openController: OpenController;
  openIpmiController: OpenUnpinnedController;
  privateKey: string;
  idleMs: number;
  log: Log;
}): Controllers {
  const { db, log } = input;
  const entries = new Map<string, Entry>();

  async function open(nodeId: Id<"node">, evidence: Evidence): Promise<Controller> {
    const node = await findNode(db, nodeId);
    const credential = await findCredential(db, nodeId);
    if (!node || !credential) throw new Error(`node ${nodeId} has no controller credential`);
    const opens = openerOf(node);
    if (opens === null) {
      throw new ControllerError("certificate_changed", "no certificate is confirmed yet", {
        retryable: false,
      });
    }
    if (credential.state === "rejected") {
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
      earlier.evidence = evidence;
      earlier.usedAt = Date.now();
      return earlier.controller;
    }
    await earlier?.controller.close();
    const entry: Entry = {
      version: credential.version,
      fingerprint: node.controllerFingerprint,
      evidence,
      usedAt: Date.now(),
      controller: guarded(
        opens({
          credential: JSON.parse(
            unseal(input.privateKey, credentialPlace(nodeId), credential.sealed),
          ) as ControllerCredential,
          record: (exchange) => keep(nodeId, entry.evidence, exchange),
        }),
        nodeId,
        credential.version,
      ),
    };
    entries.set(nodeId, entry);
    return entry.controller;
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

  /** Notes on the node what every call shows of its controller. */
  function guarded(controller: Controller, nodeId: Id<"node">, version: number): Controller {
    let noted: ControllerState | undefined;
    const note = async (state: ControllerState) => {
      // Most calls see what the last one saw: only a change, or the first look, is written.
      if (state === noted) return;
      noted = state;
      await noteNode(db, nodeId, { controllerState: state, controllerStateAt: new Date() });
      if (state === "reachable") await markCredential(db, nodeId, version, "good");
      if (state === "auth_failed") await markCredential(db, nodeId, version, "rejected");
    };
    const seen = async <T>(call: () => Promise<T>): Promise<T> => {
      try {
        const value = await call();
        await note("reachable");
        return value;
      } catch (error) {
        if (error instanceof ControllerError) {
          if (error.failure === "auth_failed") {
            await note("auth_failed");
            entries.delete(nodeId);
          } else if (error.failure === "certificate_changed") {
            await note("certificate_changed");
          } else if (error.failure === "unreachable" || error.failure === "timeout") {
            await note("unreachable");
          }
        }
        throw error;
      }
    };
    return {
      identity: () => seen(() => controller.identity()),
      inventory: () => seen(() => controller.inventory()),
      powerState: () => seen(() => controller.powerState()),
      power: (order) => seen(() => controller.power(order)),
      networkBoot: () => seen(() => controller.networkBoot()),
      bootNext: (target) => seen(() => controller.bootNext(target)),
      close: () => controller.close(),
    };
  }

  function keep(nodeId: Id<"node">, evidence: Evidence, exchange: Exchange): void {
    db.insert(exchanges)
      .values({ ...exchange, nodeId, operationId: evidence.operationId, step: evidence.step })
      .catch((error) => log.warn({ error, nodeId }, "exchange not kept"));
  }

  return {
    open,
    closeIdle: async (all = false) => {
      const before = Date.now() - input.idleMs;
      for (const [nodeId, entry] of entries) {
        if (!all && entry.usedAt > before) continue;
        entries.delete(nodeId);
        await entry.controller.close();
      }
    },
  };
}
