import type { Transaction } from "#db/client";
import { allocations, environments } from "#db/schema/environments";
import { nodes } from "#db/schema/nodes";
import type { GivenFleet } from "#e2e/fixtures/launchable";
import { type Id, newId } from "#lib/domain/id";

/** A node of eight GPUs that is on, by the exporter that tells of it. */
export type ScrapedNode = { name: string; exporterPort: number; rackId: Id<"rack"> };

/** An environment that holds these nodes since then, each with an exporter on this machine. */
export async function insertScraped(
  tx: Transaction,
  input: {
    name: string;
    of: { tenantId: Id<"tenant">; projectId: Id<"project">; userId: Id<"user"> };
    fleet: GivenFleet;
    nodes: readonly ScrapedNode[];
    since: Date;
  },
): Promise<Id<"environment">> {
  const { name, fleet, since } = input;
  const { tenantId, projectId, userId } = input.of;
  const environmentId = newId("environment");
  await tx.insert(environments).values({
    ...{ id: environmentId, tenantId, projectId, createdBy: userId, name, state: "ready" },
    ...{ templateVersionId: fleet.templateVersionId, imageId: fleet.imageId },
    ...{ groups: { workers: input.nodes.length }, authorizedKeys: [] },
  });
  const made = input.nodes.map((node) => ({
    ...{ ...node, id: newId("node"), nodeTypeId: fleet.nodeTypeId },
    ...{ lifecycle: "active" as const, health: "ok" as const, powerObserved: "on" as const },
    ...{ controllerAddress: node.name, address: "127.0.0.1" },
  }));
  await tx.insert(nodes).values(made);
  await tx.insert(allocations).values(
    made.map(({ id: nodeId, name: hostname }) => ({
      ...{ id: newId("allocation"), tenantId, projectId, environmentId, nodeId, hostname },
      ...{ groupName: "workers", profileId: fleet.profileId, startedAt: since },
      ...{ gpus: 8, gpuModel: "H100" },
    })),
  );
  return environmentId;
}
