import { asc, ilike, or, sql } from "drizzle-orm";
import type { Database } from "#db/client";
import { containing } from "#db/queries/like";
import { nodes } from "#db/schema/nodes";
import { tenants } from "#db/schema/tenants";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { FleetSearchAnswer } from "#lib/schemas/fleet-search";

const mostOfAKind = 8;

/** Nodes by name, serial, MAC or address, and tenants by name; what matches by name comes first. */
export async function searchFleet(
  db: Database,
  grant: Grant<"fleet.read">,
  query: string,
): Promise<FleetSearchAnswer> {
  const like = containing(query);
  return withGrant(db, grant, async (tx) => {
    const foundNodes = await tx
      .select()
      .from(nodes)
      .where(
        or(
          ilike(nodes.name, like),
          ilike(nodes.serial, like),
          ilike(nodes.bootMac, like),
          ilike(nodes.address, like),
          ilike(nodes.controllerAddress, like),
        ),
      )
      .orderBy(sql`${nodes.name} not ilike ${like}`, asc(nodes.name))
      .limit(mostOfAKind);
    const foundTenants = await tx
      .select()
      .from(tenants)
      .where(or(ilike(tenants.name, like), ilike(tenants.slug, like)))
      .orderBy(asc(tenants.name))
      .limit(mostOfAKind);
    return [
      {
        heading: "Nodes",
        items: foundNodes.map((node) => ({
          id: node.id,
          label: node.name,
          href: `/fleet/nodes/${node.id}`,
          hint: [node.serial, node.address, node.lifecycle].filter(Boolean).join(" · "),
        })),
      },
      {
        heading: "Tenants",
        items: foundTenants.map((tenant) => ({
          id: tenant.id,
          label: tenant.name,
          href: `/fleet/tenants/${tenant.slug}`,
          hint: tenant.slug,
        })),
      },
    ].filter((group) => group.items.length > 0);
  });
}
