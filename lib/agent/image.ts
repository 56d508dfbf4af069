import { parseArgs } from "node:util";
import { buildCommand, kernelNamed } from "#lib/agent/build-command";
import { buildImage } from "#lib/agent/build-image";

// npm run image -- [--output data/images] [--suite bookworm] [--kernel server|cloud]
await buildCommand(async () => {
  const { values } = parseArgs({
    options: {
      output: { type: "string", default: "data/images" },
      suite: { type: "string", default: "bookworm" },
      kernel: { type: "string", default: "server" },
    },
  });
  const image = await buildImage({
    outputDirectory: values.output,
    suite: values.suite,
    kernel: kernelNamed(values.kernel),
  });
  process.stdout.write(`${JSON.stringify(image, null, 2)}\n`);
  process.stderr.write(
    [
      "",
      "Register it under Images as one that is installed:",
      `  file     ${image.diskFile}`,
      `  SHA-256  ${image.diskSha256}`,
      `  size     ${image.diskBytes} bytes`,
      `  user     ${image.defaultUser}`,
      "",
    ].join("\n"),
  );
});
