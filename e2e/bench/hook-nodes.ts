import { fork } from "node:child_process";
import { once } from "node:events";
import { eq, inArray, isNull, sql } from "drizzle-orm";
import type { Database } from "#db/client";
import { wakeWorkers } from "#db/queries/operations";
import { bootWindows } from "#db/schema/boot-windows";
import { templateVersions } from "#db/schema/catalogue";
import { allocations, environments } from "#db/schema/environments";
import { hookRuns } from "#db/schema/hooks";
import { nodes } from "#db/schema/nodes";
import { operations } from "#db/schema/operations";
import { scriptRuns } from "#db/schema/script-runs";
import type { BenchWorld } from "#e2e/bench/world";
import { aHook } from "#e2e/fixtures/hooks";
import { asOperator, givenFleet } from "#e2e/fixtures/launchable";
import { until } from "#e2e/world/acting";
import { bootToken, bootTokenHashes } from "#lib/boot/tokens";
import { type Id, newId } from "#lib/domain/id";

// Launches that have come to where scripts run, all at once: what is before that is written into the
// database, from there on the worker goes on with them. What nodes do is hook-farm.ts.

/** A launch of one node, and what its node shows to the boot server. */
export type HookLaunch = {
  environmentId: Id<"environment">;
  operationId: Id<"operation">;
  token: string;
};

const line = /^at (\d+\.\d+) of /gm;

/** When the lines of a log were written, in milliseconds. */
export function writtenAt(log: string): number[] {
  return [...log.matchAll(line)].map(([, at]) => Number(at) * 1_000);
}

/** Launches of one node each, that nobody takes up before `beginAll`. */
export async function givenHookLaunches(
  world: BenchWorld,
  input: { worker: Database; secret: string; count: number; script: string },
): Promise<HookLaunch[]> {
  const { db } = world.app;
  const { worker, secret, count } = input;
  const fleet = await givenFleet(db, { racks: [count], gpuModel: "H100" });
  const { tenantId, projectId, actorId } = world.grant("environment.launch");
  const place = { tenantId, projectId };
  const later = new Date(Date.now() + 3_600_000);
  const made = fleet.racks.flat().map((nodeId, at) => ({
    ...{ nodeId, name: `stream-${at + 1}`, environmentId: newId("environment") },
    ...{ allocationId: newId("allocation"), parentId: newId("operation") },
    ...{ operationId: newId("operation"), windowId: newId("bootWindow") },
  }));
  const { templateVersionId, imageId, profileId } = fleet;
  const script = { text: input.script, outputs: [] };
  const hook = aHook({ name: "report", kind: "script", point: "after_bootstrap", script });
  await asOperator(db, async (tx) => {
    await tx
      .update(templateVersions)
      .set({ hooks: [{ ...hook, seconds: 3_600 }] })
      .where(eq(templateVersions.id, templateVersionId));
    await tx.insert(environments).values(
      made.map(({ environmentId, name }) => ({
        ...{ ...place, id: environmentId, name, templateVersionId, imageId },
        ...{ groups: { workers: 1 }, authorizedKeys: [], createdBy: actorId },
        state: "provisioning" as const,
      })),
    );
    await tx.insert(allocations).values(
      made.map(({ environmentId, allocationId, nodeId, name }) => ({
        ...{ ...place, id: allocationId, environmentId, nodeId, profileId },
        ...{ gpus: 8, gpuModel: "H100", groupName: "workers", hostname: `${name}-1` },
      })),
    );
  });
  await worker
    .update(nodes)
    .set({ lifecycle: "deploying" })
    .where(inArray(nodes.id, fleet.racks.flat()));
  await worker.insert(operations).values(
    made.map(({ parentId: id, environmentId }) => ({
      ...{ ...place, id, environmentId, kind: "environment.launch" as const },
      state: "running" as const,
    })),
  );
  await worker.insert(operations).values(
    made.map(({ operationId: id, parentId, environmentId, allocationId, nodeId }) => ({
      ...{ ...place, id, parentId, environmentId, allocationId, nodeId, runAfter: later },
      ...{ kind: "node.deploy" as const, state: "waiting" as const, step: "hand_over" },
    })),
  );
  await worker.insert(bootWindows).values(
    made.map(({ windowId: id, operationId, allocationId, environmentId, nodeId }) => ({
      ...{ id, nodeId, operationId, allocationId, tenantId, environmentId, expiresAt: later },
      ...{ purpose: "deploy" as const, bootOrigin: world.ingot.bootOrigin, kernelArgs: "" },
      ...{ ...bootTokenHashes(secret, id), startTokenHash: null },
    })),
  );
  return made.map(({ environmentId, operationId, windowId }) => ({
    ...{ environmentId, operationId, token: bootToken(secret, windowId, "hook") },
  }));
}

/** The runners of all nodes: `enough` ends their scripts, `close` the runners. */
export type Runners = { enough: () => void; close: () => void };

/** Starts the runner of each node, whose script will write a line every so often. */
export async function startRunners(
  world: BenchWorld,
  launches: readonly HookLaunch[],
  lineSeconds: number,
): Promise<Runners> {
  const farm = fork(new URL("hook-farm.ts", import.meta.url));
  await once(farm, "message");
  const bases = launches.map(({ token }) => `${world.ingot.bootOrigin}/h/${token}`);
  farm.send({ bases, lineSeconds });
  return {
    enough: () => farm.connected && farm.send("enough"),
    close: () => farm.connected && farm.disconnect(),
  };
}

/** The worker takes up every launch, orders its hook, and each node begins it. */
export async function beginAll(worker: Database, launches: readonly HookLaunch[]): Promise<void> {
  const ids = launches.map(({ operationId }) => operationId);
  await worker.update(operations).set({ runAfter: sql`now()` }).where(inArray(operations.id, ids));
  await wakeWorkers(worker);
  await until(
    `${launches.length} scripts that run`,
    async () => {
      const began = await worker.$count(scriptRuns, eq(scriptRuns.state, "running"));
      return began === launches.length ? began : undefined;
    },
    180_000,
  );
}

/** Waits until every hook has ended, and gives what each script wrote, by environment. */
export async function untilAllEnded(worker: Database): Promise<Map<Id<"environment">, string>> {
  await until(
    "the end of all hooks",
    async () => {
      // While all of them end at once, a connection may not come in time: it is asked again.
      const asked = worker.$count(hookRuns, isNull(hookRuns.finishedAt));
      return (await asked.catch(() => undefined)) === 0 ? true : undefined;
    },
    300_000,
  );
  const rows = await worker
    .select({ id: scriptRuns.environmentId, log: scriptRuns.log })
    .from(scriptRuns)
    .where(eq(scriptRuns.state, "succeeded"));
  return new Map(rows.flatMap(({ id, log }) => (id ? [[id, log]] : [])));
}
