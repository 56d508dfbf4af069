import { StateBadge } from "#components/ui/state-text";
import { type Column, DataTable } from "#components/ui/table";
import { formatDecimalBytes, formatTook } from "#lib/client/format";
import type { WipedDevice } from "#lib/domain/boot/wiped-device";

const levelWords = {
  purge: "purged (NIST SP 800-88)",
  clear: "cleared (NIST SP 800-88)",
  none: "",
} as const;

const columns: Column<WipedDevice>[] = [
  {
    id: "device",
    header: "Device",
    rowHeader: true,
    cell: (device) => (
      <>
        <span className="font-mono text-xs">{device.serial || "no serial number"}</span>
        <span className="block text-faint text-xs">
          {device.kind}
          {device.sizeBytes ? `, ${formatDecimalBytes(device.sizeBytes)}` : ""}
        </span>
      </>
    ),
  },
  {
    id: "result",
    header: "Result",
    cell: (device) => (
      <StateBadge
        kind={
          device.result === "wiped" ? "ok" : device.result === "failed" ? "critical" : "neutral"
        }
        word={{ wiped: "Wiped", failed: "Failed", skipped: "Skipped" }[device.result]}
      />
    ),
  },
  {
    id: "method",
    header: "Method",
    cell: (device) => (
      <>
        {device.method}
        {device.level && device.level !== "none" && (
          <span className="block text-faint text-xs">{levelWords[device.level]}</span>
        )}
        {device.before && (
          <span className="block text-faint text-xs">before it, {device.before}</span>
        )}
      </>
    ),
  },
  { id: "verified", header: "Verified", cell: (device) => device.verified },
  { id: "took", header: "Took", align: "end", cell: (device) => formatTook(device.durationMs) },
];

/** What a wipe did to each device, one row each. */
export function WipedDevices({ label, devices }: { label: string; devices: WipedDevice[] }) {
  return (
    <DataTable
      label={label}
      columns={columns}
      rows={devices}
      rowKey={(device) => `${device.kind} ${device.serial}`}
    />
  );
}
