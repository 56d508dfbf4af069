import type { Route } from "next";
import { KeyValueList } from "#components/ui/key-value-list";
import { Panel } from "#components/ui/panel";
import { RelativeTime } from "#components/ui/relative-time";
import { DataTable } from "#components/ui/table";
import { TextLink } from "#components/ui/text-link";
import type { Inventory, InventoryDpu, InventorySource } from "#lib/domain/node/inventory";

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
      <Part title="Network ports" count={nics.length} untold={untold.includes("nics")}>
        <DataTable
          label="Network ports"
          rows={nics}
          rowKey={(nic) => `${nic.slot}${nic.mac}`}
          columns={[
            { id: "slot", header: "Port", rowHeader: true, cell: (nic) => nic.slot },
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
        <Part title="DPUs" count={dpus.length}>
          <DataTable
            label="DPUs"
            rows={dpus}
            rowKey={(dpu) => dpu.slot}
            columns={[
              { id: "slot", header: "Slot", rowHeader: true, cell: (dpu) => dpu.slot },
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
        <Fold title="Memory modules" count={`${memory.modules.length} modules`}>
          <DataTable
            label="Memory modules"
            rows={memory.modules}
            rowKey={(module) => module.slot}
            columns={[
              { id: "slot", header: "Slot", rowHeader: true, cell: (module) => module.slot },
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
        <Fold title="Power supplies" count={`${powerSupplies.length}`}>
          <DataTable
            label="Power supplies"
            rows={powerSupplies}
            rowKey={(supply) => supply.slot}
            columns={[
              { id: "slot", header: "Slot", rowHeader: true, cell: (supply) => supply.slot },
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
        <Fold title="PCIe devices" count={`${pcieDevices.length}`}>
          <DataTable
            label="PCIe devices"
            rows={pcieDevices}
            rowKey={(device) => `${device.slot} ${pcieDevices.indexOf(device)}`}
            columns={[
              { id: "slot", header: "Slot", rowHeader: true, cell: (device) => device.slot },
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
        <Fold title="Firmware" count={`${firmware.length} components`}>
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
      {sources.length > 0 && <Sources sources={sources} unread={unread} />}
    </Panel>
  );
}

/** Where each section was read and when, and what could not be read at all. */
function Sources({
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
  log: "Event log",
};

/** TPM, Secure Boot and the controller itself; left out where nobody asked for them. */
function platformItems({ tpms, secureBoot, manager }: Inventory) {
  const offBy = manager?.clockOffBySeconds ?? null;
  return [
    ...(tpms
      ? [
          {
            label: "TPM",
            value: tpms.map((tpm) => tpm.kind ?? "of unknown kind").join(", ") || "none told",
            hint: tpms[0]?.firmwareVersion ? `firmware ${tpms[0].firmwareVersion}` : undefined,
          },
        ]
      : []),
    ...(secureBoot
      ? [
          {
            label: "Secure Boot",
            value: secureBoot.enabled === null ? null : secureBoot.enabled ? "on" : "off",
            hint: secureBoot.mode ? `keys: ${secureBoot.mode}` : undefined,
          },
        ]
      : []),
    ...(manager
      ? [
          {
            label: "Controller firmware",
            value: manager.firmwareVersion,
            hint: offBy !== null && Math.abs(offBy) > 120 ? clockWords(offBy) : undefined,
          },
          {
            label: "IPMI over the network",
            value: manager.ipmiOverLan === null ? null : manager.ipmiOverLan ? "on" : "off",
          },
        ]
      : []),
  ];
}

function clockWords(offBySeconds: number): string {
  const minutes = Math.round(Math.abs(offBySeconds) / 60);
  const size = minutes < 120 ? `${minutes} minutes` : `${Math.round(minutes / 60)} hours`;
  return `its clock is ${size} ${offBySeconds < 0 ? "behind" : "ahead"}`;
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

/** A part that is read on demand. */
function Fold({
  title,
  count,
  children,
}: {
  title: string;
  count: string;
  children: React.ReactNode;
}) {
  return (
    <details className="border-line border-t">
      <summary className="cursor-pointer px-4 py-2 text-sm hover:bg-hover">
        {title} <span className="text-faint text-xs">{count}</span>
      </summary>
      {children}
    </details>
  );
}

function Mono({ text }: { text: string | null }) {
  return text ? (
    <span className="break-all font-mono text-xs">{text}</span>
  ) : (
    <span className="text-faint">unknown</span>
  );
}
