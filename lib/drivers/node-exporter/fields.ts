import type { HostRate } from "#lib/domain/telemetry/host-metric";
import {
  isPhysicalInterface,
  isWholeDisk,
  virtualInterfaces,
} from "#lib/drivers/node-exporter/devices";

/** The value of a label, by its name. */
type Label = (name: string) => string | undefined;

/** One kind of counter, of which each device has its own. */
type DeviceCounter = {
  name: string;
  /** The labels that tell devices apart. */
  by: readonly string[];
  /** What the device is called; `null` when it does not count. */
  deviceOf: (label: Label) => string | null;
  /** Of the label `device`, whole values that never count, as a regular expression: they need not be asked for. */
  never?: string;
};

function counters(by: readonly string[], deviceOf: DeviceCounter["deviceOf"], never?: string) {
  return (name: string): DeviceCounter => ({ name, by, deviceOf, ...(never && { never }) });
}

const port = counters(
  ["device"],
  (label) => {
    const device = label("device") ?? "";
    return isPhysicalInterface(device) ? device : null;
  },
  virtualInterfaces,
);
const disk = counters(["device"], (label) => {
  const device = label("device") ?? "";
  return isWholeDisk(device) ? device : null;
});
const infiniband = counters(["device", "port"], (label) => {
  const device = label("device");
  return device ? `${device} ${label("port") ?? ""}` : null;
});

/** How node_exporter 1.5 (Debian 12) calls what is read of it; so since 0.16. */
export const hostFields = {
  bootSeconds: "node_boot_time_seconds",
  load1: "node_load1",
  memTotalBytes: "node_memory_MemTotal_bytes",
  memAvailableBytes: "node_memory_MemAvailable_bytes",
  /** Seconds, by `cpu` and `mode`. */
  cpu: "node_cpu_seconds_total",
  /** By `master`, an interface whose members are counted. */
  bonds: "node_bonding_slaves",
  counters: {
    net_rx: port("node_network_receive_bytes_total"),
    net_tx: port("node_network_transmit_bytes_total"),
    disk_read: disk("node_disk_read_bytes_total"),
    disk_write: disk("node_disk_written_bytes_total"),
    ib_rx: infiniband("node_infiniband_port_data_received_bytes_total"),
    ib_tx: infiniband("node_infiniband_port_data_transmitted_bytes_total"),
  } satisfies Record<HostRate, DeviceCounter>,
};
