import { EmptyState } from "#components/ui/empty-state";
import { FileLink } from "#components/ui/file-link";
import { Pagination } from "#components/ui/pagination";
import { Panel } from "#components/ui/panel";
import { RelativeTime } from "#components/ui/relative-time";
import { StateBadge } from "#components/ui/state-text";
import { type Column, DataTable } from "#components/ui/table";
import { FilterBar, FilterSearch, FilterSelect } from "#components/ui/url-filter";

export type AuditEventRow = {
  id: string;
  at: string;
  sequence: number;
  actor: string;
  token: string | null;
  action: string;
  outcome: "done" | "denied";
  objectKind: string | null;
  objectId: string | null;
  objectName: string | null;
  tenant: string | null;
  detail: Record<string, unknown>;
  sessionId: string | null;
  requestId: string | null;
  ipAddress: string | null;
};

type Props = {
  events: AuditEventRow[];
  /** With the column that names the tenant. */
  withTenant: boolean;
  filtered: boolean;
  firstHref: string | null;
  nextHref: string | null;
  /** Where the filtered log is had as a file; `format=` is added. */
  exportHref: string;
};

/** The audit log: who did what, to what, and whether they were let. */
export function AuditTable({
  events,
  withTenant,
  filtered,
  firstHref,
  nextHref,
  exportHref,
}: Props) {
  const columns: Column<AuditEventRow>[] = [
    {
      id: "at",
      header: "When",
      cell: (event) => <RelativeTime at={event.at} form="absolute" />,
    },
    {
      id: "actor",
      header: "Who",
      cell: (event) => (
        <>
          <span className="md:whitespace-nowrap">{event.actor}</span>
          {event.token && <span className="block text-muted text-xs">by token {event.token}</span>}
          {event.ipAddress && (
            <span className="block font-mono text-faint text-xs">{event.ipAddress}</span>
          )}
        </>
      ),
    },
    {
      id: "action",
      header: "Action",
      rowHeader: true,
      cell: (event) => <span className="font-mono">{event.action}</span>,
    },
    {
      id: "outcome",
      header: "Outcome",
      cell: (event) =>
        event.outcome === "done" ? (
          <StateBadge kind="ok" word="Done" />
        ) : (
          <StateBadge kind="attention" word="Denied" />
        ),
    },
    {
      id: "object",
      header: "Object",
      cell: (event) =>
        event.objectName ? (
          <span title={event.objectId ?? undefined}>
            {event.objectName}
            <span className="block text-faint text-xs">{event.objectKind?.replace("_", " ")}</span>
          </span>
        ) : null,
    },
    ...(withTenant
      ? [{ id: "tenant", header: "Tenant", cell: (event: AuditEventRow) => event.tenant }]
      : []),
    {
      id: "detail",
      header: "Detail",
      cell: (event) => <Detail event={event} />,
    },
  ];
  return (
    <Panel
      title="Events"
      padded={false}
      actions={
        <>
          <FileLink href={`${exportHref}&format=csv`}>CSV</FileLink>
          <FileLink href={`${exportHref}&format=ndjson`}>NDJSON</FileLink>
        </>
      }
    >
      <FilterBar>
        <FilterSearch param="action" label="Action" placeholder="Action, as in environment" />
        <FilterSearch param="actor" label="Who" placeholder="Who" />
        <FilterSearch param="object" label="Object" placeholder="Object's name or id" />
        {withTenant && (
          <FilterSearch param="tenant" label="Tenant" placeholder="Tenant's short name" />
        )}
        <FilterSelect
          param="outcome"
          label="Outcome"
          allLabel="Every outcome"
          options={[
            { value: "done", label: "Done" },
            { value: "denied", label: "Denied" },
          ]}
        />
      </FilterBar>
      <DataTable
        label="Audit events"
        columns={columns}
        rows={events}
        rowKey={(event) => event.id}
        empty={
          <EmptyState title={filtered ? "No event fits these filters" : "No events yet"}>
            {filtered
              ? "Take a filter away to see more."
              : "Every change and every refused attempt is written here as it happens."}
          </EmptyState>
        }
      />
      {events.length > 0 && (
        <Pagination
          summary={`${events.length} events, newest first`}
          firstHref={firstHref}
          nextHref={nextHref}
        />
      )}
    </Panel>
  );
}

function Detail({ event }: { event: AuditEventRow }) {
  const entries = Object.entries(event.detail).filter(
    ([, value]) => value !== null && value !== "",
  );
  if (entries.length === 0 && !event.requestId && !event.sessionId) return null;
  return (
    <details className="max-w-md text-xs">
      <summary className="cursor-pointer text-muted">
        {entries.length > 0 ? brief(entries) : "more"}
      </summary>
      <dl className="mt-1 grid grid-cols-[auto_1fr] gap-x-3 gap-y-0.5 font-mono">
        {entries.map(([key, value]) => (
          <div key={key} className="contents">
            <dt className="text-faint">{inWords(key)}</dt>
            <dd className="min-w-0 break-words">{written(value)}</dd>
          </div>
        ))}
        <div className="contents">
          <dt className="text-faint">event</dt>
          <dd>{event.sequence}</dd>
        </div>
        {event.sessionId && (
          <div className="contents">
            <dt className="text-faint">session</dt>
            <dd className="break-all">{event.sessionId}</dd>
          </div>
        )}
        {event.requestId && (
          <div className="contents">
            <dt className="text-faint">request</dt>
            <dd className="break-all">{event.requestId}</dd>
          </div>
        )}
      </dl>
    </details>
  );
}

/** The first words of a detail, single values before lists. */
function brief(entries: [string, unknown][]): string {
  const text = entries
    .toSorted(([, a], [, b]) => Number(typeof a === "object") - Number(typeof b === "object"))
    .map(([key, value]) => `${inWords(key)} ${written(value)}`)
    .join(", ");
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

/** `endedSessions` as it is read: ended sessions. */
function inWords(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function written(value: unknown): string {
  if (Array.isArray(value)) return value.map(written).join(", ");
  return typeof value === "string" ? value : JSON.stringify(value);
}
