import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { PageCalls } from "#components/api/page-calls";
import { LiveRefresh } from "#components/nodes/live-refresh";
import { RackDrawing, RackNodeLine } from "#components/sites/rack-drawing";
import { EmptyState } from "#components/ui/empty-state";
import { LinkButton } from "#components/ui/link-button";
import { PageHeader } from "#components/ui/page-header";
import { Panel } from "#components/ui/panel";
import { apiCall } from "#lib/api/table";
import { formatQuantity } from "#lib/client/format";
import { readSettings } from "#lib/config/env";
import { isId } from "#lib/domain/id";
import { database } from "#lib/server/database";
import { requireFleetGrant } from "#lib/server/require-grant";
import { rackElevation } from "#lib/views/rack-elevation";

export const metadata: Metadata = { title: "Rack" };

export default async function RackPage({ params }: PageProps<"/fleet/racks/[rackId]">) {
  const grant = await requireFleetGrant("fleet.read");
  const { rackId } = await params;
  if (!isId("rack", rackId)) notFound();
  const rack = await rackElevation(database(), grant, rackId);
  if (!rack) notFound();
  return (
    <>
      <PageHeader
        title={rack.name}
        breadcrumbs={[
          { label: "Sites and racks", href: "/fleet/racks" },
          { label: `${rack.site} / ${rack.name}` },
        ]}
        meta={
          <>
            <span className="text-muted text-xs">
              {formatQuantity(rack.nodes, "node")} in {formatQuantity(rack.units, "unit")}
            </span>
            <LiveRefresh topics={["fleet"]} />
          </>
        }
        actions={<LinkButton href={`/fleet/nodes?rack=${rackId}`}>As a list</LinkButton>}
      />
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,36rem)_minmax(0,1fr)]">
        <Panel title="Front" padded={false}>
          {rack.nodes === 0 ? (
            <EmptyState
              title="Nothing stands here yet"
              action={
                <LinkButton href="/fleet/nodes/import" variant="primary">
                  Enrol nodes
                </LinkButton>
              }
            >
              A list that names this rack puts nodes into it.
            </EmptyState>
          ) : (
            <RackDrawing name={rack.name} units={rack.units} slots={rack.slots} />
          )}
        </Panel>
        {rack.elsewhere.length > 0 && (
          <Panel
            title="Not drawn"
            description="Their unit is not known, or not one of this rack's."
          >
            <ul className="flex flex-col gap-2">
              {rack.elsewhere.map((node) => (
                <li key={node.id}>
                  <RackNodeLine node={node} withPlace />
                </li>
              ))}
            </ul>
          </Panel>
        )}
      </div>
      <PageCalls
        calls={[
          {
            label: "Read this rack",
            call: apiCall("getRack", readSettings().origin, { rack: rackId }),
          },
        ]}
      />
    </>
  );
}
