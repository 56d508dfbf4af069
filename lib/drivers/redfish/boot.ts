import { setTimeout as wait } from "node:timers/promises";
import type { NetworkBoot } from "#lib/domain/boot/network-boot";
import { changeGuarded } from "#lib/drivers/redfish/change";
import { failureOf, isSuccess } from "#lib/drivers/redfish/failure";
import type { Limits } from "#lib/drivers/redfish/limits";
import type { Reader } from "#lib/drivers/redfish/reader";
import {
  type BootSettings,
  bootHolder,
  computerSystem,
} from "#lib/drivers/redfish/resource-schemas";
import type { Session } from "#lib/drivers/redfish/session";
import { followTask } from "#lib/drivers/redfish/tasks";
import { type BootTarget, ControllerError } from "#lib/ports/controller";

/** The resource that takes the boot override, with its settings. */
type Holder = { path: string; etag: string | null; boot: BootSettings };

type Override = {
  BootSourceOverrideEnabled: "Once" | "Disabled";
  BootSourceOverrideTarget?: "UefiHttp" | "Pxe" | "Cd" | "Hdd";
  BootSourceOverrideMode?: "UEFI";
  HttpBootUri?: string;
};

/** How often a setting that was accepted is read until it shows. */
const readBacks = 3;

/**
 * How a host can be started from the network, and whether from a CD where it cannot: `cd` still takes a
 * drive for it. HTTP needs the target and the property that takes
 * the address: several controllers know `UefiHttp` and take the address only from their own BIOS
 * settings, which is of no use for an address that is good once.
 */
export function networkBootOf(boot: BootSettings): NetworkBoot {
  const allowed = boot["BootSourceOverrideTarget@Redfish.AllowableValues"];
  const takesAddress = boot.HttpBootUri !== undefined;
  if (takesAddress && (allowed === null || allowed.includes("UefiHttp"))) return "http";
  // Every interop profile asks for Pxe, so a controller that lists nothing is taken to have it.
  if (allowed === null) return boot.BootSourceOverrideTarget === null ? "none" : "pxe";
  if (allowed.includes("Pxe")) return "pxe";
  return allowed.includes("Cd") ? "cd" : "none";
}

/**
 * Reads where a system's boot override is set: in the system itself, or, where only that tells
 * which values are allowed, in its settings object. Both exist among the firmware of one maker.
 */
export async function readBootHolder(reader: Reader, systemPath: string): Promise<Holder> {
  const { own, pending } = await readBoth(reader, systemPath);
  return pending && !tellsTargets(own.boot) && tellsTargets(pending.boot) ? pending : own;
}

/**
 * Sets where a host looks for its system at its next start, and reads it back. Throws
 * `unsupported`, `rejected` when the setting did not take, or whatever the controller answered.
 */
export async function setBootNext(input: {
  session: Session;
  limits: Limits;
  target: BootTarget;
  systemPath: string;
  newReader: () => Reader;
}): Promise<void> {
  const { systemPath, newReader } = input;
  const holder = await readBootHolder(newReader(), systemPath);
  const refusal = await setIn(holder, input);
  if (refusal === null) return;
  const { behaviour } = await input.session.root();
  if (refusal.retryable || !behaviour.takesBootElsewhere) throw refusal;
  const { own, pending } = await readBoth(newReader(), systemPath);
  const other = holder.path === own.path ? pending : own;
  if (other === null) throw refusal;
  if ((await setIn(other, input)) !== null) throw refusal;
}

