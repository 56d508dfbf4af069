import { and, desc, eq, inArray, isNull, ne, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { bootRequests, dhcpLeases, leaseReporters } from "#db/schema/dhcp-leases";
import { nodes } from "#db/schema/nodes";
import { siteProvisioning } from "#db/schema/sites";
import type { LeaseReport } from "#lib/domain/boot/lease-report";
import type { Id } from "#lib/domain/id";

export type DhcpLeaseRow = typeof dhcpLeases.$inferSelect;
export type BootRequestRow = typeof bootRequests.$inferSelect;

/** Rows of one site beyond which those that were not heard of for longest are removed. */
const mostLeases = 5_000;
const mostRequests = 500;

/** The provisioning network that a secret tells of, by the secret's SHA-256. */
export async function findLeaseNetwork(
  db: Database,
  tokenHash: string,
): Promise<{ siteId: Id<"site">; subnet: string } | undefined> {
  const [row] = await db
    .select({ siteId: siteProvisioning.siteId, subnet: siteProvisioning.subnet })
    .from(leaseReporters)
    .innerJoin(siteProvisioning, eq(siteProvisioning.siteId, leaseReporters.siteId))
    .where(eq(leaseReporters.tokenHash, tokenHash));
  return row;
}

/**
 * Writes down what was told of a lease; false when the secret has been replaced meanwhile. Times are
 * the database's: the clock of a DHCP server may be another.
 */
export async function keepLease(
  db: Database,
  tokenHash: string,
  report: LeaseReport,
): Promise<boolean> {
  return db.transaction(async (tx) => {
    // Holds back the next report of this network, so that they count in the order they come.
    const [reporter] = await tx
      .update(leaseReporters)
      .set({ heardAt: sql`now()` })
      .where(eq(leaseReporters.tokenHash, tokenHash))
      .returning({ siteId: leaseReporters.siteId });
    if (!reporter) return false;
    const { siteId } = reporter;
    if (report.act === "del") await endLease(tx, siteId, report);
    else await writeLease(tx, siteId, report);
    return true;
  });
}

async function endLease(
  tx: Transaction,
  siteId: Id<"site">,
  { mac, address }: LeaseReport,
): Promise<void> {
  // A client that has moved on to another address has a lease all the same.
  await tx
    .update(dhcpLeases)
    .set({ endedAt: sql`now()`, heardAt: sql`now()` })
    .where(
      and(
        eq(dhcpLeases.siteId, siteId),
        eq(dhcpLeases.mac, mac),
        eq(dhcpLeases.address, address),
        isNull(dhcpLeases.endedAt),
      ),
    );
}

async function writeLease(
  tx: Transaction,
  siteId: Id<"site">,
  { mac, address, act, secondsLeft, asked }: Exclude<LeaseReport, { act: "del" }>,
): Promise<void> {
  // An address is one client's: whoever had it has it no more, though nothing was heard of that.
  await tx
    .update(dhcpLeases)
    .set({ endedAt: sql`now()` })
    .where(
      and(
        eq(dhcpLeases.siteId, siteId),
        eq(dhcpLeases.address, address),
        ne(dhcpLeases.mac, mac),
        isNull(dhcpLeases.endedAt),
      ),
    );
  const given = act === "add" ? sql`now()` : null;
  const expiresAt = sql`now() + ${`${secondsLeft} seconds`}::interval`;
  const client = asked && {
    ...asked,
    askedAt: sql`now()`,
    ...(asked.isIpxe ? { bootGivenAt: sql`now()` } : {}),
  };
  const goesOn = sql`${dhcpLeases.endedAt} is null and ${dhcpLeases.expiresAt} > now()
    and ${dhcpLeases.address} = ${address}`;
  await tx
    .insert(dhcpLeases)
    .values({ siteId, mac, address, startedAt: given, expiresAt, ...client })
    .onConflictDoUpdate({
      target: [dhcpLeases.siteId, dhcpLeases.mac],
      set: {
        address,
        heardAt: sql`now()`,
        startedAt: given ?? sql`case when ${goesOn} then ${dhcpLeases.startedAt} end`,
        expiresAt,
        endedAt: null,
        ...client,
      },
    });
}

/**
 * Writes down that somebody asked by a MAC address that nobody awaited, from an IPv4 address: at the site
 * that leased an address to it, or whose network the address is of, or the only one that has such a
 * network. Where none of these is one site, it is not kept.
 */
export async function keepBootRequest(
  db: Database,
  { mac, address }: { mac: string; address: string },
): Promise<void> {
  await db.execute(sql`
    insert into boot_requests (site_id, mac, address)
    select site_id, ${mac}, ${address} from (select coalesce(
      (select min(site_id) from dhcp_leases
        where mac = ${mac} and ended_at is null and expires_at > now() having count(*) = 1),
      (select min(site_id) from site_provisioning
        where subnet::inet >>= ${address}::inet having count(*) = 1),
      (select min(site_id) from site_provisioning having count(*) = 1)) as site_id) at
    where site_id is not null
    on conflict (site_id, mac) do update
    set address = excluded.address, last_at = now(),
      count = least(boot_requests.count, 1000000000) + 1`);
}

/** Who asked at a site by a MAC address that nobody awaited, the last first. */
export function listBootRequests(
  tx: Transaction,
  siteId: Id<"site">,
  limit: number,
): Promise<BootRequestRow[]> {
  return tx
    .select()
    .from(bootRequests)
    .where(eq(bootRequests.siteId, siteId))
    .orderBy(desc(bootRequests.lastAt), bootRequests.mac)
    .limit(limit);
}

/** The leases of a site, the one that was heard of last first; one more than `limit`, if there is one. */
export function listLeases(
  tx: Transaction,
  siteId: Id<"site">,
  page: { after: number; limit: number },
): Promise<DhcpLeaseRow[]> {
  return tx
    .select()
    .from(dhcpLeases)
    .where(eq(dhcpLeases.siteId, siteId))
    .orderBy(desc(dhcpLeases.heardAt), dhcpLeases.mac)
    .offset(page.after)
    .limit(page.limit + 1);
}

/**
 * Whose interfaces these are: of any node that boots from one, or of a node of the site whose
 * inventory has it. By MAC address; nodes that have left the fleet do not count.
 */
export async function findInterfaceNodes(
  tx: Database | Transaction,
  siteId: Id<"site">,
  macs: readonly string[],
): Promise<Map<string, { id: Id<"node">; name: string }>> {
  if (macs.length === 0) return new Map();
  const booting = await tx
    .select({ mac: nodes.bootMac, id: nodes.id, name: nodes.name })
    .from(nodes)
    .where(and(inArray(nodes.bootMac, [...macs]), ne(nodes.lifecycle, "retired")));
  const found = new Map(booting.map(({ mac, ...node }) => [mac ?? "", node]));
  const left = macs.filter((mac) => !found.has(mac));
  if (left.length === 0) return found;
  const having = await tx.execute<{ mac: string; id: Id<"node">; name: string }>(sql`
    select nic.mac #>> '{}' as mac, n.id, n.name
    from nodes n join racks r on r.id = n.rack_id,
      jsonb_path_query(n.inventory, '$.nics[*].mac') nic (mac)
    where r.site_id = ${siteId} and n.lifecycle <> 'retired'
      and nic.mac #>> '{}' in (${sql.join(
        left.map((mac) => sql`${mac}`),
        sql`, `,
      )})`);
  for (const { mac, id, name } of having.rows) found.set(mac, { id, name });
  return found;
}

/**
 * Removes leases that ended so many days ago, with requests of then, and of a site with very many those of
 * longest ago.
 */
export async function pruneLeases(db: Database, keepDays: number): Promise<void> {
  await db.execute(sql`
    delete from dhcp_leases where (site_id, mac) in (
      select site_id, mac from dhcp_leases
      where least(expires_at, ended_at) < now() - ${`${keepDays} days`}::interval limit 10000)`);
  await db.execute(sql`
    delete from dhcp_leases where (site_id, mac) in (
      select site_id, mac from (
        select site_id, mac,
          row_number() over (partition by site_id order by heard_at desc, mac) as place
        from dhcp_leases) ranked
      where place > ${mostLeases} limit 10000)`);
  await db.execute(sql`
    delete from boot_requests where (site_id, mac) in (
      select site_id, mac from (
        select site_id, mac, last_at,
          row_number() over (partition by site_id order by last_at desc, mac) as place
        from boot_requests) ranked
      where place > ${mostRequests} or last_at < now() - ${`${keepDays} days`}::interval
      limit 10000)`);
}
