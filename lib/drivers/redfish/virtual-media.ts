import { setTimeout as wait } from "node:timers/promises";
import { changeGuarded } from "#lib/drivers/redfish/change";
import { failureOf, isSuccess } from "#lib/drivers/redfish/failure";
import type { Limits } from "#lib/drivers/redfish/limits";
import type { Behaviour } from "#lib/drivers/redfish/quirks";
import type { FindOptions, Reader } from "#lib/drivers/redfish/reader";
import { redact } from "#lib/drivers/redfish/redact";
import {
  type ComputerSystem,
  manager,
  type VirtualMedia,
  virtualMedia,
} from "#lib/drivers/redfish/resource-schemas";
import type { Session } from "#lib/drivers/redfish/session";
import { followTask } from "#lib/drivers/redfish/tasks";
import type { Answer } from "#lib/drivers/redfish/transport";
import { ControllerError } from "#lib/ports/controller";

type Slot = { path: string; etag: string | null; body: VirtualMedia };

type Input = {
  session: Session;
  limits: Limits;
  /** The host, read afresh. */
  host: ComputerSystem;
  newReader: () => Reader;
};

/** Inserts into one slot, and reads of a slot until it shows what it was given. */
const tries = 3;

/**
 * Puts an image into a drive that the controller emulates, and reads it back. Whatever lay in any
 * such drive before is taken out: a host told to boot from CD takes the first one it finds.
 * Throws `unsupported` when no slot takes images, else what the last slot answered.
 * @param url Where the controller fetches the image; several stumble over `?` and `&` in it.
 */
export async function insertMedia(input: Input, url: string): Promise<void> {
  const { behaviour } = await input.session.root();
  const slots = await usableSlots(input.newReader(), input.host, behaviour);
  if (slots.length === 0) {
    throw new ControllerError("unsupported", "the controller has no virtual drive for an image", {
      retryable: false,
    });
  }
  for (const slot of slots) {
    if (holdsMedium(slot.body) && slot.body.Image !== url) await eject(input, slot);
  }
  let failure: ControllerError | null = null;
  for (const slot of slots) {
    failure = await insertInto(input, slot.path, url);
    if (failure === null) return;
  }
  if (failure) throw failure;
}

/** Whether there is a drive that an image can be put into. */
export async function takesMedia(...given: Parameters<typeof usableSlots>): Promise<boolean> {
  return (await usableSlots(...given)).length > 0;
}

/** Takes every image out of the drives that the controller emulates. */
export async function ejectMedia(input: Input): Promise<void> {
  for (const slot of await opticalSlots(input.newReader(), input.host)) {
    if (holdsMedium(slot.body)) await eject(input, slot);
  }
}

async function usableSlots(
  reader: Reader,
  host: ComputerSystem,
  behaviour: Behaviour,
  options?: FindOptions,
): Promise<Slot[]> {
  return (await opticalSlots(reader, host, options)).filter(
    ({ body }) => insertTarget(body) !== null || behaviour.patchesMediaImage,
  );
}

/**
 * Slots for CDs or DVDs, those with an action first. Newer firmware has them under the system,
 * older under its manager (VirtualMedia moved in DSP2046 2021.1), and some under both: the same
 * drives twice, so the manager's are looked at only when the system has none.
 */
async function opticalSlots(
  reader: Reader,
  host: ComputerSystem,
  options?: FindOptions,
): Promise<Slot[]> {
  const listed = await reader.members(host.VirtualMedia, virtualMedia, options);
  const found = [...listed.found];
  if (found.length === 0) {
    for (const path of host.Links.ManagedBy) {
      const drives = (await reader.find(path, manager, options))?.VirtualMedia ?? null;
      found.push(...(await reader.members(drives, virtualMedia, options)).found);
    }
  }
  return found
    .filter(({ body }) => body.MediaTypes.some((type) => /^(cd|dvd)$/i.test(type)))
    .map(({ path, body }) => ({ path, etag: body["@odata.etag"], body }))
    .toSorted(
      (a, b) => Number(insertTarget(a.body) === null) - Number(insertTarget(b.body) === null),
    );
}

