import { and, asc, desc, eq, isNull } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { findJobLog } from "#db/queries/boot-windows";
import { countExchanges, listExchanges } from "#db/queries/exchanges";
import { findLentTo, type LentTo } from "#db/queries/lendable";
import { findFindings } from "#db/queries/node-findings";
import { findRotationLine } from "#db/queries/password-rotations";
import { listSanitizationsOfNode } from "#db/queries/sanitizations";
import { listMeasures } from "#db/queries/wipe-measures";
import { allocations, environments } from "#db/schema/environments";
import { nodePartitions, nodePorts, siteFabricManagers, siteNetworks } from "#db/schema/networks";
import { controllerCredentials, nodes, nodeTypes } from "#db/schema/nodes";
import { operationLogs, operations } from "#db/schema/operations";
import { racks, sites } from "#db/schema/sites";
import { projects, tenants } from "#db/schema/tenants";
import { together } from "#db/together";
import type { Grant } from "#lib/access/authorize";
import { certificateDates } from "#lib/access/certificate-dates";
import { withGrant } from "#lib/access/with-grant";
import type { BootPurpose } from "#lib/domain/boot/boot-purpose";
import { type WipedDevice, wipedDevice } from "#lib/domain/boot/wiped-device";
import type { Id } from "#lib/domain/id";
import { driverWords } from "#lib/domain/network/driver";
import { type BaselineRow, judgeBaseline } from "#lib/domain/node/baseline";
import type { ControllerProtocol } from "#lib/domain/node/controller-protocol";
import type { Inventory, InventoryAccount } from "#lib/domain/node/inventory";
import {
  fingerprintToConfirm,
  type NodeLifecycle,
  reasonsAgainstAllocation,
} from "#lib/domain/node/lifecycle";
import type { Difference, NodeTypeSpec } from "#lib/domain/node/node-type";
import { type NodeOrder, whyNotOrder, whyNotSetAside } from "#lib/domain/node/order";
import { type AcceptedDifference, openDifferences } from "#lib/domain/node/variant";
import type { WipeMeasure } from "#lib/domain/node/wipe-measure";
import { hasEnded } from "#lib/domain/operation/operation";
import type { OperationLine } from "#lib/schemas/operation-view";
import { stepLabel } from "#lib/views/fleet-board";
import { holdsByNode, type NodeHold } from "#lib/views/fleet-holds";
import { operationLines } from "#lib/views/step-timeline";

export type NodeDetail = {
  id: Id<"node">;
  name: string;
  site: string;
  rack: string;
  unit: number | null;
  lifecycle: NodeLifecycle;
  since: string;
  reason: string | null;
  /** Why it would not be given to a tenant now; empty when it would. */
  notAllocatable: string[];
  power: { observed: string; at: string | null };
  health: { state: string; reasons: string[] };
  maintenance: boolean;
  cordoned: boolean;
  flagReason: string | null;
  address: string | null;
  bootMac: string | null;
  serial: string | null;
  sanitizedAt: string | null;
  telemetryError: { message: string; since: string | null } | null;
  controller: {
    protocol: ControllerProtocol;
    address: string;
    state: string;
    stateAt: string | null;
    vendor: string | null;
    product: string | null;
    fingerprint: string | null;
    /** Shown by the controller, and not confirmed yet or not the one that was. */
    presented: string | null;
    credential: "untried" | "good" | "rejected";
    credentialChangedAt: string | null;
    /** When Ingot last gave it a new password, and why it takes neither of two, if so. */
    passwordChangedAt: string | null;
    unresolved: string | null;
  };
  nodeType: { id: Id<"nodeType">; name: string; spec: NodeTypeSpec };
  inventory: Inventory | null;
  inventoryAt: string | null;
  /** Where it is not what its type says, and nobody has accepted it. */
  differences: Difference[];
  accepted: AcceptedDifference[];
  /** The node type's rules on firmware and security, judged by what is known now. */
  baseline: BaselineRow[];
  /** Of the controller; null while they are not known. */
  accounts: InventoryAccount[] | null;
  /** When accounts and firmware were last recorded as those of a node in order. */
  recordedAt: string | null;
  network: {
    driver: string | null;
    port: string | null;
    wantedVlan: number | null;
    isChanging: boolean;
    seenVlans: number[] | null;
    seenAt: string | null;
    drift: string | null;
    driftSince: string | null;
  };
  /** The InfiniBand partition of its ports; null where Ingot never set one. */
  partition: {
    manager: string | null;
    pkey: number | null;
    guids: string[];
    isChanging: boolean;
    seenAt: string | null;
    drift: string | null;
    driftSince: string | null;
  } | null;
  holder: { tenant: string; project: string; environment: string; since: string } | null;
  /** For whose launch it is on hold, while nobody holds it; null when for nobody. */
  hold: NodeHold | null;
  /** The dry run that it is lent to; null when to none. */
  lent: LentTo | null;
  operations: OperationLine[];
  /** The latest wipes, newest first. */
  wipes: {
    at: string;
    accepted: boolean;
    verdict: string;
    tool: string;
    devices: WipedDevice[];
    measures: WipeMeasure[];
  }[];
  /** What may not be done now, by act, with the reason. */
  whyNot: Record<NodeOrder | "quarantined" | "retired", string | undefined>;
};

