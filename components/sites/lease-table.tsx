"use client";

import { askerColumns } from "#components/sites/asker-columns";
import { RelativeTime } from "#components/ui/relative-time";
import { type StateKind, StateText } from "#components/ui/state-text";
import { type Column, DataTable } from "#components/ui/table";
import { TextLink } from "#components/ui/text-link";
import { useNow } from "#lib/client/use-now";
import { type LeaseState, leaseStateAt } from "#lib/domain/boot/lease-report";
import type { SiteLease } from "#lib/schemas/site-lease";

const looks = {
  leased: { kind: "ok", word: "Leased" },
  expired: { kind: "neutral", word: "Expired" },
  ended: { kind: "neutral", word: "Ended" },
} as const satisfies Record<LeaseState, { kind: StateKind; word: string }>;

const when = (at: string) => <RelativeTime at={at} focusable={false} />;

const columns: Column<SiteLease>[] = [
  ...askerColumns<SiteLease>(),
  {
    id: "node",
    header: "Node",
    cell: ({ node }) =>
      node ? (
        <TextLink quiet href={`/fleet/nodes/${node.id}`}>
          {node.name}
        </TextLink>
      ) : (
        <span className="text-muted">no node has this interface</span>
      ),
  },
  {
    id: "client",
    header: "Client",
    cell: ({ client, askedAt, bootGivenAt }) =>
      askedAt ? (
        <>
          {client}
          <span className="block text-faint text-xs">
            asked {when(askedAt)},{" "}
            {bootGivenAt ? (
              <>given the boot address {when(bootGivenAt)}</>
            ) : (
              "not given the boot address"
            )}
          </span>
        </>
      ) : (
        <span className="text-muted">no request seen yet</span>
      ),
  },
  {
    id: "since",
    header: "Since",
    cell: ({ since }) =>
      since ? when(since) : <span className="text-muted">before the first report</span>,
  },
  { id: "until", header: "Until", cell: (lease) => <Until {...lease} /> },
  {
    id: "told",
    header: "Last report",
    cell: ({ heardAt, firstHeardAt }) => (
      <>
        {when(heardAt)}
        <span className="block text-faint text-xs">first {when(firstHeardAt)}</span>
      </>
    ),
  },
];

/** What a site's DHCP server told of leases, and whose interfaces they are. */
export function LeaseTable({ leases }: { leases: readonly SiteLease[] }) {
  return (
    <DataTable label="DHCP leases" columns={columns} rows={leases} rowKey={(lease) => lease.mac} />
  );
}

/** A page stays open for longer than a lease: what has expired since says so. */
function Until({ state, until, endedAt }: SiteLease) {
  const now = useNow(15_000);
  const look = looks[now === null ? state : leaseStateAt({ until, endedAt }, now)];
  return <StateText {...look} detail={when(endedAt ?? until)} />;
}
