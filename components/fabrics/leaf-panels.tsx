import { EmptyState } from "#components/ui/empty-state";
import { Panel } from "#components/ui/panel";
import { StateBadge } from "#components/ui/state-text";
import { type Column, DataTable } from "#components/ui/table";
import { formatQuantity } from "#lib/client/format";

type Leaf = {
  leaf: string;
  rails: string[];
  ports: number;
  nodes: number;
  down: number;
  slow: number;
};
type Group = { leaves: string[]; nodes: number; free: number };

const leafColumns: Column<Leaf>[] = [
  { id: "leaf", header: "Leaf", rowHeader: true, cell: (leaf) => leaf.leaf },
  {
    id: "rails",
    header: "Rail",
    cell: (leaf) =>
      leaf.rails.length > 0 ? leaf.rails.join(", ") : <span className="text-faint">unknown</span>,
  },
  { id: "nodes", header: "Nodes", align: "end", cell: (leaf) => leaf.nodes },
  { id: "ports", header: "Ports", align: "end", cell: (leaf) => leaf.ports },
  {
    id: "state",
    header: "State",
    cell: ({ down, slow }) => {
      const wrong = [down > 0 && `${down} down`, slow > 0 && `${slow} slow`].filter(Boolean);
      return wrong.length > 0 ? (
        <StateBadge kind="attention" word={wrong.join(", ")} />
      ) : (
        <StateBadge kind="ok" word="None down" />
      );
    },
  },
];

/** The leaf switches of a fabric. */
export function LeavesPanel({ leaves }: { leaves: Leaf[] }) {
  return (
    <Panel title="Leaves" meta={String(leaves.length)} padded={false}>
      <DataTable
        label="Leaves"
        columns={leafColumns}
        rows={leaves}
        rowKey={(leaf) => leaf.leaf}
        empty={
          <EmptyState title="No leaf yet">
            Say where ports are plugged in: paste the output of ibnetdiscover, or a list.
          </EmptyState>
        }
      />
    </Panel>
  );
}

const groupColumns: Column<Group>[] = [
  {
    id: "leaves",
    header: "On these leaves",
    rowHeader: true,
    cell: (group) => <span className="break-words">{group.leaves.join(", ")}</span>,
  },
  { id: "nodes", header: "Nodes", align: "end", cell: (group) => group.nodes },
  { id: "free", header: "Available", align: "end", cell: (group) => group.free },
];

/** How nodes lie: those on the same leaves reach each other through one switch on every rail. */
export function LeafGroupsPanel({ groups }: { groups: Group[] }) {
  if (groups.length === 0) return null;
  return (
    <Panel
      title="How nodes lie"
      meta={formatQuantity(groups.length, "group")}
      description="Nodes on the same leaves reach each other through one switch, on every rail. A launch that asks for an InfiniBand partition takes nodes of one group where it can."
      padded={false}
    >
      <DataTable
        label="How nodes lie"
        columns={groupColumns}
        rows={groups}
        rowKey={(group) => group.leaves.join()}
      />
    </Panel>
  );
}
