import type { Database } from "#db/client";
import { findNode, type NodeRow, noteNode } from "#db/queries/nodes";
import { logLine, type OperationRow } from "#db/queries/operations";
import type { Log } from "#lib/config/log";
import type { Id } from "#lib/domain/id";
import type { Controller, PowerState, ReadCertificate } from "#lib/ports/controller";
import type { Controllers } from "#lib/worker/controllers";
import type { Hold } from "#lib/worker/engine";
import type { Fabrics } from "#lib/worker/fabrics";
import type { Networks } from "#lib/worker/networks";
import type { Settled } from "#lib/worker/settle-rotation";

/** What the steps need of the worker's settings. */
export type StepSettings = {
  bootOrigin: string;
  bootSecret: string;
  /** Opens what the portal sealed; read at each use, since keys are rotated under a worker that runs. */
  readonly credentialPrivateKey: string;
  bootLimitMs: number;
  sanitizeLimitMs: number;
  inspectLimitMs: number;
  /** The pace at which a step looks again at what it waits for. */
  pollMs: number;
};

/** What every step works with. */
export type NodeContext = {
  db: Database;
  operation: OperationRow;
  nodeId: Id<"node">;
  settings: StepSettings;
  hold: Hold;
  log: Log;
  readCertificate: ReadCertificate;
  /** The node as it is now. */
  node: () => Promise<NodeRow>;
  /** Its controller; exchanges are kept as evidence of this step. */
  controller: (step: string) => Promise<Controller>;
  /** Finds out which password its controller takes after a change was sent; null when none is open. */
  settlePassword: (step: string, first: "new" | "old") => Promise<Settled | null>;
  /** Its sign-in with another password, sealed. */
  withPassword: (password: string) => Promise<string>;
  /** Asks for the power state and keeps it on the node. */
  observePower: (step: string) => Promise<PowerState>;
  /** The network driver of a site; null when it has none. */
  network: Networks["open"];
  /** The driver of a site's fabric manager; null when it has none. */
  fabric: Fabrics["open"];
  /** Adds a line to the operation's log. */
  say: (message: string, level?: "info" | "warning" | "error") => Promise<void>;
};

export function nodeContext(
  shared: {
    db: Database;
    controllers: Controllers;
    networks: Networks;
    fabrics: Fabrics;
    readCertificate: ReadCertificate;
    settings: StepSettings;
    log: Log;
  },
  operation: OperationRow,
  hold: Hold,
): NodeContext {
  const { db } = shared;
  const { nodeId } = operation;
  if (!nodeId) throw new Error(`operation ${operation.id} is on no node`);

  const controller = (step: string) =>
    shared.controllers.open(nodeId, { operationId: operation.id, step });

  return {
    db,
    operation,
    nodeId,
    settings: shared.settings,
    hold,
    log: shared.log,
    readCertificate: shared.readCertificate,
    controller,
    settlePassword: (step, first) =>
      shared.controllers.settle(nodeId, { operationId: operation.id, step }, first),
    withPassword: (password) => shared.controllers.withPassword(nodeId, password),
    network: shared.networks.open,
    fabric: shared.fabrics.open,
    node: async () => {
      const node = await findNode(db, nodeId);
      if (!node) throw new Error(`node ${nodeId} is gone`);
      return node;
    },
    observePower: async (step) => {
      const state = await (await controller(step)).powerState();
      await noteNode(db, nodeId, { powerObserved: state, powerObservedAt: new Date() });
      return state;
    },
    say: (message, level = "info") => logLine(db, operation, { message, level }),
  };
}
