import { sql } from "drizzle-orm";
import { inScope } from "#db/client";
import { nodes } from "#db/schema/nodes";
import type { BenchWorld } from "#e2e/bench/world";
import { newId } from "#lib/domain/id";

/** Rows for a large fleet, copied from one node: lists are measured, not controllers. */
export async function fillFleet(world: BenchWorld, total: number): Promise<void> {
  await inScope(world.app.db, { tenant: "", user: "", fleet: "write" }, async (tx) => {
    const [model] = await tx.select().from(nodes).limit(1);
    const [have] = await tx.select({ n: sql<number>`count(*)::int` }).from(nodes);
    if (!model) throw new Error("the bench's world has no node");
    const missing = total - (have?.n ?? 0);
    const rows = Array.from({ length: missing }, (_, i) => ({
      ...model,
      id: newId("node"),
      name: `filler-${String(i).padStart(4, "0")}`,
      controllerAddress: `10.99.${i >> 8}.${i & 255}:443`,
      lifecycle: "failed" as const,
      // One controller is one node, and so is one address to boot by.
      controllerUuid: null,
      bootMac: null,
      inventory: null,
    }));
    for (let i = 0; i < rows.length; i += 200) {
      await tx.insert(nodes).values(rows.slice(i, i + 200));
    }
  });
}
