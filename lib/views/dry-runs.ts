import { and, asc, desc, eq, inArray, isNull, type SQL } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { contextsToApply } from "#db/queries/contexts";
import { isDryRunning } from "#db/queries/dry-runs";
import { mayBeAllocated } from "#db/queries/free-nodes";
import { offerInDryRun } from "#db/queries/input-offer";
import { listLendable, listRehearsedGroups } from "#db/queries/lendable";
import { findPublishFacts, listCheckedGroups } from "#db/queries/publish-facts";
import { findReplayed } from "#db/queries/replays";
import { templates, templateVersions } from "#db/schema/catalogue";
import { dryCalls, dryRuns } from "#db/schema/dry-runs";
import { providers } from "#db/schema/hooks";
import { nodes, nodeTypes } from "#db/schema/nodes";
import { operations } from "#db/schema/operations";
import { scriptRuns } from "#db/schema/script-runs";
import type { Grant } from "#lib/access/authorize";
import { syntaxOfVersions } from "#lib/access/shell-syntax";
import { withGrant } from "#lib/access/with-grant";
import type { TemplateHook } from "#lib/domain/hook/hook";
import { whileDryRunning, whyNotReplayed } from "#lib/domain/hook/replay";
import { runsOnNodes } from "#lib/domain/hook/script";
import { type Id, isId } from "#lib/domain/id";
import { whyNotLend } from "#lib/domain/node/lend";
import type { DryFacts, DryVersion } from "#lib/domain/template/dry-run";
import type { TemplateState } from "#lib/domain/template/template";
import type { DryRunView, LentView } from "#lib/schemas/dry-run-view";
import { providersView } from "#lib/views/providers";
import { scriptViews } from "#lib/views/script-runs";
import { operationLines } from "#lib/views/step-timeline";

/** A free node that may be lent to a dry run; of several by name. */
type FreeNode = { id: Id<"node">; name: string; nodeType: string };

export type DryRunScreen = {
  template: { id: Id<"template">; name: string };
  version: DryVersion & { id: Id<"templateVersion">; number: number; state: TemplateState };
  facts: DryFacts;
  lendable: FreeNode[];
  /** The latest, newest first. */
  runs: DryRunView[];
};

const shownRuns = 5;

/** One version of a template with all that a dry run of it takes, or null when there is none. */
export async function dryRunScreen(
  db: Database,
  grant: Grant<"fleet.read">,
  ids: { templateId: string; versionId: string },
): Promise<DryRunScreen | null> {
  const { templateId, versionId } = ids;
  if (!isId("template", templateId) || !isId("templateVersion", versionId)) return null;
  const known = await providersView(db, grant);
  const syntax = await syntaxOfVersions(db, grant, eq(templateVersions.id, versionId));
  return withGrant(db, grant, async (tx) => {
    const [found] = await tx
      .select({ version: templateVersions, template: templates })
      .from(templateVersions)
      .innerJoin(templates, eq(templates.id, templateVersions.templateId))
      .where(and(eq(templateVersions.id, versionId), eq(templates.id, templateId)));
    if (!found) return null;
    const { version, template } = found;
    const groups = await listCheckedGroups(tx, eq(templateVersions.id, version.id));
    const { strangers } = await findPublishFacts(tx, version.hooks);
    const { id, state, bootConfig, hooks, actions } = version;
    const inputs = await offerInDryRun(tx, version);
    const contexts = await contextsToApply(tx, template.id);
    const types = (await listRehearsedGroups(tx, id)).map((group) => group.nodeType);
    return {
      template: { id: template.id, name: template.name },
      version: {
        ...{ id, state, bootConfig, inputs, hooks, actions, contexts, groups },
        number: version.version,
      },
      facts: { providers: known, strangers, syntax: syntax.get(id) ?? [] },
      lendable: await listFree(tx, types),
      runs: await listRuns(tx, ofVersion(id)),
    };
  });
}

async function listFree(tx: Transaction, types: readonly string[]): Promise<FreeNode[]> {
  const free = await listLendable(tx, and(mayBeAllocated(), inArray(nodeTypes.name, [...types])));
  return free
    .filter((node) => whyNotLend(node, types) === null)
    .map(({ id, name, nodeType }) => ({ id, name, nodeType }));
}

/** The latest dry runs of a version, newest first; null when there is no version of that id. */
export async function dryRunsOf(
  db: Database,
  grant: Grant<"fleet.read">,
  id: string,
): Promise<DryRunView[] | null> {
  if (!isId("templateVersion", id)) return null;
  return withGrant(db, grant, async (tx) => {
    const isThere = (await tx.$count(templateVersions, eq(templateVersions.id, id))) > 0;
    return isThere ? listRuns(tx, ofVersion(id)) : null;
  });
}

/** One dry run or replay, or null when there is none of that id. */
export async function dryRunDetail(
  db: Database,
  grant: Grant<"fleet.read">,
  id: string,
): Promise<DryRunView | null> {
  if (!isId("dryRun", id)) return null;
  return withGrant(db, grant, async (tx) => (await listRuns(tx, eq(dryRuns.id, id)))[0] ?? null);
}

