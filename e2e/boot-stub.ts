import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { makeEfiProgram } from "#e2e/simulator/efi-program";

/**
 * Makes what stands in for systemd's stub where all machines are simulated: they read what they boot
 * and run none of it, so no Debian package is needed. Gives its path.
 */
export async function givenBootStub(directory: string): Promise<string> {
  await mkdir(directory, { recursive: true });
  const file = path.join(directory, "boot-stub.efi");
  await writeFile(file, makeEfiProgram([]));
  return file;
}
