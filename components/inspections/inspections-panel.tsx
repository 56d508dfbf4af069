import { BurnInTable } from "#components/inspections/burn-in-table";
import { HostFactsView } from "#components/inspections/host-facts-view";
import { conflictLooks, type Inspection } from "#components/inspections/inspection-looks";
import { EmptyState } from "#components/ui/empty-state";
import { Panel } from "#components/ui/panel";
import { RelativeTime } from "#components/ui/relative-time";
import { StateBadge } from "#components/ui/state-text";
import type { Inventory } from "#lib/domain/node/inventory";

/**
 * What the host said of itself at each inspection, beside what its controller says now, and its
 * burn-ins; the newest is open.
 */
export function InspectionsPanel({
  inspections,
  inventory,
}: {
  inspections: Inspection[];
  inventory: Inventory | null;
}) {
  return (
    <Panel
      title="What the host says"
      meta={inspections.length > 0 ? "newest first" : null}
      description="From a small system of ours that the node booted: a claim of the host, held against its controller."
      padded={false}
    >
      {inspections.length === 0 && (
        <EmptyState title="Not inspected from within yet">
          A node type can ask for it before a node is available, and you can order it for a free
          node. Conflicts with the controller and the results of a burn-in are kept here.
        </EmptyState>
      )}
      {inspections.map((inspection, index) => (
        <details
          key={inspection.id}
          open={index === 0}
          className="border-line border-t first:border-t-0"
        >
          <summary className="cursor-pointer px-4 py-2 text-sm">
            <StateBadge {...lookOf(inspection)} /> <RelativeTime at={inspection.at} />
            <span className="block text-muted text-xs">
              {inspection.verdict} ({inspection.ordered}
              {inspection.tool && `; ${inspection.tool}`})
            </span>
          </summary>
          {inspection.conflicts.length > 0 && (
            <ul aria-label="Conflicts" className="flex flex-col gap-1 px-4 pb-3 text-sm">
              {inspection.conflicts.map(({ kind, words }) => (
                <li key={words}>
                  <StateBadge {...conflictLooks[kind]} /> {words}
                </li>
              ))}
            </ul>
          )}
          {inspection.tests.length > 0 && (
            <BurnInTable label={`Burn-in, ${inspection.at}`} tests={inspection.tests} />
          )}
          {inspection.facts && (
            <HostFactsView at={inspection.at} facts={inspection.facts} inventory={inventory} />
          )}
        </details>
      ))}
    </Panel>
  );
}

function lookOf({ accepted, conflicts, tests }: Inspection) {
  if (!accepted) return { kind: "critical", word: "Not accepted" } as const;
  const warned = conflicts.length > 0 || tests.some(({ result }) => result === "warn");
  return warned
    ? ({ kind: "attention", word: "Accepted, with findings" } as const)
    : ({ kind: "ok", word: "Accepted" } as const);
}
