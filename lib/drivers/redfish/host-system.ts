import type { Behaviour } from "#lib/drivers/redfish/quirks";
import type { Reader } from "#lib/drivers/redfish/reader";
import {
  type ComputerSystem,
  computerSystem,
  type ServiceRoot,
} from "#lib/drivers/redfish/resource-schemas";
import { ControllerError } from "#lib/ports/controller";

export type Systems = {
  host: { path: string; body: ComputerSystem };
  /** Systems beside the host, such as the tray that holds its GPUs. */
  others: { path: string; body: ComputerSystem }[];
  /** Systems that are there and do not answer: a GPU tray while its host is off. */
  silent: string[];
};

/**
 * Finds the host among the systems of a controller, whatever they are called and in whatever order
 * they are listed: it is the one that can be reset and booted. Throws `ControllerError`; `busy`
 * when the host may be among the systems that did not answer.
 */
export async function findSystems(
  reader: Reader,
  root: ServiceRoot,
  behaviour: Behaviour,
): Promise<Systems> {
  if (root.Systems === null) throw noHost("the service has no systems");
  const { found, silent, listed } = await reader.members(root.Systems, computerSystem, {
    busyIsUnread: true,
  });
  const ranked = found.toSorted((a, b) => score(b.body, behaviour) - score(a.body, behaviour));
  const [host] = ranked;
  const mayBeHidden = !listed || (silent.length > 0 && !(host && canReset(host.body)));
  if (mayBeHidden) {
    throw new ControllerError("busy", "the host's system does not answer", { retryable: true });
  }
  if (!host) throw noHost("the service lists no system");
  return { host, others: ranked.slice(1), silent };
}

function score(system: ComputerSystem, behaviour: Behaviour): number {
  const isGpuTray = behaviour.gpuTraySystem?.test(system.Id ?? "") === true;
  return (
    (canReset(system) ? 4 : 0) +
    (system.Boot.BootSourceOverrideTarget !== null ? 2 : 0) +
    (system.Bios !== null ? 2 : 0) -
    (isGpuTray ? 16 : 0) -
    (system.SystemType === "DPU" ? 8 : 0)
  );
}

function canReset(system: ComputerSystem): boolean {
  return system.Actions["#ComputerSystem.Reset"].target !== null;
}

function noHost(message: string): ControllerError {
  return new ControllerError("unsupported", message, { retryable: false });
}
