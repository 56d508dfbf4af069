import type { Id } from "#lib/domain/id";

/** Somebody who asked the boot server by a MAC address that nobody awaited, as operators see it. */
export type BootRequest = {
  mac: string;
  /** From which it asked last. */
  address: string;
  /** Whose interface it is; null where no node here has it. */
  node: { id: Id<"node">; name: string } | null;
  /** How often it asked, each retry counted, of what was written down. */
  count: number;
  firstAt: string;
  lastAt: string;
};
