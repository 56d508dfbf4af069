import { and, asc, desc, eq, sql } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { profileFacts } from "#db/queries/profile-terms";
import { profiles, profileVersions } from "#db/schema/catalogue";
import { allocations, environments } from "#db/schema/environments";
import { hookRuns } from "#db/schema/hooks";
import { images } from "#db/schema/images";
import { nodeTypes } from "#db/schema/nodes";
import { operations } from "#db/schema/operations";
import { scriptRuns } from "#db/schema/script-runs";
import type { Id } from "#lib/domain/id";
import { environmentOperationKinds } from "#lib/domain/operation/operation";
import type { ProfileFacts } from "#lib/domain/profile/facts";

/** What a node was that a past run of a hook ran on. */
type ReplayedPlace = { nodeType: string; profile: ProfileFacts };

export type Replayed = NonNullable<Awaited<ReturnType<typeof findReplayed>>>;

/** A past run of a hook with what its replay is made of; undefined when there is none of that id. */
export async function findReplayed(tx: Transaction, id: Id<"hookRun">) {
  const [found] = await tx
    .select({
      run: hookRuns,
      kind: operations.kind,
      environment: environments,
      image: { name: images.name, version: images.version, state: images.state },
    })
    .from(hookRuns)
    .innerJoin(operations, eq(operations.id, hookRuns.operationId))
    .innerJoin(environments, eq(environments.id, hookRuns.environmentId))
    .innerJoin(images, eq(images.id, environments.imageId))
    .where(eq(hookRuns.id, id));
  const operation = environmentOperationKinds.find((each) => each === found?.kind);
  if (!found || !operation) return undefined;
  const { run, environment, image } = found;
  return { run, operation, environment, image, places: await listPlaces(tx, id) };
}

/** What it ran on, as its environment took it: where it failed first. Of no script: nothing. */
async function listPlaces(tx: Transaction, id: Id<"hookRun">): Promise<ReplayedPlace[]> {
  return (
    tx
      .select({ nodeType: nodeTypes.name, profile: profileFacts })
      .from(scriptRuns)
      // A name is one node's in its environment; of one that came in another's place the later.
      .innerJoin(
        allocations,
        and(
          eq(allocations.environmentId, scriptRuns.environmentId),
          eq(allocations.hostname, scriptRuns.hostname),
        ),
      )
      .innerJoin(profiles, eq(profiles.id, allocations.profileId))
      .innerJoin(
        profileVersions,
        and(
          eq(profileVersions.profileId, profiles.id),
          eq(profileVersions.version, allocations.profileVersion),
        ),
      )
      .innerJoin(nodeTypes, eq(nodeTypes.id, profiles.nodeTypeId))
      .where(eq(scriptRuns.hookRunId, id))
      .orderBy(
        sql`${scriptRuns.state} <> 'failed'`,
        asc(scriptRuns.hostname),
        desc(allocations.startedAt),
      )
  );
}
