import { conflictLooks } from "#components/inspections/inspection-looks";
import { Fold, Mono } from "#components/nodes/inventory-parts";
import { StateBadge } from "#components/ui/state-text";
import { DataTable } from "#components/ui/table";
import { formatDecimalBytes, formatQuantity } from "#lib/client/format";
import { hostComparison } from "#lib/client/host-comparison";
import type { HostFacts, HostGpu } from "#lib/domain/inspection/host-facts";
import type { Inventory } from "#lib/domain/node/inventory";

/** The facts of one inspection: both sides of each, then the host's parts on demand. */
export function HostFactsView({
  at,
  facts,
  inventory,
}: {
  at: string;
  facts: HostFacts;
  inventory: Inventory | null;
}) {
  const { drives, nics, infiniband, pci, gpus, memory } = facts;
  return (
    <>
      <DataTable
        label={`Controller and host, ${at}`}
        rows={hostComparison(inventory, facts)}
        rowKey={({ fact }) => fact}
        columns={[
          { id: "fact", header: "Fact", rowHeader: true, cell: ({ fact }) => fact },
          {
            id: "controller",
            header: "Controller says",
            cell: ({ controller }) => <Told text={controller} />,
          },
          { id: "host", header: "Host says", cell: ({ host }) => <Told text={host} /> },
          {
            id: "mark",
            header: "Agreement",
            cell: ({ agreement }) => {
              if (agreement === null) return <span className="text-faint">not compared</span>;
              if (agreement === "same") return <span className="text-faint">no conflict</span>;
              return <StateBadge {...conflictLooks[agreement]} />;
            },
          },
        ]}
      />
      <Fold title="Drives the host sees" count={formatQuantity(drives.length, "drive")}>
        <DataTable
          label="Drives the host sees"
          rows={drives}
          rowKey={({ name }) => name}
          columns={[
            { id: "name", header: "Name", rowHeader: true, cell: ({ name }) => name },
            { id: "model", header: "Model", cell: ({ model }) => model ?? "unknown" },
            { id: "serial", header: "Serial", cell: ({ serial }) => <Mono text={serial} /> },
            {
              id: "size",
              header: "Size",
              align: "end",
              cell: ({ sizeBytes }) =>
                sizeBytes === null ? "unknown" : formatDecimalBytes(sizeBytes),
            },
            {
              id: "kind",
              header: "Kind",
              cell: ({ rotational }) =>
                rotational === null ? "unknown" : rotational ? "rotational" : "solid state",
            },
          ]}
        />
      </Fold>
      <Fold title="Network ports the host sees" count={formatQuantity(nics.length, "port")}>
        <DataTable
          label="Network ports the host sees"
          rows={nics}
          rowKey={({ name }) => name}
          columns={[
            { id: "name", header: "Name", rowHeader: true, cell: ({ name }) => name },
            { id: "mac", header: "MAC", cell: ({ mac }) => <Mono text={mac} /> },
            { id: "driver", header: "Driver", cell: ({ driver }) => driver ?? "unknown" },
            {
              id: "speed",
              header: "Speed",
              align: "end",
              cell: ({ speedMbps }) =>
                speedMbps === null ? "unknown" : `${speedMbps.toLocaleString("en-US")} Mb/s`,
            },
            {
              id: "link",
              header: "Link",
              cell: ({ linkUp }) => (linkUp === null ? "unknown" : linkUp ? "up" : "down"),
            },
          ]}
        />
      </Fold>
      {infiniband.length > 0 && (
        <Fold
          title="InfiniBand ports the host sees"
          count={formatQuantity(infiniband.length, "port")}
        >
          <DataTable
            label="InfiniBand ports the host sees"
            rows={infiniband}
            rowKey={({ device, port }) => `${device} ${port}`}
            columns={[
              {
                id: "port",
                header: "Port",
                rowHeader: true,
                cell: ({ device, port }) => `${device}, port ${port}`,
              },
              { id: "guid", header: "GUID", cell: ({ guid }) => <Mono text={guid} /> },
              { id: "rate", header: "Rate", cell: ({ rate }) => rate ?? "unknown" },
              { id: "state", header: "State", cell: ({ state }) => state ?? "unknown" },
            ]}
          />
        </Fold>
      )}
      {gpus && gpus.length > 0 && (
        <Fold title="GPUs the driver answers for" count={formatQuantity(gpus.length, "GPU")}>
          <DataTable
            label="GPUs the driver answers for"
            rows={gpus}
            rowKey={(gpu) => `${gpu.uuid} ${gpus.indexOf(gpu)}`}
            columns={[
              {
                id: "model",
                header: "Model",
                rowHeader: true,
                cell: ({ model }) => model ?? "unknown",
              },
              { id: "serial", header: "Serial", cell: ({ serial }) => <Mono text={serial} /> },
              { id: "uuid", header: "UUID", cell: ({ uuid }) => <Mono text={uuid} /> },
              {
                id: "memory",
                header: "Memory",
                align: "end",
                cell: ({ memoryMib }) =>
                  memoryMib === null ? "unknown" : `${memoryMib.toLocaleString("en-US")} MiB`,
              },
              // A column of "none" says nothing of a node that has its NVLink within it.
              ...(gpus.some(({ cluster }) => cluster)
                ? [
                    {
                      id: "cluster",
                      header: "NVLink domain",
                      cell: ({ cluster }: HostGpu) =>
                        cluster ? `${cluster.uuid}, clique ${cluster.clique}` : "none",
                    },
                  ]
                : []),
            ]}
          />
        </Fold>
      )}
      {pci.length > 0 && (
        <Fold title="PCI devices" count={formatQuantity(pci.length, "device")}>
          <DataTable
            label="PCI devices"
            rows={pci}
            rowKey={({ address }) => address}
            columns={[
              {
                id: "address",
                header: "Address",
                rowHeader: true,
                cell: ({ address }) => <Mono text={address} />,
              },
              {
                id: "id",
                header: "Vendor and device",
                cell: ({ vendorId, deviceId }) => (
                  <Mono text={vendorId && deviceId ? `${vendorId}:${deviceId}` : null} />
                ),
              },
              { id: "class", header: "Class", cell: ({ classId }) => <Mono text={classId} /> },
              {
                id: "link",
                header: "Link",
                cell: ({ width, maxWidth, speed, maxSpeed }) =>
                  linkWords(width, speed) === null ? (
                    <span className="text-faint">none</span>
                  ) : (
                    <>
                      {linkWords(width, speed)}
                      {linkWords(maxWidth, maxSpeed) !== linkWords(width, speed) && (
                        <span className="block text-faint text-xs">
                          at most {linkWords(maxWidth, maxSpeed) ?? "unknown"}
                        </span>
                      )}
                    </>
                  ),
              },
            ]}
          />
        </Fold>
      )}
      {memory.modules && memory.modules.length > 0 && (
        <Fold
          title="Memory modules of the firmware's tables"
          count={formatQuantity(memory.modules.length, "module")}
        >
          <DataTable
            label="Memory modules of the firmware's tables"
            rows={memory.modules}
            rowKey={({ slot }) => slot}
            columns={[
              { id: "slot", header: "Slot", rowHeader: true, cell: ({ slot }) => slot },
              {
                id: "size",
                header: "Size",
                align: "end",
                cell: ({ sizeMib }) =>
                  sizeMib === null ? "unknown" : `${sizeMib.toLocaleString("en-US")} MiB`,
              },
              {
                id: "speed",
                header: "Speed",
                align: "end",
                cell: ({ speedMhz }) =>
                  speedMhz === null ? "unknown" : `${speedMhz.toLocaleString("en-US")} MT/s`,
              },
              { id: "part", header: "Part", cell: ({ partNumber }) => <Mono text={partNumber} /> },
              { id: "serial", header: "Serial", cell: ({ serial }) => <Mono text={serial} /> },
            ]}
          />
        </Fold>
      )}
    </>
  );
}

function Told({ text }: { text: string | null }) {
  return text === null ? (
    <span className="text-faint">not told</span>
  ) : (
    <span className="break-all">{text}</span>
  );
}

/** `x16, 32.0 GT/s PCIe`; null for a device that tells of no link. */
function linkWords(width: number | null, speed: string | null): string | null {
  return [width && `x${width}`, speed].filter(Boolean).join(", ") || null;
}
