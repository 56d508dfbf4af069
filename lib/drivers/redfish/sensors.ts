import type { ControllerLog } from "#lib/domain/node/controller-log";
import { findEntries, readLogs } from "#lib/drivers/redfish/event-log";
import { firstManager, readHolders } from "#lib/drivers/redfish/inventory";
import type { Reader } from "#lib/drivers/redfish/reader";
import { readPowerAndReadings } from "#lib/drivers/redfish/readings";
import {
  type Chassis,
  computerSystem,
  manager,
  type ServiceRoot,
} from "#lib/drivers/redfish/resource-schemas";
import type { Sensors } from "#lib/ports/controller";

/**
 * Looks at the sensors and the logs of one controller again and again. Where they are hardly ever
 * changes, so it is found once, and once more after a look that found nothing there.
 */
export function createWatch(input: {
  newReader: () => Reader;
  root: () => Promise<ServiceRoot>;
  hostPath: () => Promise<string>;
}): { sensors: () => Promise<Sensors>; logs: () => Promise<ControllerLog[]> } {
  const { newReader, root, hostPath } = input;
  let holders: Chassis[] = [];
  let logPaths: string[] = [];

  async function readHost(reader: Reader) {
    return (await reader.read(await hostPath(), computerSystem)).body;
  }

  return {
    async sensors() {
      const reader = newReader();
      if (holders.length === 0) holders = await readHolders(reader, await readHost(reader));
      const told = await readPowerAndReadings(reader, holders);
      if (told.supplies.length + told.readings.length === 0) holders = [];
      return told;
    },

    async logs() {
      const reader = newReader();
      if (logPaths.length === 0) {
        const host = await readHost(reader);
        const managerPath = host.Links.ManagedBy[0] ?? (await firstManager(reader, await root()));
        const managing = await reader.find(managerPath, manager, { busyIsUnread: true });
        logPaths = await findEntries(reader, [host.LogServices, managing?.LogServices ?? null]);
      }
      const logs = await readLogs(reader, logPaths);
      if (logs.length === 0) logPaths = [];
      return logs;
    },
  };
}
