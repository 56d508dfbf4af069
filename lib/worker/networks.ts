import type { Database } from "#db/client";
import { findSiteNetwork, type SiteNetworkRow } from "#db/queries/networks";
import { networkPlace, unseal } from "#lib/access/sealed";
import type { Id } from "#lib/domain/id";
import type { NetworkDriver, NetworkSettings, OpenNetwork } from "#lib/ports/network";
import { tracedNetwork } from "#lib/worker/spans";

export type Networks = {
  /** The network driver of a site; null when the site has none. */
  open: (siteId: Id<"site">) => Promise<NetworkDriver | null>;
  close: () => void;
};

/** One open driver per site, opened again when an operator has changed its settings. */
export function createNetworks(input: {
  db: Database;
  openNetwork: OpenNetwork;
  privateKey: string;
}): Networks {
  const open = new Map<Id<"site">, { version: number; driver: NetworkDriver }>();
  return {
    open: async (siteId) => {
      const settings = await findSiteNetwork(input.db, siteId);
      const earlier = open.get(siteId);
      if (settings && earlier?.version === settings.version) return earlier.driver;
      open.delete(siteId);
      earlier?.driver.close();
      if (!settings) return null;
      const { sealedSecret, version } = settings;
      const secret =
        sealedSecret === null ? "" : unseal(input.privateKey, networkPlace(siteId), sealedSecret);
      const driver = tracedNetwork(input.openNetwork(settingsOf(settings), secret));
      open.set(siteId, { version, driver });
      return driver;
    },
    close: () => {
      for (const { driver } of open.values()) driver.close();
      open.clear();
    },
  };
}

function settingsOf(row: SiteNetworkRow): NetworkSettings {
  const { driver, address, certificatePem, bridge, namespace } = row;
  if (driver === "linux_bridge" && bridge !== null) return { kind: driver, bridge, namespace };
  if (driver === "http" && address !== null && certificatePem !== null) {
    return { kind: driver, address, certificatePem };
  }
  throw new Error(`the network driver of site ${row.siteId} lacks its settings`);
}
