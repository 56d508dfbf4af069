import path from "node:path";

/**
 * The drivers a node may need to reach the network and its disks. A name that a kernel does not
 * have, or has built in, is passed over.
 */
const forNodes = [
  // Network
  ...["virtio_net", "e1000", "e1000e", "igb", "igc", "ixgbe", "i40e", "ice", "tg3", "bnxt_en"],
  ...["mlx4_en", "mlx5_core", "ena", "vmxnet3", "r8169", "atlantic", "sfc", "cxgb4", "ionic"],
  // Disks and what they hang on
  ...["virtio_blk", "virtio_scsi", "nvme", "vmd", "sd_mod", "ahci", "ata_piix", "isci"],
  ...["mpt3sas", "mpi3mr", "megaraid_sas", "smartpqi", "hpsa", "aacraid", "mvsas", "vmw_pvscsi"],
  // What is asked of a host that is inspected: InfiniBand ports, heat of the processors
  ...["ib_uverbs", "mlx5_ib", "mlx4_ib", "coretemp", "k10temp", "efivarfs"],
  // File systems of disk images, and what they compute checksums with
  ...["ext4", "xfs", "crc32c_generic", "crc32c_intel"],
  // Buses and the power button
  ...["virtio_pci", "xhci_pci", "usb_storage", "uas", "button", "evdev"],
];

/** Modules with what modprobe needs to find them: paths are relative to the modules' directory. */
export type ModuleSet = { files: string[]; dep: string; alias: string };

/**
 * The wanted modules of a kernel and all they depend on, with `modules.dep` and `modules.alias`
 * cut down to them.
 * @param index What `depmod -n` prints: lines of `modules.dep`, then of `modules.alias`.
 * @param wanted Names of modules; the drivers of nodes unless said.
 */
export function chooseModules(index: string, wanted: readonly string[] = forNodes): ModuleSet {
  const aliases: string[] = [];
  const dependencies = new Map<string, { line: string; needs: string[] }>();
  const fileByName = new Map<string, string>();
  for (const line of index.split("\n")) {
    const [file = "", rest] = line.split(":", 2);
    if (line.startsWith("alias ")) aliases.push(line);
    if (line.startsWith("alias ") || rest === undefined) continue;
    dependencies.set(file, { line, needs: rest.split(" ").filter(Boolean) });
    fileByName.set(moduleName(file), file);
  }

  const chosen = new Set<string>();
  const choose = (file: string) => {
    if (chosen.has(file)) return;
    chosen.add(file);
    for (const need of dependencies.get(file)?.needs ?? []) choose(need);
  };
  for (const name of wanted) {
    const file = fileByName.get(name);
    if (file) choose(file);
  }

  const files = [...chosen].sort();
  const names = new Set(files.map(moduleName));
  const alias = aliases.filter((line) => names.has(line.split(" ")[2] ?? "")).sort();
  return {
    files,
    dep: `${files.map((file) => dependencies.get(file)?.line ?? `${file}:`).join("\n")}\n`,
    alias: `${alias.join("\n")}\n`,
  };
}

/** `kernel/drivers/net/virtio_net.ko.xz` is virtio_net; a dash in a file's name is an underscore. */
function moduleName(file: string): string {
  return path
    .basename(file)
    .replace(/\.ko(\.\w+)?$/, "")
    .replaceAll("-", "_");
}
