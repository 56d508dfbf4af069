import { and, asc, desc, eq, ne, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { contextsToApply } from "#db/queries/contexts";
import { versionOffered } from "#db/queries/profile-terms";
import { findPublishFacts, listCheckedGroups, listHookAnswers } from "#db/queries/publish-facts";
import {
  profiles,
  profileVersions,
  templateShares,
  templates,
  templateTenantShares,
  templateVersions,
} from "#db/schema/catalogue";
import { environments } from "#db/schema/environments";
import { providers } from "#db/schema/hooks";
import type { Grant } from "#lib/access/authorize";
import { syntaxOfVersions } from "#lib/access/shell-syntax";
import { withGrant } from "#lib/access/with-grant";
import { previewUserData } from "#lib/domain/boot/preview";
import type { Change } from "#lib/domain/change";
import { type Compared, compareVersions } from "#lib/domain/compared-versions";
import type { TemplateHook } from "#lib/domain/hook/hook";
import type { SyntaxFinding } from "#lib/domain/hook/shell-text";
import { type Id, isId } from "#lib/domain/id";
import type { ProfileState } from "#lib/domain/profile/profile";
import type { TemplateAction } from "#lib/domain/template/actions";
import type { CheckedVersion } from "#lib/domain/template/dry-run";
import type { TemplateInput } from "#lib/domain/template/inputs";
import { whyNotPublish } from "#lib/domain/template/publish";
import type {
  NodeGroupRole,
  TemplateBootConfig,
  TemplateNetwork,
  TemplateState,
} from "#lib/domain/template/template";
import { versionChanges } from "#lib/domain/template/version-changes";
import type { ComparedVersions } from "#lib/schemas/compared-versions";
import { listShareTargets, type ShareTarget } from "#lib/views/sharing";

export type TemplateRowView = {
  id: Id<"template">;
  name: string;
  /** Of the version that tenants launch; of the newest while none is published. */
  description: string;
  /** The one tenants launch; null while none is published. */
  publishedVersion: number | null;
  latestVersion: number;
  latestState: TemplateState;
  projects: number;
  environments: number;
};

/** Every template with its newest version and how much it is used. */
export async function templatesView(
  db: Database,
  grant: Grant<"fleet.read">,
): Promise<TemplateRowView[]> {
  return withGrant(db, grant, async (tx) => {
    const rows = await tx.select().from(templates).orderBy(asc(templates.name));
    const versions = await tx
      .select()
      .from(templateVersions)
      .orderBy(desc(templateVersions.version));
    const shares = await tx.select().from(templateShares);
    const launched = await countEnvironments(tx);
    return rows.map(({ id, name }) => {
      const own = versions.filter((version) => version.templateId === id);
      const offered = own.find((version) => version.state === "published");
      const used = launched.filter((row) => row.templateId === id);
      return {
        id,
        name,
        description: (offered ?? own[0])?.description ?? "",
        publishedVersion: offered?.version ?? null,
        latestVersion: own[0]?.version ?? 0,
        latestState: own[0]?.state ?? "draft",
        projects: shares.filter((share) => share.templateId === id).length,
        environments: used.reduce((sum, row) => sum + row.environments, 0),
      };
    });
  });
}

export type TemplateGroupView = {
  name: string;
  role: NodeGroupRole;
  profileId: Id<"profile">;
  profile: string;
  profileState: ProfileState;
  gpusPerNode: number;
  minCount: number;
  defaultCount: number;
  maxCount: number;
};

export type TemplateDetail = {
  id: Id<"template">;
  name: string;
  versions: {
    id: Id<"templateVersion">;
    version: number;
    state: TemplateState;
    /** The newest published one is what tenants launch. */
    isOffered: boolean;
    createdAt: string;
    environments: number;
    description: string;
    readme: string;
    bootConfig: TemplateBootConfig;
    longestLeaseHours: number | null;
    network: TemplateNetwork;
    inputs: TemplateInput[];
    hooks: TemplateHook[];
    actions: TemplateAction[];
    /** What cloud-init is told at a first boot, to be read. */
    userData: string;
    groups: TemplateGroupView[];
    /** Against the version before it; null for the first. */
    changes: Change[] | null;
    /** Why a draft cannot be published, and what would change that; null when it can, and of no draft. */
    whyNotPublished: string | null;
  }[];
  comparison: Compared;
  sharedWith: Id<"project">[];
  /** Tenants that have it as a whole: their later projects will have it, too. */
  sharedWithTenants: Id<"tenant">[];
  shareTargets: ShareTarget[];
};

/** One template with all its versions, newest first, and two of them compared; or null when there is none of that id. */
export async function templateDetail(
  db: Database,
  grant: Grant<"fleet.read">,
  id: string,
  compared: ComparedVersions = {},
): Promise<TemplateDetail | null> {
  if (!isId("template", id)) return null;
  const ofDrafts = and(eq(templateVersions.templateId, id), eq(templateVersions.state, "draft"));
  const syntax = await syntaxOfVersions(db, grant, ofDrafts);
  return withGrant(db, grant, async (tx) => {
    const [template] = await tx.select().from(templates).where(eq(templates.id, id));
    if (!template) return null;
    const versions = await tx
      .select()
      .from(templateVersions)
      .where(eq(templateVersions.templateId, id))
      .orderBy(desc(templateVersions.version));
    const groups = await listCheckedGroups(tx, eq(templateVersions.templateId, id));
    const shares = await tx
      .select({ projectId: templateShares.projectId })
      .from(templateShares)
      .where(eq(templateShares.templateId, id));
    const wholes = await tx
      .select({ tenantId: templateTenantShares.tenantId })
      .from(templateTenantShares)
      .where(eq(templateTenantShares.templateId, id));
    const launched = await countEnvironments(tx);
    const own = await contextsToApply(tx, id);
    const offered = versions.find((version) => version.state === "published")?.id;
    const views = versions.map((version) => ({
      id: version.id,
      version: version.version,
      state: version.state,
      isOffered: version.id === offered,
      createdAt: version.createdAt.toISOString(),
      environments: launched.find((row) => row.versionId === version.id)?.environments ?? 0,
      description: version.description,
      readme: version.readme,
      bootConfig: version.bootConfig,
      longestLeaseHours: version.longestLeaseHours,
      network: version.network,
      inputs: version.inputs,
      hooks: version.hooks,
      actions: version.actions,
      userData: previewUserData(version, own, firstNode(version.id, groups)),
      groups: groups
        .filter(({ versionId }) => versionId === version.id)
        .map(({ versionId: _, facts: __, defaultUser: ___, isInstalled: ____, ...group }) => group),
    }));
    const names = await providerNames(tx);
    const reasons = await whyNotPublished(
      tx,
      versions
        .filter(({ state }) => state === "draft")
        .map((draft) => ({
          ...draft,
          contexts: own,
          groups: groups.filter(({ versionId }) => versionId === draft.id),
        })),
      syntax,
    );
    return {
      id: template.id,
      name: template.name,
      versions: views.map((view, at) => {
        const before = views[at + 1];
        return {
          ...{ ...view, whyNotPublished: reasons.get(view.id) ?? null },
          changes: before ? versionChanges(before, view, names) : null,
        };
      }),
      comparison: compareVersions(views, compared, (from, to) => versionChanges(from, to, names)),
      sharedWith: shares.map((share) => share.projectId),
      sharedWithTenants: wholes.map((share) => share.tenantId),
      shareTargets: await listShareTargets(tx),
    };
  });
}

/** Why these drafts cannot be published, by version; those that can are not among them. */
async function whyNotPublished(
  tx: Transaction,
  drafts: readonly (CheckedVersion & { id: Id<"templateVersion"> })[],
  syntax: ReadonlyMap<Id<"templateVersion">, SyntaxFinding[]>,
): Promise<Map<Id<"templateVersion">, string>> {
  if (drafts.length === 0) return new Map();
  const { providers: known, strangers } = await findPublishFacts(
    tx,
    drafts.flatMap(({ hooks }) => hooks),
  );
  const answers = await listHookAnswers(
    tx,
    drafts.map(({ id }) => id),
  );
  return new Map(
    drafts.flatMap((draft) => {
      const emails = draft.hooks.flatMap((hook) => hook.approvers?.emails ?? []);
      const why = whyNotPublish(draft, {
        providers: known,
        strangers: strangers.filter((email) => emails.includes(email)),
        answers: answers.filter(({ versionId }) => versionId === draft.id),
        syntax: syntax.get(draft.id) ?? [],
      });
      return why ? [[draft.id, `${why.reason} ${why.advice}`]] : [];
    }),
  );
}

/** The first node of a version, as its preview names it. */
function firstNode(
  versionId: Id<"templateVersion">,
  groups: Awaited<ReturnType<typeof listCheckedGroups>>,
) {
  const first = groups.find((group) => group.versionId === versionId);
  if (!first) throw new Error(`version ${versionId} has no group`);
  const { facts: profile, defaultUser, isInstalled } = first;
  return { hostname: "workers-1", defaultUser, isInstalled, profile };
}

type TemplateVersionView = TemplateDetail["versions"][number];

/** What a version is made of, as it is sent to make the next one. */
export function definitionOf(version: TemplateVersionView) {
  const { description, readme, bootConfig, longestLeaseHours, network, inputs, hooks, actions } =
    version;
  const groups = version.groups.map(
    ({ profile: _, profileState: __, gpusPerNode: ___, ...group }) => group,
  );
  return {
    ...{ description, readme, groups, bootConfig, longestLeaseHours },
    ...{ network, inputs, hooks, actions },
  };
}

/** One version of a template with which it is of, or null when there is none of that id. */
export async function templateVersionDetail(
  db: Database,
  grant: Grant<"fleet.read">,
  id: string,
): Promise<{ template: TemplateDetail; version: TemplateVersionView } | null> {
  if (!isId("templateVersion", id)) return null;
  const [row] = await withGrant(db, grant, (tx) =>
    tx
      .select({ templateId: templateVersions.templateId })
      .from(templateVersions)
      .where(eq(templateVersions.id, id)),
  );
  const template = row && (await templateDetail(db, grant, row.templateId));
  const version = template?.versions.find((each) => each.id === id);
  return template && version ? { template, version } : null;
}

/** Providers by id, those that are retired among them. */
async function providerNames(tx: Transaction): Promise<Map<string, string>> {
  const rows = await tx.select({ id: providers.id, name: providers.name }).from(providers);
  return new Map(rows.map(({ id, name }) => [id, name]));
}

/** All profiles with their states: a group takes one that is active or a draft, or keeps what it had. */
export async function templateProfileChoices(
  db: Database,
  grant: Grant<"fleet.read">,
): Promise<
  {
    id: Id<"profile">;
    name: string;
    displayName: string;
    gpusPerNode: number;
    state: ProfileState;
  }[]
> {
  return withGrant(db, grant, (tx) =>
    tx
      .select({
        id: profiles.id,
        name: profiles.name,
        gpusPerNode: profiles.gpusPerNode,
        displayName: profileVersions.displayName,
        state: profiles.state,
      })
      .from(profiles)
      .innerJoin(profileVersions, versionOffered)
      .orderBy(asc(profiles.name)),
  );
}

/** Environments that are not released, by template version. */
async function countEnvironments(tx: Parameters<typeof listShareTargets>[0]) {
  return tx
    .select({
      versionId: templateVersions.id,
      templateId: templateVersions.templateId,
      environments: sql<number>`count(*)::int`,
    })
    .from(environments)
    .innerJoin(templateVersions, eq(templateVersions.id, environments.templateVersionId))
    .where(ne(environments.state, "released"))
    .groupBy(templateVersions.id);
}
