import { isGpu, isSilent } from "#lib/drivers/redfish/gpus";
import type { Systems } from "#lib/drivers/redfish/host-system";
import type { Reader } from "#lib/drivers/redfish/reader";
import { collection, processor } from "#lib/drivers/redfish/resource-schemas";
import type { Glance } from "#lib/ports/controller";

/** Which machine a host is, and whether its GPUs can be read now: a tray is asked for its list alone. */
export async function readGlance(reader: Reader, systems: Systems): Promise<Glance> {
  const { host, others, silent } = systems;
  const inHost = await reader.members(host.body.Processors, processor);
  const trays = others.map(({ body }) => body.Processors).filter((path) => path !== null);
  const answers = await Promise.all(
    trays.map((path) => reader.find(path, collection, { busyIsUnread: true })),
  );
  const trayAnswers = silent.length === 0 && answers.every((answer) => answer !== null);
  return {
    system: { serial: host.body.SerialNumber, uuid: host.body.UUID?.toLowerCase() ?? null },
    gpusAnswer: inHost.found.some(({ body }) => isGpu(body)) || (trayAnswers && !isSilent(inHost)),
  };
}
