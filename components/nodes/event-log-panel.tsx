import { Panel } from "#components/ui/panel";
import { RelativeTime } from "#components/ui/relative-time";
import { StateBadge } from "#components/ui/state-text";
import { DataTable } from "#components/ui/table";
import type { InventoryLogEntry } from "#lib/domain/node/inventory";

const severityLooks = {
  ok: { kind: "ok", word: "OK" },
  warning: { kind: "attention", word: "Warning" },
  critical: { kind: "critical", word: "Critical" },
} as const;

/** The newest entries of the controller's own log, as they were when it was last read. */
export function EventLogPanel({
  entries,
  path,
  readAt,
}: {
  entries: InventoryLogEntry[];
  /** The log on the controller. */
  path: string | null;
  readAt: string | null;
}) {
  return (
    <Panel
      title="Event log of the hardware"
      meta={
        readAt && (
          <>
            the newest {entries.length}, read <RelativeTime at={readAt} />
          </>
        )
      }
      description={path && <span className="break-all font-mono">{path}</span>}
      padded={false}
    >
      <DataTable
        label="Event log of the hardware"
        rows={entries}
        rowKey={(entry) => `${entry.at} ${entries.indexOf(entry)}`}
        columns={[
          {
            id: "at",
            header: "Time",
            className: "whitespace-nowrap md:w-32",
            cell: ({ at }) =>
              at ? <RelativeTime at={at} /> : <span className="text-faint">not told</span>,
          },
          {
            id: "severity",
            header: "Severity",
            className: "md:w-28",
            cell: ({ severity }) =>
              severity ? (
                <StateBadge {...severityLooks[severity]} />
              ) : (
                <span className="text-faint">not told</span>
              ),
          },
          {
            id: "message",
            header: "Message",
            rowHeader: true,
            cell: ({ message }) => <span className="break-words font-normal">{message}</span>,
          },
        ]}
      />
    </Panel>
  );
}
