import type { Metadata } from "next";
import { acceptVariantAction, confirmCertificatesAction } from "#app/fleet/nodes/actions";
import { PageCalls } from "#components/api/page-calls";
import { CertificatesPanel } from "#components/nodes/certificates-panel";
import { LiveRefresh } from "#components/nodes/live-refresh";
import { ReadinessBoard, StageCounts } from "#components/nodes/readiness-board";
import { EmptyState } from "#components/ui/empty-state";
import { LinkButton } from "#components/ui/link-button";
import { PageHeader } from "#components/ui/page-header";
import { Panel } from "#components/ui/panel";
import { FilterBar, FilterSelect } from "#components/ui/url-filter";
import { apiCall } from "#lib/api/table";
import { readSettings } from "#lib/config/env";
import { isId } from "#lib/domain/id";
import { database } from "#lib/server/database";
import { requireFleetGrant } from "#lib/server/require-grant";
import { readinessBoard } from "#lib/views/readiness-board";

export const metadata: Metadata = { title: "Onboarding" };

export default async function OnboardingPage({ searchParams }: PageProps<"/fleet/onboarding">) {
  const grant = await requireFleetGrant("fleet.read");
  const { rack, type } = await searchParams;
  const filter = {
    ...(isId("rack", rack) ? { rackId: rack } : {}),
    ...(isId("nodeType", type) ? { nodeTypeId: type } : {}),
  };
  const board = await readinessBoard(database(), grant, filter);
  const isFiltered = Object.keys(filter).length > 0;
  const readOnly =
    grant.operatorRole === "fleet_admin" ? null : "Your role may look at nodes, not change them.";
  const { origin } = readSettings();
  return (
    <>
      <PageHeader
        title="Onboarding"
        meta={<LiveRefresh topics={["fleet"]} />}
        description="From the rack to the first tenant: how far each node has come, and what keeps it."
        actions={
          <>
            <LinkButton href="/fleet/nodes/new">Enrol a node</LinkButton>
            <LinkButton href="/fleet/nodes/import" variant="primary">
              Enrol many
            </LinkButton>
          </>
        }
      />
      {(board.total > 0 || isFiltered) && (
        <Panel title="Nodes that no tenant holds" padded={false}>
          <FilterBar>
            <FilterSelect
              param="rack"
              label="Rack"
              allLabel="Every rack"
              options={board.racks.map((each) => ({ value: each.id, label: each.name }))}
            />
            <FilterSelect
              param="type"
              label="Node type"
              allLabel="Every node type"
              options={board.nodeTypes.map((each) => ({ value: each.id, label: each.name }))}
            />
          </FilterBar>
          <StageCounts stages={board.stages} />
        </Panel>
      )}
      {board.certificates.total > 0 && (
        <CertificatesPanel
          {...board.certificates}
          readOnly={readOnly}
          confirm={confirmCertificatesAction}
        />
      )}
      {board.total === 0 ? (
        <Panel title="Nodes" padded={false}>
          <EmptyState
            title={isFiltered ? "No node here is on its way" : "No node is on its way"}
            action={
              isFiltered ? (
                <LinkButton href="/fleet/onboarding">Show all nodes</LinkButton>
              ) : (
                <LinkButton href="/fleet/nodes/import" variant="primary">
                  Enrol a rack
                </LinkButton>
              )
            }
          >
            {isFiltered
              ? "Take a filter away to see the others."
              : "A list of names and controllers is enough to enrol a whole rack."}
          </EmptyState>
        </Panel>
      ) : (
        <ReadinessBoard stages={board.stages} readOnly={readOnly} accept={acceptVariantAction} />
      )}
      <PageCalls
        calls={[
          { label: "List the certificates to confirm", call: apiCall("listCertificates", origin) },
          ...(readOnly === null
            ? [
                {
                  label: "Confirm certificates",
                  call: apiCall("confirmCertificates", origin),
                  body: { certificates: [{ nodeId: "NODE", fingerprint: "FINGERPRINT" }] },
                },
                {
                  label: "Accept differences of a node",
                  call: apiCall("acceptVariant", origin, { node: "NODE" }),
                  body: { differences: [{ field: "FIELD", words: "WORDS" }], reason: "WHY" },
                },
              ]
            : []),
        ]}
      />
    </>
  );
}
