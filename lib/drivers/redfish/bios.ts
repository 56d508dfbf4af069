import { setTimeout as wait } from "node:timers/promises";
import type { z } from "zod";
import type { BiosSettings, BiosValue } from "#lib/domain/node/bios-settings";
import { changeGuarded } from "#lib/drivers/redfish/change";
import { failureOf, isSuccess } from "#lib/drivers/redfish/failure";
import type { Limits } from "#lib/drivers/redfish/limits";
import type { TpmClear } from "#lib/drivers/redfish/quirks";
import type { Reader, Resource } from "#lib/drivers/redfish/reader";
import { actionInfo, bios, type ComputerSystem } from "#lib/drivers/redfish/resource-schemas";
import type { Session } from "#lib/drivers/redfish/session";
import { followTask } from "#lib/drivers/redfish/tasks";
import { ControllerError } from "#lib/ports/controller";

type Bios = z.output<typeof bios>;

/** What is set, and, where settings wait for the next start in a resource of their own, those. */
type Both = { own: Resource<Bios>; waiting: Resource<Bios> | null };

/** How often a setting that was accepted is read until it shows. */
const readBacks = 5;

/**
 * What a host's BIOS is set to and told to become (Bios, Settings; DMTF DSP2046, DSP0266 9.10). Throws
 * `unsupported` when the controller tells nothing of it.
 */
export async function readBios(input: {
  session: Session;
  reader: Reader;
  host: ComputerSystem;
}): Promise<BiosSettings> {
  const { behaviour } = await input.session.root();
  const both = await readBoth(input.reader, input.host);
  const attributes = both.own.body.Attributes;
  const pending = Object.entries(both.waiting?.body.Attributes ?? {}).filter(
    ([name, value]) => attributes && name in attributes && attributes[name] !== value,
  );
  const way = wayToClear(behaviour.tpmClear, attributes);
  return {
    attributes,
    pending: Object.fromEntries(pending),
    resetPending: both.own.body.ResetBiosToDefaultsPending,
    tpmClearPending: way && isWaiting(way, both),
  };
}

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
  const { body } = await readOwn(reader, host);
  const action = body.Actions["#Bios.ResetBios"];
  if (!action.target) throw unsupported("the controller offers no reset of its host's BIOS");
  const parameters = await parametersOf(reader, action["@Redfish.ActionInfo"]);
  const { behaviour } = await session.root();
  const answer = await session.send({ method: "POST", path: action.target, body: parameters });
  if (!isSuccess(answer)) throw failureOf(answer, behaviour.busyMessages);
  await followTask(session, answer, limits);
}

/**
 * Has the TPM cleared at the host's next start, by the BIOS setting that its vendor has for that, and
 * reads it back. Throws `unsupported` when there is none or the TPM is turned off, `rejected` when the
 * order was refused or does not show.
 */
export async function clearTpm(input: {
  session: Session;
  limits: Limits;
  newReader: () => Reader;
  host: ComputerSystem;
}): Promise<void> {
  const { session, limits, newReader, host } = input;
  const { behaviour } = await session.root();
  const none = "the controller offers no way to clear its host's TPM";
  if (behaviour.tpmClear === null) throw unsupported(none);
  const both = await readBoth(newReader(), host);
  const { Attributes: attributes, "@Redfish.Settings": settings } = both.own.body;
  const way = wayToClear(behaviour.tpmClear, attributes);
  if (way === null) throw unsupported(none);
  const { off } = way;
  if (off && attributes?.[off.attribute] === off.value) {
    throw unsupported(`the TPM is turned off in the BIOS settings (${off.attribute})`);
  }
  if (isWaiting(way, both)) return;
  const { path, etag } = both.waiting ?? both.own;
  const times = settings.SupportedApplyTimes;
  const answer = await changeGuarded(
    session,
    { path, etag },
    {
      Attributes: { [way.attribute]: way.value },
      // An iDRAC that is not told which keeps it for another time (dell/iDRAC-Redfish-Scripting#84).
      ...(times.length > 1 &&
        times.includes("OnReset") && { "@Redfish.SettingsApplyTime": { ApplyTime: "OnReset" } }),
    },
    async () => (await newReader().read(path, bios)).etag,
  );
  if (!isSuccess(answer)) {
    const failure = failureOf(answer, behaviour.busyMessages);
    // It is offered: that it is not to be changed is a refusal.
    throw failure.failure === "unsupported" ? rejected(failure.message) : failure;
  }
  await followTask(session, answer, limits);
  for (let attempt = 1; ; attempt++) {
    if (isWaiting(way, await readBoth(newReader(), host))) return;
    if (attempt === readBacks) throw rejected("it was accepted and does not show");
    await wait(limits.settleMs);
  }
}

async function readOwn(reader: Reader, host: ComputerSystem): Promise<Resource<Bios>> {
  if (host.Bios === null) throw unsupported("the controller tells nothing of its host's BIOS");
  return reader.read(host.Bios, bios);
}

async function readBoth(reader: Reader, host: ComputerSystem): Promise<Both> {
  const own = await readOwn(reader, host);
  const at = own.body["@Redfish.Settings"].SettingsObject;
  return { own, waiting: at === null ? null : await reader.read(at, bios) };
}

/** A vendor's way, where this BIOS has it. */
function wayToClear(
  way: TpmClear | null,
  attributes: Record<string, BiosValue> | null,
): TpmClear | null {
  return way && attributes && way.attribute in attributes ? way : null;
}

/** Some show an order where it waits, and some among the settings until it was carried out. */
function isWaiting({ attribute, value }: TpmClear, { own, waiting }: Both): boolean {
  return [own, waiting].some((each) => each?.body.Attributes?.[attribute] === value);
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

function rejected(message: string): ControllerError {
  return new ControllerError("rejected", message, { retryable: false });
}