/** Dry runs of a version; replays are of a run of a hook. */
const ofVersion = (id: Id<"templateVersion">) =>
  and(eq(dryRuns.templateVersionId, id), isNull(dryRuns.replayOf));

/** The replays of a past run of a hook, newest first. */
export async function replaysOf(
  db: Database,
  grant: Grant<"fleet.read">,
  hookRunId: Id<"hookRun">,
): Promise<DryRunView[]> {
  return withGrant(db, grant, (tx) => listRuns(tx, eq(dryRuns.replayOf, hookRunId)));
}

type ReplayScreen = {
  /** Whether a replay takes a node: it asks a provider otherwise. */
  isOnNode: boolean;
  /** Why it cannot be replayed now, as a sentence; null when it can. */
  against: string | null;
  lendable: FreeNode[];
  /** The latest replays, newest first. */
  runs: DryRunView[];
};

/** What a replay of a past run of a hook takes, and what earlier ones came to; null when there is none of that id. */
export async function replayScreen(
  db: Database,
  grant: Grant<"fleet.read">,
  id: string,
): Promise<ReplayScreen | null> {
  if (!isId("hookRun", id)) return null;
  return withGrant(db, grant, async (tx) => {
    const found = await findReplayed(tx, id);
    if (!found) return null;
    const { run, environment, image, places } = found;
    const isOnNode = runsOnNodes(run.definition);
    const types = [...new Set(places.map((place) => place.nodeType))];
    const lendable = types.length > 0 ? await listFree(tx, types) : [];
    const isBusy = await isDryRunning(tx, environment.templateVersionId);
    const against =
      whyNotReplayed({ ...run, wasOnNode: places.length > 0, image }) ??
      (isBusy ? whileDryRunning : null);
    const none = isOnNode && lendable.length === 0 ? `No ${types.join(" or ")} is free.` : null;
    const runs = await listRuns(tx, eq(dryRuns.replayOf, id));
    return { isOnNode, against: against?.reason ?? none, lendable, runs };
  });
}

async function listRuns(tx: Transaction, which: SQL | undefined): Promise<DryRunView[]> {
  const runs = await tx
    .select()
    .from(dryRuns)
    .where(which)
    .orderBy(desc(dryRuns.id))
    .limit(shownRuns);
  if (runs.length === 0) return [];
  const ids = runs.map((run) => run.id);
  const calls = await tx
    .select()
    .from(dryCalls)
    .where(inArray(dryCalls.dryRunId, ids))
    .orderBy(asc(dryCalls.position));
  const names = await tx.select({ id: providers.id, name: providers.name }).from(providers);
  const scripts = await scriptViews(
    tx,
    scriptRuns.dryCallId,
    calls.map((call) => call.id),
  );
  const lent = await listLent(tx, ids);
  return runs.map((run) => {
    const own = calls.filter((call) => call.dryRunId === run.id);
    return {
      id: run.id,
      requestedByName: run.requestedByName,
      createdAt: run.createdAt.toISOString(),
      deadlineAt: run.deadlineAt.toISOString(),
      isOpen: own.some(({ state }) => state === "ready" || state === "running"),
      lent: lent.get(run.id) ?? null,
      calls: own.map(
        ({ id, name, point, operation, definition, state, answer, words, ...call }) => ({
          ...{ id, name, point, operation, state, answer, words },
          kind: definition.kind,
          provider: providerOf(definition, names),
          input: call.input,
          outputs: call.outputs,
          log: call.log,
          durationMs: call.durationMs,
          script: scripts.get(id)?.[0] ?? null,
        }),
      ),
    };
  });
}

function providerOf(
  { kind, providerId }: TemplateHook,
  names: readonly { id: Id<"provider">; name: string }[],
): string {
  if (kind !== "http") return "";
  return names.find((each) => each.id === providerId)?.name ?? "unknown";
}

/** The nodes of these dry runs, by dry run: those that are lent, and those that were. */
async function listLent(
  tx: Transaction,
  ids: readonly Id<"dryRun">[],
): Promise<Map<string, LentView>> {
  const rows = await tx
    .select({
      id: dryRuns.id,
      operation: operations,
      node: { id: nodes.id, name: nodes.name, lifecycle: nodes.lifecycle },
    })
    .from(dryRuns)
    .innerJoin(operations, eq(operations.id, dryRuns.operationId))
    .innerJoin(nodes, eq(nodes.id, operations.nodeId))
    .where(inArray(dryRuns.id, [...ids]));
  const lines = await operationLines(
    tx,
    rows.map(({ operation }) => operation),
  );
  return new Map(
    rows.flatMap(({ id, operation: { id: operationId, input, abortRequested }, node }) => {
      const operation = lines.find((line) => line.id === operationId);
      const hostname = input?.rehearsal?.hostname ?? "";
      return operation ? [[id, { node, hostname, isTakenBack: abortRequested, operation }]] : [];
    }),
  );
}
