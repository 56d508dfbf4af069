import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { PageCalls } from "#components/api/page-calls";
import { FabricActions } from "#components/fabrics/fabric-actions";
import { LeafGroupsPanel, LeavesPanel } from "#components/fabrics/leaf-panels";
import { NvlinkTable } from "#components/fabrics/nvlink-table";
import { PlacesFrom } from "#components/fabrics/places-from";
import { PortTable } from "#components/fabrics/port-table";
import { EmptyState } from "#components/ui/empty-state";
import { LinkButton } from "#components/ui/link-button";
import { PageHeader } from "#components/ui/page-header";
import { Pagination } from "#components/ui/pagination";
import { Panel } from "#components/ui/panel";
import { Stat, StatRow } from "#components/ui/stat";
import { Tag } from "#components/ui/tag";
import { FilterBar, FilterSearch, FilterSelect } from "#components/ui/url-filter";
import { operatorMay } from "#lib/access/policy";
import { type ApiRouteName, apiCall } from "#lib/api/table";
import { pageHref } from "#lib/client/page-href";
import { readSettings } from "#lib/config/env";
import { fabricKindWords } from "#lib/domain/fabric/fabric";
import { database } from "#lib/server/database";
import { requireFleetGrant } from "#lib/server/require-grant";
import { fabricDetail, isPortShown } from "#lib/views/fabric-detail";
import type { PortRow } from "#lib/views/fabrics";
import { removeFabricAction, setNvlinkMembersAction } from "../actions";

export const metadata: Metadata = { title: "Fabric" };

const pageSize = 100;

const shows = [
  { value: "down", label: "Down" },
  { value: "slow", label: "Slow" },
  { value: "unplaced", label: "Place unknown" },
  { value: "strange", label: "Of no node known here" },
];

export default async function FabricPage({
  params,
  searchParams,
}: PageProps<"/fleet/fabrics/[fabricId]">) {
  const grant = await requireFleetGrant("fleet.read");
  const fabric = await fabricDetail(database(), grant, (await params).fabricId);
  if (!fabric) notFound();
  const query = await searchParams;
  const mayEdit = operatorMay(grant.operatorRole, "node.enrol");
  const call = (name: ApiRouteName) => apiCall(name, readSettings().origin, { fabric: fabric.id });
  const path = `/fleet/fabrics/${fabric.id}`;
  const isInfiniband = fabric.kind === "infiniband";
  const placed = fabric.ports.filter((port) => port.fabricId !== null);
  const count = (show: string) => fabric.ports.filter((port) => isPortShown(port, show)).length;
  const one = (key: string) => (typeof query[key] === "string" ? query[key] : "");
  const wanted = one("q").trim().toLowerCase();
  const matching = fabric.ports.filter(
    (port) =>
      (!one("show") || isPortShown(port, one("show"))) &&
      (!one("leaf") || port.leaf === one("leaf")) &&
      (!wanted || textOf(port).includes(wanted)),
  );
  const from = Math.max(0, Math.min(Number.parseInt(one("after"), 10) || 0, matching.length));
  const shown = matching.slice(from, from + pageSize);
  return (
    <>
      <PageHeader
        title={fabric.name}
        breadcrumbs={[{ label: "Fabrics", href: "/fleet/fabrics" }, { label: fabric.name }]}
        state={<Tag>{fabricKindWords[fabric.kind]}</Tag>}
        meta={
          <>
            <span>{fabric.site.name}</span>
            <span>
              places told by <PlacesFrom source={fabric.placesFrom} at={fabric.placesAt} />
              {fabric.placesBy && `, entered by ${fabric.placesBy}`}
              {fabric.placesDetail && `, made on ${fabric.placesDetail}`}
            </span>
          </>
        }
        actions={
          mayEdit && (
            <FabricActions
              fabric={fabric}
              members={fabric.members.map((node) => node.name)}
              setMembers={setNvlinkMembersAction}
              remove={removeFabricAction}
            />
          )
        }
      />
      {isInfiniband ? (
        <>
          <StatRow>
            <Stat label="Ports" value={placed.length} />
            <Stat
              label="Down"
              value={count("down")}
              {...(count("down") > 0 ? { kind: "critical", href: `${path}?show=down` } : {})}
            />
            <Stat
              label="Slower than expected"
              value={count("slow")}
              {...(count("slow") > 0 ? { kind: "attention", href: `${path}?show=slow` } : {})}
            />
            <Stat
              label="Place unknown"
              value={count("unplaced")}
              detail="of the site's nodes"
              {...(count("unplaced") > 0
                ? { kind: "attention", href: `${path}?show=unplaced` }
                : {})}
            />
            <Stat
              label="Of no node known here"
              value={count("strange")}
              {...(count("strange") > 0 ? { href: `${path}?show=strange` } : {})}
            />
          </StatRow>
          <LeafGroupsPanel groups={fabric.groups} />
          <LeavesPanel leaves={fabric.leaves} />
          <Panel title="Ports" meta={String(fabric.ports.length)} padded={false}>
            <FilterBar>
              <FilterSearch label="Search ports" placeholder="Node, GUID or leaf" />
              <FilterSelect
                param="show"
                label="State"
                allLabel="Every port"
                options={shows.map(({ value, label }) => ({
                  value,
                  label: `${label} (${count(value)})`,
                }))}
              />
              <FilterSelect
                param="leaf"
                label="Leaf"
                allLabel="Every leaf"
                options={fabric.leaves.map(({ leaf }) => ({ value: leaf, label: leaf }))}
              />
            </FilterBar>
            <PortTable
              ports={shown}
              empty={
                fabric.ports.length === 0 ? (
                  <EmptyState title="No port yet">
                    Neither this fabric nor a node of its site has an InfiniBand port that is known.
                  </EmptyState>
                ) : (
                  <EmptyState
                    title="No port matches"
                    action={<LinkButton href={path}>Show all ports</LinkButton>}
                  >
                    Take a filter away.
                  </EmptyState>
                )
              }
            />
            {matching.length > pageSize && (
              <Pagination
                summary={`${from + 1} to ${from + shown.length} of ${matching.length} ports`}
                firstHref={from > 0 ? pageHref(path, query, undefined) : null}
                nextHref={
                  from + pageSize < matching.length
                    ? pageHref(path, query, String(from + pageSize))
                    : null
                }
              />
            )}
          </Panel>
        </>
      ) : (
        <Panel title="Nodes" meta={String(fabric.members.length)} padded={false}>
          <NvlinkTable
            nodes={fabric.members}
            empty={
              <EmptyState title="No node yet">
                Assign the nodes whose GPUs share this domain, such as the trays of an NVL72 rack.
              </EmptyState>
            }
          />
        </Panel>
      )}
      <PageCalls
        calls={[
          { label: "Read this fabric", call: call("getFabric") },
          ...(isInfiniband ? [{ label: "List its ports", call: call("listFabricPorts") }] : []),
          ...(mayEdit && !isInfiniband
            ? [
                {
                  label: "Set its nodes",
                  call: call("setNvlinkMembers"),
                  body: { nodes: fabric.members.map(({ name }) => name).join(" ") || "NODES" },
                },
              ]
            : []),
          ...(mayEdit ? [{ label: "Remove this fabric", call: call("removeFabric") }] : []),
        ]}
      />
    </>
  );
}

function textOf(port: PortRow): string {
  return [port.node?.name, port.guid, port.leaf, port.description].join(" ").toLowerCase();
}