const mostWipes = 5;

/** Everything an operator may know of one node; null when there is none. */
export function nodeDetail(
  db: Database,
  grant: Grant<"fleet.read">,
  id: Id<"node">,
): Promise<NodeDetail | null> {
  return withGrant(db, grant, async (tx) => {
    const [row] = await tx
      .select({
        node: nodes,
        rack: racks.name,
        site: sites.name,
        driver: {
          driver: siteNetworks.driver,
          address: siteNetworks.address,
          bridge: siteNetworks.bridge,
          namespace: siteNetworks.namespace,
        },
        port: nodePorts,
        partition: nodePartitions,
        manager: siteFabricManagers.address,
        type: { id: nodeTypes.id, name: nodeTypes.name, spec: nodeTypes.spec },
        credential: {
          state: controllerCredentials.state,
          changedAt: controllerCredentials.changedAt,
        },
      })
      .from(nodes)
      .innerJoin(racks, eq(racks.id, nodes.rackId))
      .innerJoin(sites, eq(sites.id, racks.siteId))
      .innerJoin(nodeTypes, eq(nodeTypes.id, nodes.nodeTypeId))
      .leftJoin(siteNetworks, eq(siteNetworks.siteId, sites.id))
      .leftJoin(nodePorts, eq(nodePorts.nodeId, nodes.id))
      .leftJoin(nodePartitions, eq(nodePartitions.nodeId, nodes.id))
      .leftJoin(siteFabricManagers, eq(siteFabricManagers.siteId, sites.id))
      .leftJoin(controllerCredentials, eq(controllerCredentials.nodeId, nodes.id))
      .where(eq(nodes.id, id));
    if (!row) return null;
    const { node } = row;
    const [recent, holder, findings, rotation, holds, wipes, lent] = await together(
      () =>
        tx
          .select()
          .from(operations)
          .where(eq(operations.nodeId, id))
          .orderBy(desc(operations.createdAt))
          .limit(20),
      () => holderOf(tx, id),
      () => findFindings(tx, id),
      () => findRotationLine(tx, id),
      () => holdsByNode(tx, id),
      () => listSanitizationsOfNode(tx, id, mostWipes),
      () => findLentTo(tx, id),
    );
    const isBusy = recent.some((operation) => !hasEnded(operation.state));
    const accounts = findings?.accounts ?? null;
    const isHeld = holder !== null;
    const hold = holds.get(id) ?? null;
    const [measures, lines] = await together(
      () =>
        listMeasures(
          tx,
          wipes.map(({ operationId }) => operationId),
        ),
      () => operationLines(tx, recent),
    );
    const text = (at: Date | null) => at?.toISOString() ?? null;
    return {
      id: node.id,
      name: node.name,
      site: row.site,
      rack: row.rack,
      unit: node.unit,
      lifecycle: node.lifecycle,
      since: node.lifecycleSince.toISOString(),
      reason: node.lifecycleReason,
      notAllocatable: [
        ...reasonsAgainstAllocation(node),
        ...(hold ? [`it is on hold for ${hold.project} of ${hold.tenant}`] : []),
      ],
      power: { observed: node.powerObserved, at: text(node.powerObservedAt) },
      health: { state: node.health, reasons: node.healthReasons },
      maintenance: node.maintenance,
      cordoned: node.cordoned,
      flagReason: node.flagReason,
      address: node.address,
      bootMac: node.bootMac,
      serial: node.serial,
      sanitizedAt: text(node.sanitizedAt),
      telemetryError: node.telemetryError
        ? { message: node.telemetryError, since: text(node.telemetryErrorSince) }
        : null,
      controller: {
        protocol: node.controllerProtocol,
        address: node.controllerAddress,
        state: node.controllerState,
        stateAt: text(node.controllerStateAt),
        vendor: node.controllerVendor,
        product: node.controllerProduct,
        fingerprint: node.controllerCertificate ? node.controllerFingerprint : null,
        presented: fingerprintToConfirm(node),
        credential: row.credential?.state ?? "untried",
        credentialChangedAt: text(row.credential?.changedAt ?? null),
        passwordChangedAt: text(rotation.changedAt),
        unresolved: rotation.unresolved,
      },
      nodeType: row.type,
      inventory: node.inventory,
      inventoryAt: text(node.inventoryAt),
      differences: openDifferences(node.differences, node.acceptedDifferences),
      accepted: node.acceptedDifferences,
      baseline: node.inventory
        ? judgeBaseline(row.type.spec.baseline, {
            inventory: node.inventory,
            accounts,
            certificate: certificateDates(node.controllerCertificate),
            nowMs: Date.now(),
          })
        : [],
      accounts,
      recordedAt: findings?.record?.at ?? null,
      network: {
        driver: row.driver && driverWords(row.driver),
        port: row.port?.port ?? null,
        wantedVlan: row.port?.wantedVlan ?? null,
        isChanging: row.port?.isChanging ?? false,
        seenVlans: row.port?.seenVlans ?? null,
        seenAt: text(row.port?.seenAt ?? null),
        drift: row.port?.drift ?? null,
        driftSince: text(row.port?.driftSince ?? null),
      },
      partition: row.partition && {
        manager: row.manager,
        pkey: row.partition.pkey,
        guids: row.partition.guids,
        isChanging: row.partition.isChanging,
        seenAt: text(row.partition.seenAt),
        drift: row.partition.drift,
        driftSince: text(row.partition.driftSince),
      },
      holder,
      hold,
      lent,
      operations: lines,
      wipes: wipes.map((wipe) => ({
        at: wipe.judgedAt.toISOString(),
        accepted: wipe.accepted,
        verdict: wipe.verdict,
        tool: wipe.tool,
        devices: wipe.devices.map(wipedDevice),
        measures: measures.get(wipe.operationId) ?? [],
      })),
      whyNot: {
        verify: whyNotOrder("verify", node, { isBusy, isHeld }),
        sanitize: whyNotOrder("sanitize", node, { isBusy, isHeld }),
        rotate: whyNotOrder("rotate", node, { isBusy, isHeld }),
        inspect: whyNotOrder("inspect", node, { isBusy, isHeld }),
        quarantined: whyNotSetAside("quarantined", node.lifecycle, isHeld),
        retired: whyNotSetAside("retired", node.lifecycle, isHeld),
      },
    };
  });
}

