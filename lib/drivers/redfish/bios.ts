import { failureOf, isSuccess } from "#lib/drivers/redfish/failure";
import type { Limits } from "#lib/drivers/redfish/limits";
import type { Reader } from "#lib/drivers/redfish/reader";
import { actionInfo, bios, type ComputerSystem } from "#lib/drivers/redfish/resource-schemas";
import type { Session } from "#lib/drivers/redfish/session";
import { followTask } from "#lib/drivers/redfish/tasks";
import { ControllerError } from "#lib/ports/controller";

/**
 * Has the BIOS settings go back to their defaults at the host's next start (Bios.ResetBios, DMTF
 * DSP2046). Throws `unsupported` when the controller does not offer it.
 */
export async function resetBios(input: {
  session: Session;
  limits: Limits;
  reader: Reader;
  host: ComputerSystem;
}): Promise<void> {
  const { session, limits, reader, host } = input;
  const found = await reader.find(host.Bios, bios);
  const action = found?.Actions["#Bios.ResetBios"];
  if (!action?.target) throw unsupported("the controller offers no reset of its host's BIOS");
  const body = await parametersOf(reader, action["@Redfish.ActionInfo"]);
  const { behaviour } = await session.root();
  const answer = await session.send({ method: "POST", path: action.target, body });
  if (!isSuccess(answer)) throw failureOf(answer, behaviour.busyMessages);
  await followTask(session, answer, limits);
}

/**
 * The standard's action has no parameters; some want one that has one value only, as AMI's
 * `ResetType` of `Reset` (capture of a DGX H100 in NVIDIA/libredfish, 2024-07).
 */
async function parametersOf(reader: Reader, path: string | null): Promise<Record<string, string>> {
  const info = await reader.find(path, actionInfo);
  const required = info?.Parameters.filter(({ Required }) => Required) ?? [];
  return Object.fromEntries(
    required.map(({ Name, AllowableValues }) => {
      const [only, ...others] = AllowableValues ?? [];
      if (Name === null || only === undefined || others.length > 0) {
        throw unsupported(`a reset of the BIOS wants to be told ${Name ?? "something unnamed"}`);
      }
      return [Name, only];
    }),
  );
}

function unsupported(message: string): ControllerError {
  return new ControllerError("unsupported", message, { retryable: false });
}
