import { builtDiskImage } from "#e2e/fixtures/disk-image";
import { builtRamdisk } from "#e2e/fixtures/ramdisk";

// Built ahead, beside lighter work: tests that boot them wait for them otherwise.
const { initrd, kernelVersion } = await builtRamdisk();
console.log(`${initrd.name} of ${kernelVersion}, ${Math.round(initrd.sizeBytes / 2 ** 20)} MiB`);
const image = await builtDiskImage();
console.log(`${image.diskFile}, ${Math.round(image.diskBytes / 2 ** 20)} MiB unpacked`);
