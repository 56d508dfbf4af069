import { parseArgs } from "node:util";
import { buildCommand, kernelNamed } from "#lib/agent/build-command";
import { buildRamdisk, cloudKernel, serverKernel } from "#lib/agent/build-ramdisk";

// npm run ramdisk -- [--output data/images] [--cache data/cache/ramdisk] [--kernel server|cloud]
await buildCommand(async () => {
  const { values } = parseArgs({
    options: {
      output: { type: "string", default: "data/images" },
      cache: { type: "string", default: "data/cache/ramdisk" },
      kernel: { type: "string", default: "server" },
    },
  });
  const ramdisk = await buildRamdisk({
    outputDirectory: values.output,
    cacheDirectory: values.cache,
    kernelPackage: kernelNamed(values.kernel) === "cloud" ? cloudKernel : serverKernel,
  });
  process.stdout.write(`${JSON.stringify(ramdisk, null, 2)}\n`);
});
