import { and, asc, desc, eq, isNotNull, isNull, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { costOfEnvironment } from "#db/queries/cost";
import { listSecretNames } from "#db/queries/environment-secrets";
import { type EnvironmentRow, findEnvironment } from "#db/queries/environments";
import { offerInputs } from "#db/queries/input-offer";
import { findLongestLease } from "#db/queries/leases";
import { listEnvironmentItems } from "#db/queries/pool-draws";
import { versionOffered } from "#db/queries/profile-terms";
import { listSanitizationsOfEnvironment } from "#db/queries/sanitizations";
import { listMeasures } from "#db/queries/wipe-measures";
import { profiles, profileVersions, templateVersions } from "#db/schema/catalogue";
import { allocations } from "#db/schema/environments";
import { hookRuns } from "#db/schema/hooks";
import { images } from "#db/schema/images";
import { nodes } from "#db/schema/nodes";
import { operations } from "#db/schema/operations";
import { together } from "#db/together";
import type { Grant } from "#lib/access/authorize";
import { projectRoleMay } from "#lib/access/policy";
import { withGrant } from "#lib/access/with-grant";
import { wipedDevice } from "#lib/domain/boot/wiped-device";
import { keysDue } from "#lib/domain/environment/authorized-key";
import { changeableInputs } from "#lib/domain/environment/change-inputs";
import type { Id } from "#lib/domain/id";
import { isId } from "#lib/domain/id";
import {
  type EnvironmentOperation,
  hasEnded,
  type NodeOperation,
  type PressedAction,
} from "#lib/domain/operation/operation";
import { formatItem } from "#lib/domain/pool/item-text";
import { mayPress, type TemplateAction } from "#lib/domain/template/actions";
import {
  type InputValue,
  type InputValues,
  keyWords,
  type TemplateInput,
} from "#lib/domain/template/inputs";
import {
  type EnvironmentDetail,
  type EnvironmentHealthReason,
  type EnvironmentNode,
  hookRunsShown,
  type NodeOperationView,
} from "#lib/schemas/environment-view";
import { environmentHealth, tenantHealth } from "#lib/views/environment-health";
import { listEnvironmentSummaries } from "#lib/views/environment-summaries";
import { listEnvironmentRuns } from "#lib/views/hook-runs";
import { newerVersion } from "#lib/views/newer-version";
import { operationLines } from "#lib/views/step-timeline";
import { medianStepDurations } from "#lib/views/typical-durations";

/**
 * Everything the page of one environment shows, but its log, telemetry and activity. Null when the
 * project has no such environment.
 */
export async function environmentDetail(
  db: Database,
  grant: Grant<"environment.read">,
  id: string,
): Promise<EnvironmentDetail | null> {
  if (!isId("environment", id)) return null;
  return withGrant(db, grant, async (tx) => {
    const place = { tenantId: grant.tenantId, projectIds: [grant.projectId] };
    const [environment, [summary]] = await together(
      () => findEnvironment(tx, grant, id),
      () => listEnvironmentSummaries(tx, { ...place, id, limit: 1 }),
    );
    if (!environment || !summary) return null;
    const [[version], [image], own, health, clock, newer, longest, cost, items] = await together(
      () =>
        tx
          .select({
            version: templateVersions.version,
            readme: templateVersions.readme,
            inputs: templateVersions.inputs,
            actions: templateVersions.actions,
          })
          .from(templateVersions)
          .where(eq(templateVersions.id, environment.templateVersionId)),
      () =>
        tx
          .select({ name: images.name, version: images.version, defaultUser: images.defaultUser })
          .from(images)
          .where(eq(images.id, environment.imageId)),
      () => environmentOperations(tx, id),
      () => environmentHealth(tx, [id]),
      () => tx.execute<{ now: Date }>(sql`select now()`),
      () => newerVersion(tx, grant, environment),
      () => findLongestLease(tx, id),
      () => costOfEnvironment(tx, id),
      () => listEnvironmentItems(tx, id),
    );
    if (!version || !image) throw new Error("an environment without its template or image");
    // An action has nothing to do with the nodes.
    const latest = own.find(({ kind }) => kind !== "environment.act")?.id;
    const [{ list, abortRequested }, wipes, hooks, hookRunsTotal] = await together(
      () => nodeList(tx, environment, latest, health),
      async () => (environment.state === "released" ? wipesOf(tx, grant.tenantId, id) : null),
      () => listEnvironmentRuns(tx, id, grant.role, { limit: hookRunsShown }),
      () => tx.$count(hookRuns, eq(hookRuns.environmentId, id)),
    );
    const actions = await offeredActions(tx, grant, environment, version.actions);
    return {
      ...summary,
      generation: environment.generation,
      templateVersion: version.version,
      readme: version.readme,
      newer,
      image,
      keys: environment.authorizedKeys.map(({ name, fingerprint, ofProject }) => ({
        ...{ name, fingerprint },
        ofProject: ofProject ?? false,
      })),
      releasedAt: environment.releasedAt?.toISOString() ?? null,
      abortRequested,
      longestLeaseHours: longest?.hours ?? null,
      longestLeaseBy: longest?.by ?? [],
      cost,
      may: {
        operate: projectRoleMay(grant.role, "environment.operate"),
        release: projectRoleMay(grant.role, "environment.release"),
        changeKeys: projectRoleMay(grant.role, "environment.keys"),
        act: version.actions.filter((each) => mayPress(grant.role, each)).map(({ name }) => name),
      },
      health,
      nodeList: list,
      network: items.map((item) => ({
        kind: item.kind,
        family: item.family,
        text: formatItem(item, item.value),
        hostname: list.find((node) => node.allocationId === item.allocationId)?.hostname ?? null,
      })),
      wipes,
      inputs: enteredInputs(version.inputs, environment.inputs),
      changeable: await toChange(tx, environment, version.inputs),
      actions,
      hookRuns: hooks.runs,
      hookRunsNext: hooks.next,
      hookRunsTotal,
      operations: own,
      readAt: new Date(clock.rows[0]?.now ?? Date.now()).toISOString(),
    };
  });
}

/**
 * What became of the data on each node that was given back: a node is named by its host name here,
 * as its tenant knew it.
 */
async function wipesOf(
  tx: Transaction,
  tenantId: Id<"tenant">,
  environmentId: Id<"environment">,
): Promise<NonNullable<EnvironmentDetail["wipes"]>> {
  const held = await tx
    .select({ id: allocations.id, hostname: allocations.hostname })
    .from(allocations)
    .where(and(eq(allocations.tenantId, tenantId), eq(allocations.environmentId, environmentId)))
    .orderBy(asc(allocations.hostname));
  const done = await listSanitizationsOfEnvironment(tx, { tenantId, environmentId });
  const operationIds = done.map(({ operationId }) => operationId);
  const measures = await listMeasures(tx, operationIds, tenantId);
  return held.map(({ id, hostname }) => {
    const wipe = done.find((row) => row.allocationId === id);
    return {
      hostname,
      at: wipe?.judgedAt.toISOString() ?? null,
      devices: (wipe?.devices ?? []).map(wipedDevice),
      measures: (wipe && measures.get(wipe.operationId)) ?? [],
    };
  });
}

/** The actions as they are pressed, with what their inputs can be chosen from. */
async function offeredActions(
  tx: Transaction,
  grant: Grant<"environment.read">,
  { templateVersionId: versionId, groups: counts }: EnvironmentRow,
  declared: readonly TemplateAction[],
): Promise<EnvironmentDetail["actions"]> {
  const actions: EnvironmentDetail["actions"] = [];
  for (const { hooks: _, inputs, ...action } of declared) {
    const offered = await offerInputs(tx, grant, { inputs, versionId, counts });
    actions.push({ ...action, inputs: offered });
  }
  return actions;
}

/** What can be changed after the launch, with what it has now. */
async function toChange(
  tx: Transaction,
  environment: EnvironmentRow,
  definitions: readonly TemplateInput[],
): Promise<EnvironmentDetail["changeable"]> {
  const had = await listSecretNames(tx, environment.id);
  const inputs = changeableInputs({ definitions, values: environment.inputs, secrets: had });
  const names = inputs.map(({ name }) => name);
  const values = Object.entries(environment.inputs).filter(([name]) => names.includes(name));
  return {
    inputs,
    values: Object.fromEntries(values),
    secrets: names.filter((name) => had.includes(name)),
  };
}

/** What was entered, as text. A secret is told to be one, whether it was entered or not. */
function enteredInputs(
  definitions: readonly TemplateInput[],
  values: InputValues,
): EnvironmentDetail["inputs"] {
  return definitions.flatMap(({ name, label, type }) => {
    const value = values[name];
    if (type === "secret") return [{ label, value: "secret, for the nodes alone" }];
    if (value === undefined) return [];
    const isKeys = type === "ssh_keys" && Array.isArray(value);
    return [{ label, value: isKeys ? value.map(keyWords).join(", ") : asText(value) }];
  });
}

function asText(value: InputValue): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  return Array.isArray(value) ? value.join(", ") : String(value);
}

