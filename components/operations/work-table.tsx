import { operationLooks } from "#components/operations/operation-state";
import { operationName } from "#components/operations/step-timeline";
import { Countdown, RelativeTime } from "#components/ui/relative-time";
import { StateText } from "#components/ui/state-text";
import { type Column, DataTable } from "#components/ui/table";
import { TextLink } from "#components/ui/text-link";
import type { OperationState } from "#lib/domain/operation/operation";

export type WorkRow = {
  id: string;
  kind: string;
  state: OperationState;
  goingBack: boolean;
  stepNumber: number;
  stepCount: number;
  stepLabel: string | null;
  waitReason: string | null;
  reason: string | null;
  nextTryAt: string | null;
  createdAt: string;
  requestedByName: string | null;
  node: { id: string; name: string };
  tenant: string | null;
  environment: string | null;
  advice: string | null;
};

const columns: Column<WorkRow>[] = [
  {
    id: "operation",
    header: "Operation",
    rowHeader: true,
    cell: (row) => (
      <>
        <TextLink href={`/fleet/nodes/${row.node.id}?operation=${row.id}`} quiet>
          {operationName(row.kind)} {row.node.name}
        </TextLink>
        {row.environment && (
          <span className="block text-faint text-xs">
            {row.tenant} / {row.environment}
          </span>
        )}
      </>
    ),
  },
  {
    id: "state",
    header: "State",
    cell: (row) => (
      <StateText
        {...operationLooks[row.state]}
        step={row.stepNumber > 0 ? { n: row.stepNumber, of: row.stepCount } : null}
        detail={
          <>
            {row.goingBack && "Taking back. "}
            {row.stepLabel}
            {row.waitReason && `: ${row.waitReason}`}
            {row.nextTryAt && (
              <>
                , next try <Countdown until={row.nextTryAt} />
              </>
            )}
          </>
        }
      />
    ),
  },
  {
    id: "why",
    header: "Why, and what to do",
    cell: (row) => (
      <div className="max-w-prose text-sm">
        {row.reason && <p>{row.reason}</p>}
        {row.advice && <p className="text-muted">{row.advice}</p>}
        {!row.reason && !row.advice && <span className="text-faint">Nothing to do</span>}
      </div>
    ),
  },
  {
    id: "begun",
    header: "Asked for",
    cell: (row) => (
      <span className="text-muted text-xs">
        <RelativeTime at={row.createdAt} focusable={false} />
        {row.requestedByName && <span className="block">{row.requestedByName}</span>}
      </span>
    ),
  },
];

/** Operations on nodes, with why they stand where they stand and what a person can do. */
export function WorkTable({ rows }: { rows: readonly WorkRow[] }) {
  return <DataTable label="Operations" columns={columns} rows={rows} rowKey={(row) => row.id} />;
}
