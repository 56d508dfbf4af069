import { Fold, Mono } from "#components/nodes/inventory-parts";
import { RelativeTime } from "#components/ui/relative-time";
import { DataTable } from "#components/ui/table";
import type { InventorySource } from "#lib/domain/node/inventory";

/** Where each section was read and when, and what could not be read at all. */
export function InventorySources({
  sources,
  unread,
}: {
  sources: InventorySource[];
  unread: { path: string; reason: string }[];
}) {
  return (
    <Fold
      title="Where it was read"
      count={unread.length === 0 ? "all of it was read" : `${unread.length} answers are missing`}
    >
      <DataTable
        label="Where each section was read"
        rows={sources}
        rowKey={(source) => source.section}
        columns={[
          {
            id: "section",
            header: "Section",
            rowHeader: true,
            cell: (source) => sectionWords[source.section],
          },
          {
            id: "path",
            header: "Path on the controller",
            cell: ({ path }) =>
              path ? <Mono text={path} /> : <span className="text-faint">not linked</span>,
          },
          { id: "at", header: "Read", cell: (source) => <RelativeTime at={source.readAt} /> },
          {
            id: "complete",
            header: "Complete",
            cell: (source) => (source.complete ? "yes" : "no, a part did not answer"),
          },
        ]}
      />
      {unread.length > 0 && (
        <DataTable
          label="Answers that are missing"
          rows={unread.slice(0, shownUnread)}
          rowKey={(each) => `${each.path} ${unread.indexOf(each)}`}
          columns={[
            {
              id: "path",
              header: "Not read",
              rowHeader: true,
              cell: (each) => <Mono text={each.path} />,
            },
            { id: "reason", header: "Why", cell: (each) => each.reason },
          ]}
        />
      )}
      {unread.length > shownUnread && (
        <p className="px-4 pb-3 text-muted text-sm">and {unread.length - shownUnread} more</p>
      )}
    </Fold>
  );
}

const shownUnread = 20;

const sectionWords: Record<InventorySource["section"], string> = {
  system: "System",
  cpus: "Processors",
  memory: "Memory modules",
  gpus: "GPUs",
  drives: "Drives",
  nics: "Network ports",
  dpus: "DPUs",
  pcieDevices: "PCIe devices",
  firmware: "Firmware",
  powerSupplies: "Power supplies",
  readings: "Sensors",
  tpms: "TPM",
  secureBoot: "Secure Boot",
  manager: "Controller",
  accounts: "Accounts of the controller",
  log: "Event log",
};
