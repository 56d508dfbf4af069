import { builtDiskImage } from "#e2e/fixtures/disk-image";

// Built ahead, beside lighter work: the test that installs it waits for it otherwise.
const image = await builtDiskImage();
console.log(`${image.diskFile}, ${Math.round(image.diskBytes / 2 ** 20)} MiB unpacked`);
