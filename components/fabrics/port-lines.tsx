import { EmptyState } from "#components/ui/empty-state";
import { Panel } from "#components/ui/panel";
import { StateBadge } from "#components/ui/state-text";
import { DataTable } from "#components/ui/table";
import type { PlaceSource } from "#lib/domain/fabric/fabric";

export type PortLine = {
  line: number;
  guid: string;
  leaf: string;
  rail: string | null;
  outcome: "new" | "changed" | "same" | "refused";
  node: { name: string; by: "inventory" | "list" } | null;
  words: string[];
};

export type PortPlan = {
  source: PlaceSource;
  detail: string | null;
  lines: PortLine[];
  gone: number;
};

const mostShown = 200;
const order = { refused: 0, changed: 1, new: 2, same: 3 } as const;
const looks = {
  new: { kind: "ok", word: "New" },
  changed: { kind: "attention", word: "Changed" },
  same: { kind: "neutral", word: "As it is" },
  refused: { kind: "critical", word: "Left out" },
} as const;

/** What would become of each port of a list, or did: those with something wrong first. */
export function PortLines({ kind, plan }: { kind: "checked" | "placed"; plan: PortPlan }) {
  const { lines, gone, source, detail } = plan;
  const sorted = [...lines].sort((a, b) => order[a.outcome] - order[b.outcome] || a.line - b.line);
  const number = (outcome: PortLine["outcome"]) =>
    lines.filter((line) => line.outcome === outcome).length;
  const parts = [
    [number("new"), "new"],
    [number("changed"), "changed"],
    [number("same"), "as they are"],
    [number("refused"), "with something wrong"],
    [gone, kind === "checked" ? "would leave" : "left"],
    [
      lines.filter((line) => line.outcome !== "refused" && !line.node).length,
      "of no node known here",
    ],
  ] as const;
  const read = source === "list" ? "Read as a list." : "Read as the output of ibnetdiscover.";
  return (
    <Panel
      title={kind === "checked" ? "What would happen" : "What was done"}
      meta={
        <span role="status">
          {parts
            .filter(([count]) => count > 0)
            .map(([count, what]) => `${count} ${what}`)
            .join(", ")}
        </span>
      }
      description={detail ? `${read} It was made on ${detail}.` : read}
      padded={false}
    >
      <DataTable
        label="Lines"
        rows={sorted.slice(0, mostShown)}
        rowKey={(line) => String(line.line)}
        empty={<EmptyState title="No lines" />}
        columns={[
          { id: "line", header: "Line", align: "end", className: "md:w-14", cell: (l) => l.line },
          {
            id: "guid",
            header: "GUID",
            rowHeader: true,
            cell: (line) => <code className="font-mono text-xs">{line.guid || "none"}</code>,
          },
          {
            id: "node",
            header: "Node",
            cell: ({ node }) =>
              node ? (
                <>
                  {node.name}
                  {node.by === "list" && <span className="text-faint text-xs"> by this list</span>}
                </>
              ) : (
                <span className="text-faint">not known here</span>
              ),
          },
          { id: "leaf", header: "Leaf", cell: (line) => line.leaf },
          {
            id: "rail",
            header: "Rail",
            cell: (line) => line.rail ?? <span className="text-faint">unknown</span>,
          },
          {
            id: "outcome",
            header: "Outcome",
            cell: (line) => <StateBadge {...looks[line.outcome]} />,
          },
          { id: "why", header: "Why", cell: (line) => line.words.join(" ") },
        ]}
      />
      {lines.length > mostShown && (
        <p className="border-line border-t px-4 py-2 text-muted text-xs">
          The first {mostShown} of {lines.length.toLocaleString("en")}, those with something wrong
          before the others.
        </p>
      )}
    </Panel>
  );
}