/** Returns the refusal when this slot does not take the image. */
async function insertInto(
  input: Input,
  path: string,
  url: string,
): Promise<ControllerError | null> {
  const { session, limits } = input;
  const { behaviour } = await session.root();
  let failure: ControllerError | null = null;
  for (let attempt = 1; attempt <= tries; attempt++) {
    if (attempt > 1) await wait(limits.mediaPauseMs);
    const slot = await readSlot(input, path);
    if (shows(slot.body, url)) return null;
    const answer = await sendImage(input, slot, url);
    if (isSuccess(answer)) {
      await followTask(session, answer, limits);
      failure = await shownIn(input, path, url);
    } else {
      failure = failureOf(answer, behaviour.busyMessages);
    }
    if (failure === null || !failure.retryable) return failure;
  }
  return failure;
}

async function sendImage(input: Input, slot: Slot, url: string): Promise<Answer> {
  const target = insertTarget(slot.body);
  if (target === null) return changeImage(input, slot, { Image: url, Inserted: true });
  const insert = (body: object) => input.session.send({ method: "POST", path: target, body });
  const answer = await insert({ Image: url, Inserted: true, WriteProtected: true });
  // Older firmware refuses what it does not know, and the image is all that is required.
  return answer.status === 400 ? insert({ Image: url }) : answer;
}

async function eject(input: Input, slot: Slot): Promise<void> {
  const { session, limits } = input;
  const { target } = slot.body.Actions["#VirtualMedia.EjectMedia"];
  const answer =
    target === null
      ? await changeImage(input, slot, { Image: null })
      : await session.send({ method: "POST", path: target, body: {} });
  if (isSuccess(answer)) await followTask(session, answer, limits);
  const after = await readSlot(input, slot.path);
  if (!holdsMedium(after.body)) return;
  const { behaviour } = await session.root();
  if (!isSuccess(answer)) throw failureOf(answer, behaviour.busyMessages);
  throw new ControllerError("rejected", `${slot.path} still holds ${inWords(after.body)}`, {
    retryable: true,
  });
}

function changeImage(input: Input, slot: Slot, body: object): Promise<Answer> {
  return changeGuarded(input.session, { path: slot.path, etag: slot.etag }, body, async () => {
    return (await readSlot(input, slot.path)).etag;
  });
}

async function shownIn(input: Input, path: string, url: string): Promise<ControllerError | null> {
  for (let attempt = 1; ; attempt++) {
    const { body } = await readSlot(input, path);
    if (shows(body, url)) return null;
    if (attempt === tries) {
      return new ControllerError(
        "rejected",
        `the controller accepted the image and ${path} shows ${inWords(body)}`,
        { retryable: true },
      );
    }
    await wait(input.limits.settleMs);
  }
}

async function readSlot({ newReader }: Input, path: string): Promise<Slot> {
  return newReader().read(path, virtualMedia);
}

/** Some show the last part of the address only, as `ImageName`, and count on `Inserted`. */
function shows(body: VirtualMedia, url: string): boolean {
  const isNamed =
    body.Image === url ||
    (body.Image === null && body.ImageName !== null && url.endsWith(body.ImageName));
  return isNamed && body.Inserted !== false;
}

/** What a drive holds; an address of ours without the token in it. */
function inWords({ Image, ImageName }: VirtualMedia): string {
  return redact(Image ?? ImageName ?? "none", []);
}

function holdsMedium({ Image, Inserted }: VirtualMedia): boolean {
  return Inserted === true || Image !== null;
}

function insertTarget(body: VirtualMedia): string | null {
  return body.Actions["#VirtualMedia.InsertMedia"].target;
}
