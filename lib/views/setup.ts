import type { Database } from "#db/client";
import { isSetupLinkOpen } from "#db/queries/setup-links";
import { hasOperator } from "#db/queries/users";

/** `open`: this link makes the first operator. `closed`: it no longer does, or never did. */
export type SetupState = "open" | "closed" | "done";

/** How far the first run is; anyone may ask, with or without a link. */
export async function setupState(db: Database, token: unknown): Promise<SetupState> {
  if (await hasOperator(db)) return "done";
  return typeof token === "string" && (await isSetupLinkOpen(db, token)) ? "open" : "closed";
}
