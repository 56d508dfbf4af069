import { TakeBackHold } from "#components/nodes/take-back-hold";
import { Countdown, RelativeTime } from "#components/ui/relative-time";
import { type Column, DataTable } from "#components/ui/table";
import { TextLink } from "#components/ui/text-link";
import type { Id } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { EndHoldInput } from "#lib/schemas/hold";

type HoldLine = {
  id: Id<"hold">;
  tenant: string;
  project: string;
  heldBy: string;
  since: string;
  until: string;
  nodes: { id: string; name: string }[];
};

/** The holds that go on: for whom, which nodes, and when they are free again. */
export function HoldTable({
  holds,
  takeBack,
}: {
  holds: HoldLine[];
  /** Absent for those who may only look. */
  takeBack?: (input: EndHoldInput) => Promise<Result<unknown, Refusal>>;
}) {
  const columns: Column<HoldLine>[] = [
    {
      id: "who",
      header: "For",
      rowHeader: true,
      cell: (hold) => (
        <>
          {hold.heldBy}
          <span className="block text-faint text-xs">
            {hold.project} of {hold.tenant}
          </span>
        </>
      ),
    },
    {
      id: "nodes",
      header: "Nodes",
      cell: (hold) => (
        <span className="flex flex-wrap gap-x-3">
          {hold.nodes.length === 0 && <span className="text-faint">none left</span>}
          {hold.nodes.map((node) => (
            <TextLink key={node.id} href={`/fleet/nodes/${node.id}`}>
              {node.name}
            </TextLink>
          ))}
        </span>
      ),
    },
    { id: "since", header: "Since", cell: (hold) => <RelativeTime at={hold.since} /> },
    { id: "until", header: "Free again", cell: (hold) => <Countdown until={hold.until} /> },
  ];
  if (takeBack) {
    columns.push({
      id: "act",
      header: "Acts",
      headerHidden: true,
      align: "end",
      cell: (hold) => <TakeBackHold hold={hold} takeBack={takeBack} />,
    });
  }
  return (
    <DataTable
      label="Nodes on hold"
      columns={columns}
      rows={holds}
      rowKey={(hold) => hold.id}
      empty={null}
    />
  );
}
