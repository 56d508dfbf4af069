import type { ReactNode } from "react";
import { LeaseTable } from "#components/sites/lease-table";
import { EmptyState } from "#components/ui/empty-state";
import { LinkButton } from "#components/ui/link-button";
import { Pagination, type PaginationProps } from "#components/ui/pagination";
import { Panel } from "#components/ui/panel";
import { RelativeTime } from "#components/ui/relative-time";
import type { DhcpMode } from "#lib/domain/boot/dnsmasq-config";
import type { SiteLease } from "#lib/schemas/site-lease";

/** What a site's DHCP server handed out, as far as it told; or why nothing is known of it. */
export function LeasesPanel({
  mode,
  reports,
  leases,
  pages,
  actions,
}: {
  mode: DhcpMode;
  /** Null: no script was made that would tell. */
  reports: { madeAt: string; heardAt: string | null } | null;
  leases: readonly SiteLease[];
  /** Null where all of them are here. */
  pages: PaginationProps | null;
  actions: ReactNode;
}) {
  const heardAt = reports?.heardAt ?? null;
  return (
    <Panel
      title="DHCP leases"
      meta={
        heardAt && (
          <>
            heard from dnsmasq <RelativeTime at={heardAt} />
          </>
        )
      }
      description="What dnsmasq gave, prolonged or ended. A client that asked for a lease and got none is in its own log alone."
      actions={mode === "dhcp" && actions}
      padded={false}
    >
      {leases.length > 0 && <LeaseTable leases={leases} />}
      {leases.length > 0 && pages && <Pagination {...pages} />}
      {leases.length === 0 && (
        <NoLease
          mode={mode}
          isTold={reports !== null}
          mayMake={Boolean(actions)}
          heardAt={heardAt}
          firstHref={pages?.firstHref ?? null}
        />
      )}
    </Panel>
  );
}

function NoLease({
  mode,
  isTold,
  mayMake,
  heardAt,
  firstHref,
}: {
  mode: DhcpMode;
  isTold: boolean;
  mayMake: boolean;
  heardAt: string | null;
  firstHref: string | null;
}) {
  if (firstHref) {
    return (
      <EmptyState
        title="No more leases"
        action={<LinkButton href={firstHref}>First page</LinkButton>}
      >
        There were more when this page was linked to.
      </EmptyState>
    );
  }
  if (mode === "proxy") {
    return (
      <EmptyState title="Another server gives the addresses">
        Beside it dnsmasq has no leases, so there is nothing that it could tell.
      </EmptyState>
    );
  }
  if (!isTold) {
    return (
      <EmptyState title="dnsmasq does not tell yet">
        {mayMake ? "Make the script" : "A fleet admin can make the script"} that it runs for each
        lease, and what it hands out is shown here.
      </EmptyState>
    );
  }
  if (heardAt === null) {
    return (
      <EmptyState title="Nothing was ever heard from dnsmasq">
        The script was made. It is run once it lies on dnsmasq's machine and the configuration there
        names it; what it could not send is in dnsmasq's log.
      </EmptyState>
    );
  }
  return (
    <EmptyState title="No lease is known">
      Those that were told of ended long ago and are not kept.
    </EmptyState>
  );
}
