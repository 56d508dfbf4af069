/**
 * Interfaces that carry what another one carries too, or nothing that leaves the machine: loopback,
 * bridges, bonds and teams (their members are counted), VLANs (`eth0.100`), tunnels, containers' and
 * virtual machines' ends.
 */
const virtualPrefix = String.raw`(?:sit\d|gre|erspan|tunl\d|ip6tnl\d|ip_vti\d|ip6_vti\d|veth|docker|cni|br-|br\d|bridge|virbr|vmbr|bond|team|dummy|ifb|tap|tun|vnet|flannel|cali|cilium|lxc|lxd|vxlan|geneve|wg|kube-|nodelocaldns|ovs-|macvlan|macvtap|ipvlan|nlmon|vlan\d)`;
/** The same as a whole name, also in the syntax of engines (RE2). */
export const virtualInterfaces = String.raw`lo|${virtualPrefix}.*|.*\..*`;
const virtualInterface = new RegExp(`^(?:${virtualInterfaces})$`, "s");

/**
 * The name of a whole disk; `sda1`, `nvme0n1p1`, `dm-0`, `md0`, `loop0`, `zram0` and the paths behind
 * a multipath NVMe (`nvme0c1n1`) are none. Names by the kernel's drivers: SCSI and SATA, virtio, Xen,
 * IDE, NVMe, MMC, persistent memory.
 */
const wholeDisk = /^(?:(?:s|v|xv|h)d[a-z]{1,3}|nvme\d+n\d+|mmcblk\d+|pmem\d+)$/;

/** True when an interface is a port of the machine. */
export function isPhysicalInterface(name: string): boolean {
  return name !== "" && !virtualInterface.test(name);
}

/** True when a block device is a disk and not a part or a layer of one. */
export function isWholeDisk(name: string): boolean {
  return wholeDisk.test(name);
}
