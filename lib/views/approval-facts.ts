import { createHash } from "node:crypto";
import { eq, inArray } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { findCurrency, listPricesOf } from "#db/queries/profile-terms";
import { templates, templateVersions } from "#db/schema/catalogue";
import { environments } from "#db/schema/environments";
import type { TemplateHook } from "#lib/domain/hook/hook";
import { runsOnNodes } from "#lib/domain/hook/script";
import type { Id } from "#lib/domain/id";
import { costWords, hourlyPrice } from "#lib/domain/profile/price";
import type { TemplateAction } from "#lib/domain/template/actions";
import type { ApprovalAbout, ApprovedScript } from "#lib/schemas/approval-view";

/** What is asked for, and the scripts that the approval of one of its runs lets run. */
type Facts = Omit<ApprovalAbout, "scripts"> & {
  scriptsOf: (input: Record<string, unknown>) => ApprovedScript[];
};

/** What is asked for with these environments, by environment. */
export async function approvalFacts(
  tx: Transaction,
  environmentIds: readonly Id<"environment">[],
): Promise<Map<Id<"environment">, Facts>> {
  if (environmentIds.length === 0) return new Map();
  const rows = await tx
    .select({
      id: environments.id,
      counts: environments.groups,
      createdAt: environments.createdAt,
      endsAt: environments.endsAt,
      versionId: templateVersions.id,
      version: templateVersions.version,
      hooks: templateVersions.hooks,
      actions: templateVersions.actions,
      name: templates.name,
    })
    .from(environments)
    .innerJoin(templateVersions, eq(templateVersions.id, environments.templateVersionId))
    .innerJoin(templates, eq(templates.id, templateVersions.templateId))
    .where(inArray(environments.id, [...environmentIds]));
  const prices = await listPricesOf(tx, environmentIds);
  const currency = await findCurrency(tx);
  // One text for all that wait with the same version: it may be long.
  const readers = new Map(rows.map((row) => [row.versionId, scriptReader(row.hooks, row.actions)]));
  return new Map(
    rows.map(({ id, counts, createdAt, endsAt, versionId, version, name }) => {
      const groups = Object.entries(counts).map(([group, nodes]) => ({
        nodes,
        priceCents:
          prices.find((each) => each.environmentId === id && each.group === group)?.priceCents ??
          null,
      }));
      const leaseHours = endsAt && Math.round((endsAt.getTime() - createdAt.getTime()) / 3_600_000);
      const cost = costWords(hourlyPrice(groups), leaseHours, currency);
      const scriptsOf = readers.get(versionId) ?? (() => []);
      return [id, { template: { name, version }, counts, leaseHours, cost, scriptsOf }];
    }),
  );
}

/** Finds the scripts of a version: of the action that a run is of, or all that no action starts. */
function scriptReader(hooks: readonly TemplateHook[], actions: readonly TemplateAction[]) {
  const scripts = hooks.flatMap(({ name, point, kind, script }) =>
    script && runsOnNodes({ kind, script })
      ? [{ name, point, sha256: sha256(script.text), text: script.text }]
      : [],
  );
  const standing = scripts.filter(({ point }) => point !== "on_action");
  const ofAction = new Map(
    actions.map((action) => [
      action.name,
      scripts.filter(({ name, point }) => point === "on_action" && action.hooks.includes(name)),
    ]),
  );
  return ({ action }: Record<string, unknown>): ApprovedScript[] =>
    action ? (ofAction.get((action as { name: string }).name) ?? []) : standing;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
