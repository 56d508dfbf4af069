import { readFileSync } from "node:fs";
import path from "node:path";

/** The key that a portal with this data directory seals with. */
export function sealingKeyOf(dataDirectory: string): string {
  const file = path.join(dataDirectory, "secrets/credential-public-key");
  return readFileSync(file, "utf8").trim();
}
