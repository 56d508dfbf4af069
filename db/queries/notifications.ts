import { eq, sql } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { wakeWorkers } from "#db/queries/operations";
import { environments } from "#db/schema/environments";
import { notifications } from "#db/schema/notifications";
import { projects, tenants } from "#db/schema/tenants";
import { type Id, newId } from "#lib/domain/id";
import type {
  Audience,
  EnvironmentPlace,
  NotificationFact,
} from "#lib/domain/notification/notification";

export type Told = NotificationFact & {
  audience: Audience;
  tenantId?: Id<"tenant"> | null;
  projectId?: Id<"project"> | null;
  userId?: Id<"user">;
  /** The same key is told once, however often this is called. */
  dedupeKey?: string;
};

/** Writes what somebody is to be told, in the transaction in which it became so. */
export async function notify(tx: Transaction, ...told: Told[]): Promise<void> {
  if (told.length === 0) return;
  await tx
    .insert(notifications)
    .values(told.map((each) => ({ id: newId("notification"), ...each })))
    .onConflictDoNothing();
  await wakeWorkers(tx);
  const tenants = new Set(told.flatMap(({ tenantId }) => tenantId ?? []));
  await tell(tx, [...tenants]);
}

/** The channel on which streams hear that a tenant has a new event, or that a token has ended: its id. */
export const toldChannel = "ingot_told";

/** Tells the streams that concern one of these, when this transaction commits. */
export async function tell(
  tx: Transaction,
  ids: readonly (Id<"tenant"> | Id<"apiToken">)[],
): Promise<void> {
  if (ids.length === 0) return;
  await tx.execute(
    sql`select pg_notify(${toldChannel}, id) from unnest(${sql.param([...ids])}::text[]) as id`,
  );
}

type About = NotificationFact & {
  audience: Audience;
  userId?: Id<"user">;
  dedupeKey?: string;
};

/** As `notify`, about one environment: `tell` is given its place, by the names it has now. */
export async function notifyOfEnvironment(
  tx: Transaction,
  id: Id<"environment">,
  tell: (place: EnvironmentPlace) => About[],
): Promise<void> {
  const [row] = await tx
    .select({
      tenantId: environments.tenantId,
      projectId: environments.projectId,
      tenant: tenants.slug,
      project: projects.slug,
      environment: environments.name,
    })
    .from(environments)
    .innerJoin(tenants, eq(tenants.id, environments.tenantId))
    .innerJoin(projects, eq(projects.id, environments.projectId))
    .where(eq(environments.id, id));
  if (!row) throw new Error(`environment ${id} is gone`);
  const { tenantId, projectId, ...names } = row;
  const told = tell({ ...names, environmentId: id });
  await notify(tx, ...told.map((each) => ({ ...each, tenantId, projectId })));
}
