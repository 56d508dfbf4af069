import type { ControllerLog } from "#lib/domain/node/controller-log";
import { findEntries, readLogs } from "#lib/drivers/redfish/event-log";
import { firstManager, readHolders } from "#lib/drivers/redfish/inventory";
import { behaviourOf, vendorOf } from "#lib/drivers/redfish/quirks";
import type { Reader } from "#lib/drivers/redfish/reader";
import { readPowerAndReadings } from "#lib/drivers/redfish/readings";
import {
  type Chassis,
  computerSystem,
  manager,
  type ServiceRoot,
} from "#lib/drivers/redfish/resource-schemas";
import { ControllerError, type Sensors } from "#lib/ports/controller";

/**
 * Looks at the sensors and the logs of one controller again and again. Where they are hardly ever
 * changes, so once all of it is found it is kept, until a look that finds nothing there.
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
      const known =
        holders.length > 0 ? holders : await readHolders(reader, await readHost(reader));
      const isPart = reader.missed.length > 0;
      const told = await readPowerAndReadings(reader, known);
      const isEmpty = told.supplies.length + told.readings.length === 0;
      holders = isPart || isEmpty ? [] : known;
      if (isEmpty && reader.missed.length > 0) throw unreadable("sensors", reader);
      const { supplies, readings } = told.unread;
      return { ...told, unread: { supplies: supplies || isPart, readings: readings || isPart } };
    },

    async logs() {
      const reader = newReader();
      let paths = logPaths;
      if (paths.length === 0) {
        const host = await readHost(reader);
        const service = await root();
        const managerPath = host.Links.ManagedBy[0] ?? (await firstManager(reader, service));
        const managing = await reader.find(managerPath, manager, { busyIsUnread: true });
        const { logs } = behaviourOf(vendorOf(service));
        paths = await findEntries(reader, [host.LogServices, managing?.LogServices ?? null], logs);
      }
      const isPart = reader.missed.length > 0;
      const logs = await readLogs(reader, paths);
      logPaths = isPart || logs.length === 0 ? [] : paths;
      if (logs.length > 0) return logs;
      if (reader.missed.length > 0) throw unreadable("logs", reader);
      throw new ControllerError("unsupported", "the controller tells of no log", {
        retryable: false,
      });
    },
  };
}

function unreadable(what: string, { unread }: Reader): ControllerError {
  const words = `none of its ${what} could be read: ${unread.at(-1)?.reason}`;
  return new ControllerError("rejected", words, { retryable: true });
}