/** Sets the override in one place. Returns the refusal when the controller does not take it there. */
async function setIn(
  holder: Holder,
  { session, limits, target, newReader }: Parameters<typeof setBootNext>[0],
): Promise<ControllerError | null> {
  const { behaviour } = await session.root();
  const readAgain = () => readHolder(newReader(), holder.path);
  const wanted = overrideFor(target, holder.boot, behaviour.sendsBootMode);
  if (isSet(wanted, holder.boot)) return null;
  const answer = await changeGuarded(
    session,
    holder,
    { Boot: wanted },
    async () => (await readAgain()).etag,
  );
  if (!isSuccess(answer)) return failureOf(answer, behaviour.busyMessages);
  await followTask(session, answer, limits);
  for (let attempt = 1; ; attempt++) {
    const { boot } = await readAgain();
    if (isSet(wanted, boot)) return null;
    if (attempt === readBacks) {
      throw new ControllerError(
        "rejected",
        `the controller accepted ${inWords(wanted)} and shows ${inWords(boot)}`,
        { retryable: true },
      );
    }
    await wait(limits.settleMs);
  }
}

async function readBoth(
  reader: Reader,
  systemPath: string,
): Promise<{ own: Holder; pending: Holder | null }> {
  const { etag, body } = await reader.read(systemPath, computerSystem);
  const own = { path: systemPath, etag, boot: body.Boot };
  const settings = body["@Redfish.Settings"].SettingsObject;
  const found = await reader.find(settings, bootHolder);
  const hasBoot =
    settings !== null && found !== null && found.Boot.BootSourceOverrideTarget !== null;
  return { own, pending: hasBoot ? await readHolder(reader, settings) : null };
}

async function readHolder(reader: Reader, path: string): Promise<Holder> {
  const { etag, body } = await reader.read(path, bootHolder);
  return { path, etag, boot: body.Boot };
}

function overrideFor(target: BootTarget, boot: BootSettings, sendsMode: boolean): Override {
  const allowed = boot["BootSourceOverrideTarget@Redfish.AllowableValues"];
  if (target.kind === "disk") {
    // Without an override the host boots by its own order, which is the disk on a deployed node.
    return allowed === null || allowed.includes("Hdd")
      ? { BootSourceOverrideEnabled: "Once", BootSourceOverrideTarget: "Hdd" }
      : { BootSourceOverrideEnabled: "Disabled" };
  }
  const offered = networkBootOf(boot);
  if (target.kind === "http" && offered !== "http") {
    throw unsupported("the controller cannot boot its host from an address");
  }
  if (target.kind === "pxe" && allowed !== null && !allowed.includes("Pxe")) {
    throw unsupported("the controller cannot boot its host by PXE");
  }
  if (target.kind === "cd" && allowed !== null && !allowed.includes("Cd")) {
    throw unsupported("the controller cannot boot its host from a CD");
  }
  // Some controllers refuse a mode that does not change, others an override without one.
  const mode = boot.BootSourceOverrideMode;
  const needsMode = sendsMode || (mode !== null && mode !== "UEFI");
  return {
    BootSourceOverrideEnabled: "Once",
    ...(target.kind === "http"
      ? { BootSourceOverrideTarget: "UefiHttp", HttpBootUri: target.url }
      : { BootSourceOverrideTarget: target.kind === "cd" ? "Cd" : "Pxe" }),
    ...(needsMode && { BootSourceOverrideMode: "UEFI" }),
  };
}

/** Some controllers keep every override until it is changed; a node is never left to that alone. */
function isSet(wanted: Override, shown: BootSettings): boolean {
  const enabled = shown.BootSourceOverrideEnabled;
  if (wanted.BootSourceOverrideEnabled === "Disabled") return enabled === "Disabled";
  return (
    (enabled === "Once" || enabled === "Continuous") &&
    shown.BootSourceOverrideTarget === wanted.BootSourceOverrideTarget &&
    (wanted.HttpBootUri === undefined || shown.HttpBootUri === wanted.HttpBootUri)
  );
}

function inWords(boot: Override | BootSettings): string {
  return `${boot.BootSourceOverrideTarget ?? "no target"} (${boot.BootSourceOverrideEnabled})`;
}

function tellsTargets(boot: BootSettings): boolean {
  return boot["BootSourceOverrideTarget@Redfish.AllowableValues"] !== null;
}

function unsupported(message: string): ControllerError {
  return new ControllerError("unsupported", message, { retryable: false });
}
