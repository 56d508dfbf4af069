import type { Route } from "next";
import { Fold, Mono, Part, Slot } from "#components/nodes/inventory-parts";
import { InventorySources } from "#components/nodes/inventory-sources";
import { KeyValueList } from "#components/ui/key-value-list";
import { Panel } from "#components/ui/panel";
import { RelativeTime } from "#components/ui/relative-time";
import { DataTable } from "#components/ui/table";
import { TextLink } from "#components/ui/text-link";
import { platformItems } from "#lib/client/inventory-platform";
import type {
  Inventory,
  InventoryDpu,
  InventorySection,
  InventorySource,
} from "#lib/domain/node/inventory";

/** What the node is made of, as its controller told it. */
export function InventoryPanel({
  inventory,
  readAt,
  sources,
  unread,
  pairs,
}: {
  inventory: Inventory;
  readAt: string | null;
  /** For each DPU's serial number the node on the other side of it, with its page. */
  pairs: { serial: string; name: string; href: Route }[];
  sources: InventorySource[];
  unread: { path: string; reason: string }[];
}) {
  const { system, cpus, memory, gpus, drives, nics, firmware, untold = [] } = inventory;
  const { dpus = [], pcieDevices = [], powerSupplies = [] } = inventory;
  const cpu = cpus[0];
  const of = (section: InventorySection) => sources.find((each) => each.section === section);
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
            ...platformItems(inventory),
          ]}
        />
      </div>
      <Part
        title="GPUs"
        count={gpus?.length ?? null}
        untold={untold.includes("gpus")}
        source={of("gpus")}
      >
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
              { id: "slot", header: "Slot", rowHeader: true, cell: (gpu) => <Slot part={gpu} /> },
              { id: "model", header: "Model", cell: (gpu) => gpu.model ?? "unknown" },
              {
                id: "memory",
                header: "Memory",
                align: "end",
                cell: (gpu) => (gpu.memoryGib === null ? "unknown" : `${gpu.memoryGib} GiB`),
              },
              { id: "serial", header: "Serial", cell: (gpu) => <Mono text={gpu.serial} /> },
              { id: "part", header: "Part", cell: (gpu) => <Mono text={gpu.partNumber ?? null} /> },
              {
                id: "links",
                header: "Links",
                cell: (gpu) =>
                  [gpu.nvlinks && `${gpu.nvlinks} NVLink`, gpu.pcie].filter(Boolean).join(", ") ||
                  "unknown",
              },
              {
                id: "firmware",
                header: "Firmware",
                cell: (gpu) => <Mono text={gpu.firmwareVersion} />,
              },
            ]}
          />
        )}
      </Part>
      <Part
        title="Drives"
        count={drives.length}
        untold={untold.includes("drives")}
        source={of("drives")}
      >
        <DataTable
          label="Drives"
          rows={drives}
          rowKey={(drive) => `${drive.slot}${drive.serial}`}
          columns={[
            { id: "slot", header: "Slot", rowHeader: true, cell: (drive) => <Slot part={drive} /> },
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
            // Many controllers tell neither; a column of "unknown" is noise.
            ...(drives.some((drive) => drive.firmwareVersion)
              ? [
                  {
                    id: "firmware",
                    header: "Firmware",
                    cell: (drive: Drive) => <Mono text={drive.firmwareVersion ?? null} />,
                  },
                ]
              : []),
            ...(drives.some((drive) => lifeWords(drive) !== null)
              ? [
                  {
                    id: "life",
                    header: "Life left",
                    align: "end" as const,
                    cell: (drive: Drive) => lifeWords(drive) ?? "unknown",
                  },
                ]
              : []),
          ]}
        />
      </Part>
      <Part
        title="Network ports"
        count={nics.length}
        untold={untold.includes("nics")}
        source={of("nics")}
      >
        <DataTable
          label="Network ports"
          rows={nics}
          rowKey={(nic) => `${nic.slot}${nic.mac}`}
          columns={[
            { id: "slot", header: "Port", rowHeader: true, cell: (nic) => <Slot part={nic} /> },
            { id: "kind", header: "Kind", cell: (nic) => nicWords[nic.kind] },
            {
              id: "address",
              header: "MAC or GUID",
              cell: (nic) => <Mono text={nic.mac ?? nic.portGuid ?? nic.nodeGuid ?? null} />,
            },
            { id: "serial", header: "Adapter", cell: (nic) => <Mono text={nic.serial ?? null} /> },
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
      {dpus.length > 0 && (
        <Part title="DPUs" count={dpus.length} source={of("dpus")}>
          <DataTable
            label="DPUs"
            rows={dpus}
            rowKey={(dpu) => dpu.slot}
            columns={[
              { id: "slot", header: "Slot", rowHeader: true, cell: (dpu) => <Slot part={dpu} /> },
              { id: "model", header: "Model", cell: (dpu) => dpu.model ?? "unknown" },
              {
                id: "mode",
                header: "Mode",
                cell: (dpu) =>
                  dpu.mode === null ? "not told by this controller" : dpuModes[dpu.mode],
              },
              { id: "serial", header: "Serial", cell: (dpu) => <Mono text={dpu.serial} /> },
              {
                id: "firmware",
                header: "Firmware",
                cell: (dpu) => <Mono text={dpu.firmwareVersion} />,
              },
              {
                id: "pair",
                header: "Paired with",
                cell: (dpu) => <Pair dpu={dpu} pairs={pairs} />,
              },
              { id: "mac", header: "Base MAC", cell: (dpu) => <Mono text={dpu.baseMac} /> },
            ]}
          />
        </Part>
      )}
      {memory.modules.length > 0 && (
        <Fold
          title="Memory modules"
          count={`${memory.modules.length} modules`}
          source={of("memory")}
        >
          <DataTable
            label="Memory modules"
            rows={memory.modules}
            rowKey={(module) => module.slot}
            columns={[
              {
                id: "slot",
                header: "Slot",
                rowHeader: true,
                cell: (module) => <Slot part={module} />,
              },
              {
                id: "size",
                header: "Size",
                align: "end",
                cell: (module) => (module.sizeGib === null ? "unknown" : `${module.sizeGib} GiB`),
              },
              {
                id: "kind",
                header: "Kind",
                cell: (module) =>
                  [module.type, module.speedMhz && `${module.speedMhz} MHz`]
                    .filter(Boolean)
                    .join(", ") || "unknown",
              },
              {
                id: "ecc",
                header: "Error correction",
                cell: (module) => module.errorCorrection ?? "not told",
              },
              {
                id: "part",
                header: "Part",
                cell: (module) => <Mono text={module.partNumber ?? null} />,
              },
              { id: "serial", header: "Serial", cell: (module) => <Mono text={module.serial} /> },
            ]}
          />
        </Fold>
      )}
      {powerSupplies.length > 0 && (
        <Fold title="Power supplies" count={`${powerSupplies.length}`} source={of("powerSupplies")}>
          <DataTable
            label="Power supplies"
            rows={powerSupplies}
            rowKey={(supply) => supply.slot}
            columns={[
              {
                id: "slot",
                header: "Slot",
                rowHeader: true,
                cell: (supply) => <Slot part={supply} />,
              },
              { id: "model", header: "Model", cell: (supply) => supply.model ?? "unknown" },
              {
                id: "capacity",
                header: "Capacity",
                align: "end",
                cell: ({ capacityWatts: watts }) => (watts === null ? "unknown" : `${watts} W`),
              },
              { id: "health", header: "Health", cell: (supply) => supply.health ?? "not told" },
              { id: "serial", header: "Serial", cell: (supply) => <Mono text={supply.serial} /> },
            ]}
          />
        </Fold>
      )}
      {pcieDevices.length > 0 && (
        <Fold title="PCIe devices" count={`${pcieDevices.length}`} source={of("pcieDevices")}>
          <DataTable
            label="PCIe devices"
            rows={pcieDevices}
            rowKey={(device) => `${device.slot} ${pcieDevices.indexOf(device)}`}
            columns={[
              {
                id: "slot",
                header: "Slot",
                rowHeader: true,
                cell: (device) => <Slot part={device} />,
              },
              { id: "name", header: "Name", cell: (device) => device.name ?? "unknown" },
              {
                id: "id",
                header: "Vendor and device",
                cell: ({ vendorId, deviceId }) => (
                  <Mono text={vendorId && deviceId ? `${vendorId}:${deviceId}` : null} />
                ),
              },
              { id: "class", header: "Class", cell: (device) => device.deviceClass ?? "unknown" },
              { id: "link", header: "Link", cell: (device) => device.pcie ?? "unknown" },
            ]}
          />
        </Fold>
      )}
      {firmware.length > 0 && (
        <Fold title="Firmware" count={`${firmware.length} components`} source={of("firmware")}>
          <DataTable
            label="Firmware"
            rows={firmware}
            rowKey={(item) => item.id}
            columns={[
              { id: "name", header: "Component", rowHeader: true, cell: (item) => item.name },
              { id: "version", header: "Version", cell: (item) => <Mono text={item.version} /> },
            ]}
          />
        </Fold>
      )}
      {sources.length > 0 && <InventorySources sources={sources} unread={unread} />}
    </Panel>
  );
}

/** The node on the other side: the DPU's own one, or the host that it sits in. */
function Pair({
  dpu,
  pairs,
}: {
  dpu: InventoryDpu;
  pairs: { serial: string; name: string; href: Route }[];
}) {
  const other = pairs.find(({ serial }) => serial === dpu.serial);
  if (!other) {
    return (
      <span className="text-faint">
        {dpu.isSelf ? "no host with this card is enrolled" : "its own controller is not enrolled"}
      </span>
    );
  }
  return (
    <>
      {dpu.isSelf ? "sits in " : "own controller: "}
      <TextLink href={other.href}>{other.name}</TextLink>
    </>
  );
}

type Drive = Inventory["drives"][number];

function lifeWords(drive: Drive): string | null {
  if (drive.failurePredicted) return "failure predicted";
  return typeof drive.lifeLeftPercent === "number" ? `${drive.lifeLeftPercent} %` : null;
}

const dpuModes = { dpu: "DPU", nic: "NIC" } as const;

const nicWords = { ethernet: "Ethernet", infiniband: "InfiniBand", unknown: "unknown" } as const;
