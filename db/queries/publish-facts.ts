import { and, asc, desc, eq, inArray, isNull, type SQL, sql } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { profileFacts, versionOffered } from "#db/queries/profile-terms";
import { profiles, profileVersions, templateGroups, templateVersions } from "#db/schema/catalogue";
import { dryCalls, dryRuns } from "#db/schema/dry-runs";
import { providers } from "#db/schema/hooks";
import { images } from "#db/schema/images";
import { users } from "#db/schema/users";
import type { TemplateHook } from "#lib/domain/hook/hook";
import type { Id } from "#lib/domain/id";
import type { KnownProvider } from "#lib/domain/template/check-template";
import type { HookAnswer } from "#lib/domain/template/publish";

/**
 * What a version's hooks are held against when it is published or dry-run: the providers there are, and
 * which of the addresses of its approvers nobody has. `held`: none of them is retired before the commit.
 */
export async function findPublishFacts(
  tx: Transaction,
  hooks: readonly TemplateHook[],
  how: "as they are" | "held" = "as they are",
): Promise<{ providers: KnownProvider[]; strangers: string[] }> {
  const reading = tx
    .select({ id: providers.id, name: providers.name, state: providers.state })
    .from(providers)
    .orderBy(providers.id);
  const known = await (how === "held" ? reading.for("share") : reading);
  const named = [...new Set(hooks.flatMap((hook) => hook.approvers?.emails ?? []))];
  const there =
    named.length === 0
      ? []
      : await tx.select({ email: users.email }).from(users).where(inArray(users.email, named));
  const strangers = named.filter((email) => !there.some((user) => user.email === email));
  return { providers: known, strangers };
}

/** The groups of these versions in their order, with their profiles as offered and the image of each. */
export async function listCheckedGroups(tx: Transaction, which: SQL) {
  return tx
    .select({
      versionId: templateGroups.templateVersionId,
      name: templateGroups.name,
      role: templateGroups.role,
      profileId: profiles.id,
      profile: profiles.name,
      profileState: profiles.state,
      gpusPerNode: profiles.gpusPerNode,
      facts: profileFacts,
      minCount: templateGroups.minCount,
      maxCount: templateGroups.maxCount,
      defaultCount: templateGroups.defaultCount,
      defaultUser: images.defaultUser,
      isInstalled: sql<boolean>`${images.diskFile} is not null`,
    })
    .from(templateGroups)
    .innerJoin(templateVersions, eq(templateVersions.id, templateGroups.templateVersionId))
    .innerJoin(profiles, eq(profiles.id, templateGroups.profileId))
    .innerJoin(profileVersions, versionOffered)
    .innerJoin(images, eq(images.id, profileVersions.defaultImageId))
    .where(which)
    .orderBy(asc(templateGroups.position));
}

/**
 * How each hook of these versions ended when a dry run of its version asked it last. Replays are none of
 * a version: they ask with an input of the past.
 */
export async function listHookAnswers(
  tx: Transaction,
  versions: readonly Id<"templateVersion">[],
): Promise<(HookAnswer & { versionId: Id<"templateVersion"> })[]> {
  if (versions.length === 0) return [];
  const rows = await tx
    .selectDistinctOn([dryRuns.templateVersionId, dryCalls.name], {
      versionId: dryRuns.templateVersionId,
      hook: dryCalls.name,
      answer: dryCalls.answer,
      words: dryCalls.words,
    })
    .from(dryCalls)
    .innerJoin(dryRuns, eq(dryRuns.id, dryCalls.dryRunId))
    .where(
      and(
        inArray(dryRuns.templateVersionId, [...versions]),
        isNull(dryRuns.replayOf),
        eq(dryCalls.state, "ended"),
      ),
    )
    .orderBy(dryRuns.templateVersionId, dryCalls.name, desc(dryRuns.id));
  return rows.flatMap(({ answer, ...row }) => (answer ? [{ ...row, answer }] : []));
}
