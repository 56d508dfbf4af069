import { parseArgs } from "node:util";
import { buildRamdisk, cloudKernel, serverKernel } from "#lib/agent/build-ramdisk";

// node lib/agent/main.ts --output data/images [--cache data/cache] [--kernel server|cloud]
const { values } = parseArgs({
  options: {
    output: { type: "string" },
    cache: { type: "string", default: "data/cache/ramdisk" },
    kernel: { type: "string", default: "server" },
  },
});
if (!values.output) throw new Error("Say where to put it: --output DIRECTORY");
const ramdisk = await buildRamdisk({
  outputDirectory: values.output,
  cacheDirectory: values.cache,
  kernelPackage: values.kernel === "cloud" ? cloudKernel : serverKernel,
});
process.stdout.write(`${JSON.stringify(ramdisk, null, 2)}\n`);
