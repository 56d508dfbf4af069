import { and, desc, eq, ne, sql } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { giveBackPoolItems } from "#db/queries/pool-draws";
import { environments } from "#db/schema/environments";
import type { EnvironmentState } from "#lib/domain/environment/state";
import type { Id } from "#lib/domain/id";

export type EnvironmentRow = typeof environments.$inferSelect;

type Place = { tenantId: Id<"tenant">; projectId: Id<"project"> };

/**
 * Reads an environment of one project and holds its row until the transaction ends, so that what
 * was read stays true. Undefined when the project has no such environment.
 */
export async function lockEnvironment(
  tx: Transaction,
  place: Place,
  id: Id<"environment">,
): Promise<EnvironmentRow | undefined> {
  const [row] = await tx
    .select()
    .from(environments)
    .where(
      and(
        eq(environments.tenantId, place.tenantId),
        eq(environments.projectId, place.projectId),
        eq(environments.id, id),
      ),
    )
    .for("no key update");
  return row;
}

/** The environment of one project, without holding it. */
export async function findEnvironment(
  tx: Transaction,
  place: Place,
  id: Id<"environment">,
): Promise<EnvironmentRow | undefined> {
  const [row] = await tx
    .select()
    .from(environments)
    .where(
      and(
        eq(environments.tenantId, place.tenantId),
        eq(environments.projectId, place.projectId),
        eq(environments.id, id),
      ),
    );
  return row;
}

/**
 * In how many seconds a project may launch again, when it may launch so often within a minute: 0 when it
 * may now. Environments that were released since count, too.
 */
export async function secondsUntilLaunch(
  tx: Transaction,
  { tenantId, projectId }: Place,
  mostAMinute: number,
): Promise<number> {
  const [row] = await tx
    .select({
      seconds: sql<number>`ceil(extract(epoch from ${environments.createdAt} + interval '1 minute' - now()))::integer`,
    })
    .from(environments)
    .where(and(eq(environments.tenantId, tenantId), eq(environments.projectId, projectId)))
    .orderBy(desc(environments.id))
    .offset(mostAMinute - 1)
    .limit(1);
  return Math.max(0, row?.seconds ?? 0);
}

/** True when an environment of the project that is not released has this name. */
export async function isEnvironmentNameTaken(
  tx: Transaction,
  place: Place,
  name: string,
): Promise<boolean> {
  const rows = await tx
    .select({ id: environments.id })
    .from(environments)
    .where(
      and(
        eq(environments.tenantId, place.tenantId),
        eq(environments.projectId, place.projectId),
        eq(environments.name, name),
        ne(environments.state, "released"),
      ),
    )
    .limit(1);
  return rows.length > 0;
}

/**
 * Moves an environment to a state, if nobody moved it since it was read. Throws when somebody did:
 * callers hold the row, so that would be a bug.
 */
export async function moveEnvironment(
  tx: Transaction,
  environment: Pick<EnvironmentRow, "id" | "generation">,
  to: EnvironmentState,
  reason: string | null = null,
): Promise<void> {
  const moved = await tx
    .update(environments)
    .set({
      state: to,
      stateSince: sql`clock_timestamp()`,
      stateReason: reason,
      generation: sql`${environments.generation} + 1`,
      ...(to === "released" ? { releasedAt: sql`clock_timestamp()` } : {}),
    })
    .where(
      and(eq(environments.id, environment.id), eq(environments.generation, environment.generation)),
    )
    .returning({ id: environments.id });
  if (moved.length !== 1) throw new Error("the environment was moved by someone else meanwhile");
  if (to === "released") await giveBackPoolItems(tx, environment.id);
}
