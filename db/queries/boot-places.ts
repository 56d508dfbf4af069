import { eq, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { findInterfaceNodes } from "#db/queries/dhcp-leases";
import { bootWindows } from "#db/schema/boot-windows";
import type { AddressHolder, BootPlaces, BootStage } from "#lib/domain/boot/boot-place";
import type { KnownMachine } from "#lib/domain/boot/said-machine";
import type { Id } from "#lib/domain/id";

type Reader = Database | Transaction;

/** Whose an address is now, by what the DHCP server of a node's site told of leases. */
export async function findAddressHolder(
  db: Reader,
  nodeId: Id<"node">,
  address: string,
): Promise<AddressHolder> {
  const { rows } = await db.execute<{ mac: string; siteId: Id<"site">; isOwn: boolean }>(sql`
    select l.mac, l.site_id as "siteId",
      l.mac is not distinct from n.boot_mac
        or jsonb_path_exists(n.inventory, '$.nics[*] ? (@.mac == $mac)',
          jsonb_build_object('mac', l.mac)) is true as "isOwn"
    from nodes n
    join racks r on r.id = n.rack_id
    join dhcp_leases l on l.site_id = r.site_id and l.address = ${address}
      and l.ended_at is null and l.expires_at > now()
    where n.id = ${nodeId} order by l.heard_at desc limit 1`);
  const [lease] = rows;
  if (!lease) return { kind: "unknown" };
  if (lease.isOwn) return { kind: "own" };
  const owners = await findInterfaceNodes(db, lease.siteId, [lease.mac]);
  const other = owners.get(lease.mac);
  // A system may give its bridges and its guests addresses of their own making.
  if (!other || other.id === nodeId) return { kind: "unknown" };
  return { kind: "other", mac: lease.mac, node: other.name };
}

/** What a node's machine is known by: every MAC address of it, and its UUID. */
export async function findMachine(db: Reader, nodeId: Id<"node">): Promise<KnownMachine> {
  const { rows } = await db.execute<{ macs: string[] | null; uuid: string | null }>(sql`
    select n.inventory #>> '{system,uuid}' as uuid,
      (select array_agg(lower(m.mac)) from (
        select n.boot_mac as mac
        union
        select nic.mac #>> '{}' from jsonb_path_query(n.inventory, '$.nics[*].mac') nic (mac)) m
        where m.mac is not null) as macs
    from nodes n where n.id = ${nodeId}`);
  const [row] = rows;
  return { macs: row?.macs ?? [], uuid: row?.uuid ?? null };
}

/**
 * Has a part of a boot ask from another address, where it asked from `from` until now; null for none.
 * Gives where every part asks from after it, whoever was first, and whether this was.
 */
export async function movePlace(
  db: Reader,
  windowId: Id<"bootWindow">,
  stage: BootStage,
  { from, to }: { from: string | null; to: string },
): Promise<{ places: BootPlaces; isMoved: boolean }> {
  const moved = await db
    .update(bootWindows)
    .set({
      places: sql`${bootWindows.places} || jsonb_build_object(${stage}::text, ${to}::text)`,
      // By which a client of EC2's metadata service is known.
      ...(stage === "program" ? { peerAddress: to } : {}),
    })
    .where(
      sql`${eq(bootWindows.id, windowId)} and ${bootWindows.places} ->> ${stage} is not distinct from ${from}`,
    )
    .returning({ places: bootWindows.places });
  const [row] = moved;
  if (row) return { places: row.places, isMoved: true };
  const [other] = await db
    .select({ places: bootWindows.places })
    .from(bootWindows)
    .where(eq(bootWindows.id, windowId));
  return { places: other?.places ?? {}, isMoved: false };
}
