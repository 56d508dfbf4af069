import type { Database } from "#db/client";
import { listRestingPorts, notePort } from "#db/queries/networks";
import { portDrift } from "#lib/domain/network/port-drift";
import { NetworkError } from "#lib/ports/network";
import type { Networks } from "#lib/worker/networks";

/**
 * Looks at every port that nobody is changing, and writes how it differs from what it should carry.
 * Changes nothing: who moved it, and why, is for a person to find out.
 */
export async function watchPorts(input: { db: Database; networks: Networks }): Promise<void> {
  for (const port of await listRestingPorts(input.db)) {
    const driver = await input.networks.open(port.siteId);
    if (!driver) continue;
    try {
      const seen = await driver.read(port.port);
      const drift = portDrift(port.wantedVlan, seen);
      await notePort(input.db, port, { vlans: seen.vlans, drift });
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      const drift = `The port could not be read: ${error.message}.`;
      await notePort(input.db, port, { vlans: null, drift });
    }
  }
}
