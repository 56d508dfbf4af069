import type { Database } from "#db/client";
import { findFabricManager } from "#db/queries/partitions";
import { fabricManagerPlace, unseal } from "#lib/access/sealed";
import type { Id } from "#lib/domain/id";
import type { FabricDriver, OpenFabric } from "#lib/ports/fabric";
import { tracedFabric } from "#lib/worker/spans";

export type Fabrics = {
  /** The driver of a site's fabric manager; null when the site has none. */
  open: (siteId: Id<"site">) => Promise<FabricDriver | null>;
  close: () => void;
};

/** One open driver per site, opened again when an operator has changed its settings. */
export function createFabrics(input: {
  db: Database;
  openFabric: OpenFabric;
  privateKey: string;
}): Fabrics {
  const open = new Map<Id<"site">, { version: number; driver: FabricDriver }>();
  return {
    open: async (siteId) => {
      const settings = await findFabricManager(input.db, siteId);
      const earlier = open.get(siteId);
      if (settings && earlier?.version === settings.version) return earlier.driver;
      open.delete(siteId);
      earlier?.driver.close();
      if (!settings) return null;
      const { address, certificatePem, username, sealedPassword, version } = settings;
      const password = unseal(input.privateKey, fabricManagerPlace(siteId), sealedPassword);
      const driver = tracedFabric(
        input.openFabric({ address, certificatePem, username }, password),
      );
      open.set(siteId, { version, driver });
      return driver;
    },
    close: () => {
      for (const { driver } of open.values()) driver.close();
      open.clear();
    },
  };
}