function pressedAction(action: PressedAction | undefined) {
  if (!action) return null;
  const { name, label, inputs } = action;
  return {
    ...{ name, label },
    inputs: Object.entries(inputs).map(([input, value]) => ({ name: input, value: asText(value) })),
  };
}

const mostOperations = 20;

/** The environment's own operations, newest first. */
async function environmentOperations(
  tx: Transaction,
  id: Id<"environment">,
): Promise<EnvironmentDetail["operations"]> {
  const rows = await tx
    .select()
    .from(operations)
    .where(and(eq(operations.environmentId, id), isNull(operations.nodeId)))
    .orderBy(desc(operations.createdAt), desc(operations.id))
    .limit(mostOperations);
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind as EnvironmentOperation,
    action: pressedAction(row.input?.action),
    state: row.state,
    reason: row.reason,
    requestedByName: row.requestedByName,
    createdAt: row.createdAt.toISOString(),
    finishedAt: row.finishedAt?.toISOString() ?? null,
  }));
}

/**
 * The nodes held, and those that the latest operation gave back, each with its own latest
 * operation step by step.
 */
async function nodeList(
  tx: Transaction,
  { tenantId, id: environmentId, authorizedKeys }: EnvironmentRow,
  latest: Id<"operation"> | undefined,
  health: readonly EnvironmentHealthReason[],
): Promise<{ list: EnvironmentNode[]; abortRequested: boolean }> {
  const [lastPerNode, shown] = await together(
    () =>
      tx
        .selectDistinctOn([operations.allocationId])
        .from(operations)
        .where(and(eq(operations.environmentId, environmentId), isNotNull(operations.allocationId)))
        .orderBy(asc(operations.allocationId), desc(operations.createdAt), desc(operations.id)),
    () =>
      tx
        .select({ allocation: allocations, node: nodes, profileName: profileVersions.displayName })
        .from(allocations)
        .innerJoin(profiles, eq(profiles.id, allocations.profileId))
        .innerJoin(profileVersions, versionOffered)
        // A node that was given back is another's to see.
        .leftJoin(nodes, and(eq(nodes.id, allocations.nodeId), isNull(allocations.releasedAt)))
        .where(eq(allocations.environmentId, environmentId))
        .orderBy(asc(allocations.startedAt), asc(allocations.hostname)),
  );
  const list = shown.filter(
    ({ allocation }) =>
      allocation.releasedAt === null ||
      lastPerNode.some((row) => row.allocationId === allocation.id && row.parentId === latest),
  );

  const kinds = [...new Set(lastPerNode.map((row) => row.kind as NodeOperation))];
  const [typical, lines] = await together(
    () => medianStepDurations(tx, tenantId, kinds),
    () => operationLines(tx, lastPerNode),
  );
  const byAllocation = new Map(
    lastPerNode.map((row, at): [string | null, NodeOperationView | undefined] => {
      const line = lines[at];
      if (!line) return [row.allocationId, undefined];
      const { kind, steps, requestedByName: _, ...rest } = line;
      return [
        row.allocationId,
        {
          ...rest,
          kind: kind as NodeOperation,
          steps: steps.map((step) => ({
            ...step,
            typicalMs: typical.get(`${kind}/${step.name}`) ?? null,
          })),
        },
      ];
    }),
  );
  return {
    abortRequested: lastPerNode.some((row) => row.abortRequested && !hasEnded(row.state)),
    list: list.map(({ allocation, node, profileName }) => ({
      allocationId: allocation.id,
      node: node && {
        id: node.id,
        name: node.name,
        address: node.address,
        power: node.powerObserved,
        powerAt: node.powerObservedAt?.toISOString() ?? null,
        lifecycle: node.lifecycle,
        ...tenantHealth(health, allocation.id, node.health),
      },
      hostname: allocation.hostname,
      group: allocation.groupName,
      profileName,
      gpus: allocation.gpus,
      gpuModel: allocation.gpuModel,
      putKeys:
        allocation.putKeys?.keys.map(({ name, fingerprint }) => ({ name, fingerprint })) ?? null,
      keysDue: keysDue(authorizedKeys, allocation.putKeys) ?? null,
      heldSince: allocation.startedAt.toISOString(),
      releasedAt: allocation.releasedAt?.toISOString() ?? null,
      operation: byAllocation.get(allocation.id) ?? null,
    })),
  };
}
