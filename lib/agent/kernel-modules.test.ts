import { expect, test } from "vitest";
import { chooseModules } from "#lib/agent/kernel-modules";

// As `busybox depmod -n` prints it: dependencies first, then aliases.
const index = `kernel/drivers/net/virtio_net.ko: kernel/drivers/virtio/virtio.ko kernel/net/core/failover.ko
kernel/drivers/virtio/virtio.ko: kernel/drivers/virtio/virtio_ring.ko
kernel/drivers/virtio/virtio_ring.ko:
kernel/net/core/failover.ko:
kernel/drivers/usb/storage/usb-storage.ko.xz:
kernel/sound/soundcore.ko: kernel/net/core/failover.ko
alias virtio:d00000001v* virtio_net
alias char-major-14-* soundcore
alias usb:v03EBp2002d0100dc*dsc*dp*ic*isc*ip*in* usb_storage
alias symbol:failover_register failover
`;

test("wanted drivers come with all they need, and with nothing else", () => {
  const { files, dep, alias } = chooseModules(index);
  expect(files).toEqual([
    "kernel/drivers/net/virtio_net.ko",
    "kernel/drivers/usb/storage/usb-storage.ko.xz",
    "kernel/drivers/virtio/virtio.ko",
    "kernel/drivers/virtio/virtio_ring.ko",
    "kernel/net/core/failover.ko",
  ]);
  expect(dep.split("\n").filter(Boolean)).toHaveLength(5);
  expect(dep).not.toContain("soundcore");
  expect(alias).toContain("alias virtio:d00000001v* virtio_net\n");
  expect(alias).toContain("usb_storage");
  expect(alias).not.toContain("soundcore");
});

test("a kernel that has a driver built in is no error", () => {
  expect(chooseModules("").files).toEqual([]);
});
