import { operationLooks } from "#components/operations/operation-state";
import { CopyText } from "#components/ui/copy-button";
import { RelativeTime } from "#components/ui/relative-time";
import { StateBadge } from "#components/ui/state-text";
import { type Column, DataTable } from "#components/ui/table";
import { TextLink } from "#components/ui/text-link";
import { formatTook, shortId } from "#lib/client/format";
import type { EnvironmentDetail } from "#lib/schemas/environment-view";

type Run = EnvironmentDetail["operations"][number];

/** What became of an environment's actions, newest first: who pressed which, when, and the hooks behind it. */
export function ActionRuns({
  runs,
  hookRuns,
}: {
  runs: readonly Run[];
  hookRuns: EnvironmentDetail["hookRuns"];
}) {
  const columns: Column<Run>[] = [
    {
      id: "action",
      header: "Action",
      rowHeader: true,
      cell: (run) => (
        <>
          {run.action?.label}
          {run.action && run.action.inputs.length > 0 && (
            <span className="block break-words font-normal text-muted text-xs">
              {run.action.inputs.map(({ name, value }) => `${name}: ${value}`).join(", ")}
            </span>
          )}
        </>
      ),
    },
    {
      id: "came-to",
      header: "Came to",
      className: "md:w-1/3",
      cell: (run) => (
        <span className="break-words">
          <StateBadge {...operationLooks[run.state]} />
          {(run.reason ?? waitsFor(run, hookRuns)) && (
            <span className="block text-muted text-xs">
              {run.reason ?? waitsFor(run, hookRuns)}
            </span>
          )}
        </span>
      ),
    },
    {
      id: "by",
      header: "Pressed",
      cell: (run) => (
        <span className="text-muted">
          <RelativeTime at={run.createdAt} focusable={false} />
          {run.requestedByName && ` by ${run.requestedByName}`}
          {run.finishedAt && (
            <span className="block text-faint text-xs">
              took {formatTook(Date.parse(run.finishedAt) - Date.parse(run.createdAt))}
            </span>
          )}
        </span>
      ),
    },
    {
      id: "operation",
      header: "Operation",
      align: "end",
      cell: (run) => (
        <span className="inline-flex flex-wrap items-baseline justify-end gap-x-3">
          <TextLink href="#hooks">its hooks</TextLink>
          <CopyText value={run.id} shown={shortId(run.id)} label="id of this operation" />
        </span>
      ),
    },
  ];
  return (
    <DataTable
      label="What became of actions"
      className="border-line border-t"
      columns={columns}
      rows={runs}
      rowKey={(run) => run.id}
    />
  );
}

/** Of an action that is under way: which of its hooks, and what that waits for. */
function waitsFor({ id, state }: Run, hookRuns: EnvironmentDetail["hookRuns"]) {
  if (state !== "running") return null;
  const open = hookRuns.find(
    (run) => run.operationId === id && (run.state === "running" || run.state === "waiting"),
  );
  return open ? `Hook ${open.name}${open.words ? `: ${open.words}` : ""}` : null;
}
