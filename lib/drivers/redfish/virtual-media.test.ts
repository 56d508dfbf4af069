import { afterEach, describe, expect, test } from "vitest";
import {
  captured,
  type FixtureServer,
  goodCredential,
  type Reply,
  type Resources,
  type Seen,
  startFixtureServer,
} from "#lib/drivers/redfish/fixture-server.test-support";
import { redfishDriver } from "#lib/drivers/redfish/open-controller";
import type { Controller } from "#lib/ports/controller";

const url = "http://10.0.0.1:8080/media/installer.iso";
const system = "/redfish/v1/Systems/1";
const media = `${system}/VirtualMedia`;
const link = (path: string) => ({ "@odata.id": path });

const open: { close: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

type Slot = Record<string, unknown>;

const emptyCd: Slot = {
  Image: null,
  Inserted: false,
  MediaTypes: ["CD", "DVD"],
  Actions: {
    "#VirtualMedia.InsertMedia": { target: `${media}/CD/Insert` },
    "#VirtualMedia.EjectMedia": { target: `${media}/CD/Eject` },
  },
};

type Judge = (seen: Seen, slot: Slot) => Reply | undefined;

/** A host with the drives given, which takes what it is told unless `judge` answers first. */
async function hostWith(
  slots: Record<string, Slot>,
  input: {
    vendor?: string;
    judge?: Judge;
    isUnderManager?: boolean;
    handle?: (seen: Seen) => Reply | undefined;
  } = {},
) {
  const place = input.isUnderManager ? "/redfish/v1/Managers/1/VirtualMedia" : media;
  let boot: Slot = {
    BootSourceOverrideEnabled: "Disabled",
    BootSourceOverrideTarget: "None",
    "BootSourceOverrideTarget@Redfish.AllowableValues": ["None", "Cd", "Hdd"],
  };
  const resources: Resources = {
    "/redfish/v1": {
      Vendor: input.vendor ?? "Contoso",
      Systems: link("/redfish/v1/Systems"),
      Links: { Sessions: link("/redfish/v1/SessionService/Sessions") },
    },
    "/redfish/v1/Systems": { Members: [link(system)] },
    "/redfish/v1/Managers/1": { VirtualMedia: link(place) },
    [place]: { Members: Object.keys(slots).map((id) => link(`${place}/${id}`)) },
  };
  const held: Record<string, Slot> = structuredClone(slots);
  const server = await startFixtureServer({
    resources,
    handle: (seen) => {
      const own = input.handle?.(seen);
      if (own) return own;
      if (seen.path === system) {
        if (seen.method === "PATCH") {
          boot = { ...boot, ...(JSON.parse(seen.body) as { Boot: Slot }).Boot };
          return { status: 204 };
        }
        return {
          status: 200,
          body: {
            Id: "1",
            Boot: boot,
            ...(!input.isUnderManager && { VirtualMedia: link(place) }),
            Links: { ManagedBy: [link("/redfish/v1/Managers/1")] },
          },
        };
      }
      const id = Object.keys(held).find((each) => {
        const actions = `${media}/${each}/`;
        return seen.path === `${place}/${each}` || seen.path.startsWith(actions);
      });
      const slot = id === undefined ? undefined : held[id];
      if (id === undefined || slot === undefined) return undefined;
      if (seen.method === "GET") return { status: 200, body: { Id: id, ...slot } };
      const judged = input.judge?.(seen, slot);
      if (judged) return judged;
      const isEject = seen.path.endsWith("/Eject");
      const sent = isEject ? { Image: null } : (JSON.parse(seen.body) as Slot);
      held[id] = { ...slot, Image: sent.Image, Inserted: sent.Image !== null };
      return { status: 204 };
    },
  });
  const controller = redfishDriver({
    allowedNetworks: ["127.0.0.0/8"],
    limits: { settleMs: 1, mediaPauseMs: 1, taskWaitMs: 200 },
  })({ endpoint: server.endpoint, credential: goodCredential, record: () => {} });
  open.push(server, controller);
  return { server, controller, held, boot: () => boot };
}

function writes({ seen }: FixtureServer): string[] {
  return seen
    .filter(({ method, path }) => method !== "GET" && !path.includes("/Sessions"))
    .map(({ method, path }) => `${method} ${path.replace(`${media}/`, "")}`);
}

const fromCd = (controller: Controller) => controller.bootNext({ kind: "cd", url });

describe("the next boot from an image", () => {
  test("puts it into the drive, reads it back and sets the target once", async () => {
    const { controller, held, boot, server } = await hostWith({ CD: emptyCd });
    await fromCd(controller);
    expect(held.CD).toMatchObject({ Image: url, Inserted: true });
    expect(boot()).toMatchObject({
      BootSourceOverrideEnabled: "Once",
      BootSourceOverrideTarget: "Cd",
    });
    expect(writes(server)).toEqual(["POST CD/Insert", `PATCH ${system}`]);
  });

  test("does not insert again what is inserted already", async () => {
    const { controller, server } = await hostWith({
      CD: { ...emptyCd, Image: url, Inserted: true },
    });
    await fromCd(controller);
    expect(writes(server)).toEqual([`PATCH ${system}`]);
  });

  test("takes out first what lay in any drive", async () => {
    const stale = { Image: "http://elsewhere/old.iso", Inserted: true };
    const { controller, held, server } = await hostWith({
      CD: { ...emptyCd, ...stale },
      DVD: {
        ...stale,
        MediaTypes: ["DVD"],
        Actions: {
          "#VirtualMedia.InsertMedia": { target: `${media}/DVD/Insert` },
          "#VirtualMedia.EjectMedia": { target: `${media}/DVD/Eject` },
        },
      },
    });
    await fromCd(controller);
    expect(writes(server)).toEqual([
      "POST CD/Eject",
      "POST DVD/Eject",
      "POST CD/Insert",
      `PATCH ${system}`,
    ]);
    expect(held.DVD).toMatchObject({ Image: null });
  });

  test("does not go on while an image of someone else stays in", async () => {
    const { controller } = await hostWith(
      { CD: { ...emptyCd, Image: "http://elsewhere/old.iso", Inserted: true } },
      { judge: ({ path }) => (path.endsWith("/Eject") ? { status: 204 } : undefined) },
    );
    await expect(fromCd(controller)).rejects.toMatchObject({
      failure: "rejected",
      message: expect.stringContaining("still holds http://elsewhere/old.iso"),
    });
  });

  test("passes over floppies and drives without the action", async () => {
    const { controller, held } = await hostWith({
      Floppy: { ...emptyCd, MediaTypes: ["Floppy", "USBStick"] },
      Bare: { MediaTypes: ["CD"], Image: null, Inserted: false },
      CD: emptyCd,
    });
    await fromCd(controller);
    expect(held.Bare).toMatchObject({ Image: null });
    expect(held.Floppy).toMatchObject({ Image: null });
    expect(held.CD).toMatchObject({ Image: url });
  });

  test("is tried three times while the controller is busy, and then given up", async () => {
    const { controller, server } = await hostWith(
      { CD: emptyCd },
      { judge: () => ({ status: 503 }) },
    );
    await expect(fromCd(controller)).rejects.toMatchObject({ failure: "busy", retryable: true });
    expect(writes(server)).toEqual(Array(3).fill("POST CD/Insert"));
  });

  test("succeeds at the third try", async () => {
    let refusals = 0;
    const { controller, held } = await hostWith(
      { CD: emptyCd },
      { judge: () => (++refusals < 3 ? { status: 503 } : undefined) },
    );
    await fromCd(controller);
    expect(held.CD).toMatchObject({ Image: url });
  });

  test("sends the image alone to a controller that refuses more", async () => {
    const { controller, held } = await hostWith(
      { CD: emptyCd },
      {
        judge: ({ body }) => (body.includes("WriteProtected") ? { status: 400 } : undefined),
      },
    );
    await fromCd(controller);
    expect(held.CD).toMatchObject({ Image: url });
  });

  test("is refused when the drive accepts the image and does not show it", async () => {
    const { controller, boot } = await hostWith(
      { CD: emptyCd },
      { judge: () => ({ status: 204 }) },
    );
    await expect(fromCd(controller)).rejects.toMatchObject({ failure: "rejected" });
    expect(boot()).toMatchObject({ BootSourceOverrideEnabled: "Disabled" });
  });

  test("finds the drives under the manager where the system has none", async () => {
    const { controller, held } = await hostWith({ CD: emptyCd }, { isUnderManager: true });
    await fromCd(controller);
    expect(held.CD).toMatchObject({ Image: url });
  });

  test("changes the drive itself on a Lenovo, which offers no action", async () => {
    const bare = { MediaTypes: ["CD", "DVD"], Image: null, Inserted: false };
    const { controller, held, server } = await hostWith({ EXT1: bare }, { vendor: "Lenovo" });
    await fromCd(controller);
    expect(held.EXT1).toMatchObject({ Image: url });
    expect(writes(server)).toEqual(["PATCH EXT1", `PATCH ${system}`]);
  });

  test("ends with an order to take the image out, whoever put it in", async () => {
    const { controller, held, server } = await hostWith({
      CD: { ...emptyCd, Image: url, Inserted: true },
      Floppy: { ...emptyCd, MediaTypes: ["Floppy"], Image: "http://elsewhere/f", Inserted: true },
    });
    await controller.ejectMedia();
    expect(held.CD).toMatchObject({ Image: null, Inserted: false });
    expect(held.Floppy).toMatchObject({ Inserted: true });
    await controller.ejectMedia();
    expect(writes(server)).toEqual(["POST CD/Eject"]);
  });

  test("says of what stays in no more than may be known", async () => {
    const image = "http://10.0.0.1/b/0123456789abcdef0123456789abcdef/boot.iso";
    const { controller } = await hostWith(
      { CD: { ...emptyCd, Image: image, Inserted: true } },
      { judge: () => ({ status: 204 }) },
    );
    await expect(controller.ejectMedia()).rejects.toMatchObject({
      failure: "rejected",
      message: `${media}/CD still holds http://10.0.0.1/b/•••/boot.iso`,
    });
  });
});

describe("the way to boot", () => {
  test.each<[string, Record<string, Slot>, string | undefined]>([
    ["cd", { CD: emptyCd }, undefined],
    // Changed by itself, as only Lenovo's is known to take it.
    ["none", { CD: { ...emptyCd, Actions: {} } }, undefined],
    ["cd", { CD: { ...emptyCd, Actions: {} } }, "Lenovo"],
    ["none", { Floppy: { ...emptyCd, MediaTypes: ["Floppy"] } }, undefined],
    ["none", {}, undefined],
  ])(
    "is %s, where neither HTTP nor PXE is offered, with the drives %j",
    async (way, slots, vendor) => {
      for (const isUnderManager of [false, true]) {
        const { controller } = await hostWith(slots, { isUnderManager, ...(vendor && { vendor }) });
        await expect(controller.networkBoot()).resolves.toBe(way);
      }
    },
  );
});

describe("a change that becomes a task (202)", () => {
  const monitor = "/redfish/v1/TaskService/TaskMonitors/7";
  const begin = (made: () => void) => () => {
    made();
    return { status: 202, headers: { location: monitor } };
  };

  test("is followed to its end before the drive is read back", async () => {
    const looks: number[] = [];
    const { controller, held } = await hostWith(
      { CD: emptyCd },
      {
        judge: begin(() => {}),
        handle: ({ path }) => {
          if (path !== monitor) return undefined;
          looks.push(looks.length);
          if (looks.length < 3) return { status: 202, body: { TaskState: "Running" } };
          held.CD = { ...emptyCd, Image: url, Inserted: true };
          return { status: 200, body: { TaskState: "Completed" } };
        },
      },
    );
    await fromCd(controller);
    expect(looks).toHaveLength(3);
  });

  test("that fails is a refusal in the controller's words", async () => {
    const { controller } = await hostWith(
      { CD: emptyCd },
      {
        judge: begin(() => {}),
        handle: ({ path }) =>
          path === monitor
            ? {
                status: 200,
                body: {
                  TaskState: "Exception",
                  Messages: [{ Message: "The image could not be mounted." }],
                },
              }
            : undefined,
      },
    );
    await expect(fromCd(controller)).rejects.toMatchObject({
      failure: "rejected",
      retryable: false,
      message: expect.stringContaining("The image could not be mounted."),
    });
  });

  test("that never ends is left to a later try, after a bounded time", async () => {
    const { controller } = await hostWith(
      { CD: emptyCd },
      {
        judge: begin(() => {}),
        handle: ({ path }) =>
          path === monitor ? { status: 202, body: { TaskState: "Running" } } : undefined,
      },
    );
    await expect(fromCd(controller)).rejects.toMatchObject({ failure: "busy", retryable: true });
  });
});

test.each([
  ["nvidia-dgx-h100", "has no virtual drive for an image"],
  ["nvidia-bluefield-dpu", "has no virtual drive for an image"],
])("a captured %s has no drive to offer", async (name, words) => {
  const server = await startFixtureServer({ resources: captured(name) });
  const controller = redfishDriver({ allowedNetworks: ["127.0.0.0/8"] })({
    endpoint: server.endpoint,
    credential: goodCredential,
    record: () => {},
  });
  open.push(server, controller);
  await expect(fromCd(controller)).rejects.toMatchObject({
    failure: "unsupported",
    message: expect.stringContaining(words),
  });
});
