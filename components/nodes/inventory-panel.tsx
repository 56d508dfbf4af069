import { KeyValueList } from "#components/ui/key-value-list";
import { Panel } from "#components/ui/panel";
import { RelativeTime } from "#components/ui/relative-time";
import { DataTable } from "#components/ui/table";
import type { Inventory } from "#lib/domain/node/inventory";

/** What the node is made of, as its controller told it. */
export function InventoryPanel({
  inventory,
  readAt,
}: {
  inventory: Inventory;
  readAt: string | null;
}) {
  const { system, cpus, memory, gpus, drives, nics, firmware, untold = [] } = inventory;
  const cpu = cpus[0];
  return (
    <Panel
      title="Inventory"
      meta={
        readAt && (
          <>
            read <RelativeTime at={readAt} />
          </>
        )
      }
      padded={false}
    >
      <div className="px-4 py-2">
        <KeyValueList
          columns={2}
          items={[
            {
              label: "System",
              value: [system.manufacturer, system.model].filter(Boolean).join(" ") || null,
            },
            { label: "Serial number", value: system.serial },
            {
              label: "Processors",
              value: cpu ? `${cpus.length} × ${cpu.model ?? "unknown model"}` : null,
              hint: cpu?.cores ? `${cpu.cores} cores each` : undefined,
            },
            {
              label: "Memory",
              value: memory.totalGib === null ? null : `${memory.totalGib} GiB`,
              hint: memory.modules.length > 0 ? `${memory.modules.length} modules` : undefined,
            },
            { label: "BIOS", value: system.biosVersion },
            { label: "UUID", value: system.uuid },
          ]}
        />
      </div>
      <Part title="GPUs" count={gpus?.length ?? null} untold={untold.includes("gpus")}>
        {gpus === null ? (
          <p className="px-4 pb-3 text-muted text-sm">
            The GPU tray did not answer, so its GPUs are unknown.
          </p>
        ) : (
          <DataTable
            label="GPUs"
            rows={gpus}
            rowKey={(gpu) => gpu.slot}
            columns={[
              { id: "slot", header: "Slot", rowHeader: true, cell: (gpu) => gpu.slot },
              { id: "model", header: "Model", cell: (gpu) => gpu.model ?? "unknown" },
              {
                id: "memory",
                header: "Memory",
                align: "end",
                cell: (gpu) => (gpu.memoryGib === null ? "unknown" : `${gpu.memoryGib} GiB`),
              },
              { id: "serial", header: "Serial", cell: (gpu) => <Mono text={gpu.serial} /> },
              {
                id: "firmware",
                header: "Firmware",
                cell: (gpu) => <Mono text={gpu.firmwareVersion} />,
              },
            ]}
          />
        )}
      </Part>
      <Part title="Drives" count={drives.length} untold={untold.includes("drives")}>
        <DataTable
          label="Drives"
          rows={drives}
          rowKey={(drive) => `${drive.slot}${drive.serial}`}
          columns={[
            { id: "slot", header: "Slot", rowHeader: true, cell: (drive) => drive.slot },
            { id: "model", header: "Model", cell: (drive) => drive.model ?? "unknown" },
            {
              id: "size",
              header: "Size",
              align: "end",
              cell: (drive) => (drive.sizeGb === null ? "unknown" : `${drive.sizeGb} GB`),
            },
            {
              id: "kind",
              header: "Kind",
              cell: (drive) =>
                [drive.media, drive.protocol].filter(Boolean).join(", ") || "unknown",
            },
            { id: "serial", header: "Serial", cell: (drive) => <Mono text={drive.serial} /> },
          ]}
        />
      </Part>
      <Part title="Network ports" count={nics.length} untold={untold.includes("nics")}>
        <DataTable
          label="Network ports"
          rows={nics}
          rowKey={(nic) => `${nic.slot}${nic.mac}`}
          columns={[
            { id: "slot", header: "Port", rowHeader: true, cell: (nic) => nic.slot },
            { id: "kind", header: "Kind", cell: (nic) => nicWords[nic.kind] },
            { id: "mac", header: "MAC address", cell: (nic) => <Mono text={nic.mac} /> },
            {
              id: "speed",
              header: "Speed",
              align: "end",
              cell: (nic) => (nic.speedGbps === null ? "unknown" : `${nic.speedGbps} Gb/s`),
            },
            {
              id: "link",
              header: "Link",
              cell: (nic) => (nic.linkUp === null ? "unknown" : nic.linkUp ? "up" : "down"),
            },
          ]}
        />
      </Part>
      {firmware.length > 0 && (
        <details className="border-line border-t">
          <summary className="cursor-pointer px-4 py-2 text-sm hover:bg-hover">
            Firmware <span className="text-faint text-xs">{firmware.length} components</span>
          </summary>
          <DataTable
            label="Firmware"
            rows={firmware}
            rowKey={(item) => item.id}
            columns={[
              { id: "name", header: "Component", rowHeader: true, cell: (item) => item.name },
              { id: "version", header: "Version", cell: (item) => <Mono text={item.version} /> },
            ]}
          />
        </details>
      )}
    </Panel>
  );
}

const nicWords = { ethernet: "Ethernet", infiniband: "InfiniBand", unknown: "unknown" } as const;

function Part({
  title,
  count,
  untold = false,
  children,
}: {
  title: string;
  count: number | null;
  untold?: boolean;
  children: React.ReactNode;
}) {
  return (
    <div className="border-line border-t">
      <h3 className="px-4 pt-3 pb-1 font-medium text-sm">
        {title}{" "}
        <span className="font-normal text-faint text-xs">
          {untold || count === null ? "unknown" : count}
        </span>
      </h3>
      {untold ? (
        <p className="px-4 pb-3 text-muted text-sm">This kind of controller does not know them.</p>
      ) : count === 0 ? (
        <p className="px-4 pb-3 text-muted text-sm">None found.</p>
      ) : (
        children
      )}
    </div>
  );
}

function Mono({ text }: { text: string | null }) {
  return text ? (
    <span className="break-all font-mono text-xs">{text}</span>
  ) : (
    <span className="text-faint">unknown</span>
  );
}
