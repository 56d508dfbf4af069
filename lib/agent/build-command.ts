import { PackageError } from "#lib/agent/debian-package";

/** Runs what a command of npm makes; where it cannot be made, the command ends with 1 and one sentence. */
export async function buildCommand(make: () => Promise<void>): Promise<void> {
  try {
    await make();
  } catch (error) {
    const isMeant =
      error instanceof PackageError ||
      // What node:util's parseArgs says of an option that there is not.
      (error instanceof TypeError && "code" in error && /^ERR_PARSE_ARGS/.test(String(error.code)));
    if (!isMeant) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}

/**
 * The kernel that an option names.
 * @throws PackageError with a sentence, when there is none of that name.
 */
export function kernelNamed(name: string): "server" | "cloud" {
  if (name === "server" || name === "cloud") return name;
  throw new PackageError(`--kernel is server or cloud, not ${JSON.stringify(name)}.`);
}
