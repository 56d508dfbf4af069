import { and, eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { heldStretches, type TelemetryNode, telemetryNodes } from "#db/queries/gpu-samples";
import { environments } from "#db/schema/environments";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { Id } from "#lib/domain/id";
import type { BucketGrid } from "#lib/domain/telemetry/buckets";
import type { KeepDays } from "#lib/domain/telemetry/rollup-level";
import type { HistoryAsked } from "#lib/ports/history";
import type { TelemetryNodeView } from "#lib/schemas/telemetry";
import { readOrWhyNot } from "#lib/views/read-or-why-not";
import { telemetryEvents } from "#lib/views/telemetry-events";

// What charts of GPUs and those of hosts are told alike.

/** How often exporters are asked, and for how long is kept what they said; the usual where left out. */
export type TelemetrySettings = { scrapeMs?: number; keepDays?: KeepDays };

/** A little more than was asked for is told: who missed one message is whole again with the next. */
export const missedMs = 20_000;

type Store<Read> = { name: string; read: (asked: HistoryAsked) => Promise<Read> };

/**
 * The nodes of an environment, and what a store has of one of them: of the one asked for, else of the first.
 * `elsewhere` is an operator's own store, which then answers instead of `own`; where it does not, `read` is
 * `nothing`. Null when the project has no such environment.
 */
export async function nodeTelemetry<Read extends { lastMs: number | null }>(
  db: Database,
  grant: Grant<"environment.read">,
  environmentId: Id<"environment">,
  asked: { of: "gpus" | "host"; node: Id<"node"> | undefined; grid: BucketGrid; nowMs: number },
  stores: { own: Store<Read>; elsewhere: Store<Read> | null; nothing: Read },
) {
  const { of, node, grid, nowMs } = asked;
  const found = await withGrant(db, grant, async (tx) => {
    const [environment] = await tx
      .select({ id: environments.id })
      .from(environments)
      .where(and(eq(environments.id, environmentId), eq(environments.projectId, grant.projectId)));
    if (!environment) return null;
    const nodes = await telemetryNodes(tx, environmentId, of);
    const nodeId = (nodes.find((one) => one.nodeId === node) ?? nodes[0])?.nodeId ?? null;
    return {
      ...{ nodes, nodeId },
      held: nodeId ? await heldStretches(tx, environmentId, nodeId) : [],
      events: nodeId ? await telemetryEvents(tx, { environmentId, nodeId, grid }) : [],
    };
  });
  if (!found) return null;

  // No transaction waits for a store elsewhere.
  const { nodes, nodeId, held, events } = found;
  const { own, elsewhere, nothing } = stores;
  const { read, error } = nodeId
    ? await readOrWhyNot(elsewhere ?? own, { environmentId, nodeId, held, grid, nowMs }, nothing)
    : { read: nothing, error: null };
  return {
    ...{ nodeId, events, read },
    store: elsewhere && { name: elsewhere.name, error },
    nodes: nodes.map((one) =>
      viewOf(one, elsewhere ? { lastMs: one.nodeId === nodeId ? read.lastMs : undefined } : null),
    ),
  };
}

/** `elsewhere`: what a store elsewhere knows of the node. */
function viewOf(
  { nodeId, hostname, heldFrom, heldUntil, lastAt, error, errorSince }: TelemetryNode,
  elsewhere: { lastMs: number | null | undefined } | null,
): TelemetryNodeView {
  const lastMs = elsewhere?.lastMs;
  return {
    ...{ id: nodeId, hostname },
    heldFromMs: heldFrom.getTime(),
    heldUntilMs: heldUntil?.getTime() ?? null,
    lastMs: lastMs === undefined ? (lastAt?.getTime() ?? null) : lastMs,
    // What our own scraper meets says nothing of a store that is filled by another.
    outage:
      !elsewhere && error && errorSince ? { reason: error, sinceMs: errorSince.getTime() } : null,
  };
}
