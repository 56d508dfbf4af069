import { parseArgs } from "node:util";
import { buildImage } from "#lib/agent/build-image";
import { PackageError } from "#lib/agent/debian-package";

// npm run image -- [--output data/images] [--suite bookworm] [--kernel server|cloud]
const { values } = parseArgs({
  options: {
    output: { type: "string", default: "data/images" },
    suite: { type: "string", default: "bookworm" },
    kernel: { type: "string", default: "server" },
  },
});
try {
  const image = await buildImage({
    outputDirectory: values.output,
    suite: values.suite,
    kernel: values.kernel === "cloud" ? "cloud" : "server",
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
} catch (error) {
  if (!(error instanceof PackageError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