async function holderOf(tx: Transaction, id: Id<"node">): Promise<NodeDetail["holder"]> {
  const [held] = await tx
    .select({
      tenant: tenants.name,
      project: projects.name,
      environment: environments.name,
      since: allocations.startedAt,
    })
    .from(allocations)
    .innerJoin(environments, eq(environments.id, allocations.environmentId))
    .innerJoin(projects, eq(projects.id, allocations.projectId))
    .innerJoin(tenants, eq(tenants.id, allocations.tenantId))
    .where(and(eq(allocations.nodeId, id), isNull(allocations.releasedAt)));
  return held ? { ...held, since: held.since.toISOString() } : null;
}

export type ExchangeLine = {
  id: number;
  at: string;
  step: string | null;
  method: string;
  path: string;
  status: number | null;
  durationMs: number;
  requestBody: string | null;
  responseBody: string | null;
  error: string | null;
};

export type OperationEvidence = {
  /** The steps that asked the controller something, in order, and how often each did. */
  asked: { step: string | null; label: string; times: number; isShown: boolean }[];
  /** The last of the step that is shown. */
  exchanges: ExchangeLine[];
  log: { id: number; at: string; source: string; level: string; message: string }[];
  /** The end of what a job in memory logged on the node; null where none sent its log. */
  jobLog: { purpose: BootPurpose; at: string; text: string } | null;
};

/** Exchanges of one step that a page shows; bodies and all they are long. */
const mostExchanges = 100;

/**
 * What an operation said, and of one of its steps what was asked of the controller and answered: the
 * step of that name, else the one that asked last.
 */
export function operationEvidence(
  db: Database,
  grant: Grant<"fleet.read">,
  {
    nodeId,
    operationId,
    step,
  }: { nodeId: Id<"node">; operationId: Id<"operation">; step: unknown },
): Promise<OperationEvidence> {
  return withGrant(db, grant, async (tx) => {
    const of = { nodeId, operationId };
    const asked = await countExchanges(tx, of);
    const shown =
      asked.find((each) => (each.step ?? "") === step) ??
      asked.toSorted((a, b) => b.lastId - a.lastId)[0];
    const last = shown ? await listExchanges(tx, { ...of, step: shown.step }, mostExchanges) : [];
    const said = await tx
      .select()
      .from(operationLogs)
      .where(eq(operationLogs.operationId, operationId))
      .orderBy(asc(operationLogs.id))
      .limit(500);
    const job = await findJobLog(tx, nodeId, operationId);
    return {
      jobLog: job ? { ...job, at: job.at.toISOString() } : null,
      asked: asked.map((each) => ({
        step: each.step,
        label: each.step === null ? "Between steps" : stepLabel(each.step),
        times: each.asked,
        isShown: each === shown,
      })),
      exchanges: last.map(({ nodeId: _node, operationId: _operation, at, ...row }) => ({
        ...row,
        at: at.toISOString(),
      })),
      log: said.map((line) => ({
        id: line.id,
        at: line.at.toISOString(),
        source: line.source,
        level: line.level,
        message: line.message,
      })),
    };
  });
}
