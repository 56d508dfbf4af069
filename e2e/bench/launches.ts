import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import type { QueryResultRow } from "pg";
import { inScope } from "#db/client";
import { type BenchRow, quantile } from "#e2e/bench/row";
import { type BenchWorld, benchNodes } from "#e2e/bench/world";
import { launchEnvironment } from "#lib/commands/launch-environment";
import { releaseEnvironment } from "#lib/commands/release-environment";
import type { Id } from "#lib/domain/id";

/**
 * How long a launch takes to be accepted when fifty people press the button at once, how long until
 * it is ready on a rack that takes no time itself, and how many steps the worker does a second.
 */
export async function benchLaunches(world: BenchWorld, command: string): Promise<BenchRow[]> {
  const one = await launchAll(world, 1);
  await settled(world, "ready", 1);
  const alone = await toReady(world);
  await releaseAll(world, one.ids);
  await settled(world, "released", 1);
  await free(world, benchNodes);

  const began = performance.now();
  const many = await launchAll(world, benchNodes);
  await settled(world, "ready", 1 + benchNodes - 1);
  const elapsedMs = performance.now() - began;
  const together = await toReady(world);
  const steps = await stepsDone(world, elapsedMs);
  // One stays, for the pages. What is measured next is not measured beside the wipes of the others.
  await releaseAll(world, many.ids.slice(1));
  await free(world, benchNodes - 1);
  return [
    {
      name: `${benchNodes} launches at once, accepted, p50`,
      value: Math.round(quantile(many.acceptedMs, 0.5)),
      unit: "ms",
      command,
    },
    {
      name: `${benchNodes} launches at once, accepted, p95`,
      value: Math.round(quantile(many.acceptedMs, 0.95)),
      unit: "ms",
      command,
    },
    {
      name: "launch to ready, one node, rack without delays",
      value: Number(quantile(alone, 0.5).toFixed(2)),
      unit: "s",
      command,
    },
    {
      name: `launch to ready, ${benchNodes} at once, p95`,
      value: Number(quantile(together, 0.95).toFixed(2)),
      unit: "s",
      command,
    },
    {
      name: "operation steps, one worker",
      value: Number(steps.toFixed(1)),
      unit: "steps/s",
      command,
    },
  ];
}

async function launchAll(world: BenchWorld, count: number) {
  const { launchable } = world;
  const acceptedMs: number[] = [];
  const ids = await Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const began = performance.now();
      const result = await launchEnvironment(world.app.db, world.grant("environment.launch"), {
        requestKey: randomUUID(),
        name: `load-${count}-${i}`,
        templateVersionId: launchable.templateVersionId,
        imageId: launchable.imageId,
        counts: { [launchable.group]: 1 },
        sshKeyIds: launchable.sshKeyIds,
        pastedKey: "",
      });
      acceptedMs.push(performance.now() - began);
      if (!result.ok) throw new Error(`launch refused: ${JSON.stringify(result.refusal)}`);
      return { id: result.value.environmentId, name: `load-${count}-${i}` };
    }),
  );
  return { acceptedMs, ids };
}

async function releaseAll(world: BenchWorld, all: { id: Id<"environment">; name: string }[]) {
  for (const { id, name } of all) {
    const result = await releaseEnvironment(world.app.db, world.grant("environment.release"), {
      requestKey: randomUUID(),
      environmentId: id,
      confirmName: name,
    });
    if (!result.ok) throw new Error(`release refused: ${JSON.stringify(result.refusal)}`);
  }
}

function ask<T extends QueryResultRow>(
  world: BenchWorld,
  query: ReturnType<typeof sql>,
): Promise<T[]> {
  return inScope(world.app.db, { tenant: "", user: "", fleet: "read" }, async (tx) => {
    const { rows } = await tx.execute(query);
    return rows as unknown as T[];
  });
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const limit = performance.now() + 300_000;
  while (!(await holds())) {
    if (performance.now() > limit) throw new Error(`still not so after five minutes: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const settled = (world: BenchWorld, state: string, count: number) =>
  until(`${count} environments ${state}`, async () => {
    const rows = await ask<{ failed: number; n: number }>(
      world,
      sql`select count(*) filter (where state = ${state})::int as n,
        count(*) filter (where state = 'failed')::int as failed from environments`,
    );
    if (rows[0]?.failed) throw new Error("an environment of the bench failed");
    return (rows[0]?.n ?? 0) >= count;
  });

const free = (world: BenchWorld, count: number) =>
  until(`${count} nodes available`, async () => {
    const rows = await ask<{ n: number }>(
      world,
      sql`select count(*)::int as n from nodes where lifecycle = 'available'`,
    );
    return rows[0]?.n === count;
  });

/** Seconds from the launch to the moment it was ready, for those that are. */
async function toReady(world: BenchWorld): Promise<number[]> {
  const rows = await ask<{ s: number }>(
    world,
    sql`select extract(epoch from state_since - created_at)::float8 as s from environments where state = 'ready'`,
  );
  return rows.map((row) => row.s);
}

async function stepsDone(world: BenchWorld, elapsedMs: number): Promise<number> {
  const rows = await ask<{ n: number }>(
    world,
    sql`select count(*)::int as n from operation_steps
      where state = 'done' and finished_at > now() - ${`${elapsedMs} milliseconds`}::interval`,
  );
  return ((rows[0]?.n ?? 0) / elapsedMs) * 1_000;
}
