import type { ReactNode } from "react";
import { PlacesFrom } from "#components/fabrics/places-from";
import { StateBadge } from "#components/ui/state-text";
import { type Column, DataTable } from "#components/ui/table";
import { TextLink } from "#components/ui/text-link";
import { formatQuantity } from "#lib/client/format";
import { type FabricKind, fabricKindWords, type PlaceSource } from "#lib/domain/fabric/fabric";

export type FabricRow = {
  id: string;
  name: string;
  kind: FabricKind;
  site: { name: string };
  placesFrom: PlaceSource | null;
  placesAt: string | null;
  leaves: number;
  ports: number;
  nodes: number;
  down: number;
  slow: number;
};

const columns: Column<FabricRow>[] = [
  {
    id: "name",
    header: "Fabric",
    rowHeader: true,
    cell: (fabric) => (
      <>
        <TextLink quiet href={`/fleet/fabrics/${fabric.id}`}>
          {fabric.name}
        </TextLink>
        <span className="block text-faint text-xs">{fabric.site.name}</span>
      </>
    ),
  },
  { id: "kind", header: "Kind", cell: (fabric) => fabricKindWords[fabric.kind] },
  { id: "nodes", header: "Nodes", align: "end", cell: (fabric) => fabric.nodes },
  {
    id: "leaves",
    header: "Leaves",
    align: "end",
    cell: (fabric) => (fabric.kind === "nvlink" ? <Nothing /> : fabric.leaves),
  },
  {
    id: "ports",
    header: "Ports",
    align: "end",
    cell: (fabric) => (fabric.kind === "nvlink" ? <Nothing /> : fabric.ports),
  },
  { id: "state", header: "State", cell: (fabric) => <FabricState fabric={fabric} /> },
  {
    id: "places",
    header: "Places told by",
    cell: (fabric) => <PlacesFrom source={fabric.placesFrom} at={fabric.placesAt} />,
  },
];

/** Fabrics with what is on each, and what is wrong there. */
export function FabricTable({ fabrics, empty }: { fabrics: FabricRow[]; empty: ReactNode }) {
  return (
    <DataTable
      label="Fabrics"
      columns={columns}
      rows={fabrics}
      rowKey={(fabric) => fabric.id}
      empty={empty}
    />
  );
}

function FabricState({ fabric }: { fabric: FabricRow }) {
  if (fabric.kind === "nvlink") return <Nothing />;
  const wrong = [
    fabric.down > 0 && `${fabric.down} down`,
    fabric.slow > 0 && `${fabric.slow} slow`,
  ].filter((part) => part !== false);
  if (wrong.length > 0) return <StateBadge kind="attention" word={wrong.join(", ")} />;
  if (fabric.ports === 0) return <span className="text-faint">no port yet</span>;
  return <StateBadge kind="ok" word={`${formatQuantity(fabric.ports, "port")}, none down`} />;
}

function Nothing() {
  return <span className="text-faint">–</span>;
}
