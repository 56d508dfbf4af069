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

const systemPath = "/redfish/v1/Systems/1";
const url = "http://10.0.0.1:8080/b/0123456789abcdef/boot.ipxe";
const targets = "BootSourceOverrideTarget@Redfish.AllowableValues";

const open: { close: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

type Boot = Record<string, unknown>;

const uefi: Boot = {
  BootSourceOverrideEnabled: "Disabled",
  BootSourceOverrideMode: "UEFI",
  BootSourceOverrideTarget: "None",
  HttpBootUri: null,
  [targets]: ["None", "Pxe", "Hdd", "UefiHttp"],
};

/** A host that keeps its boot settings and an ETag that changes with them. */
async function hostWith(
  boot: Boot,
  input: {
    vendor?: string;
    etag?: (revision: number) => string | undefined;
    /** Answers a change before it is made; undefined makes it. */
    judge?: (seen: Seen, revision: number) => Reply | undefined;
    make?: (boot: Boot, change: Boot) => Boot;
    /** The settings object that the system names, and what answers there. */
    settings?: string;
    handle?: (seen: Seen) => Reply | undefined;
  } = {},
): Promise<{
  controller: Controller;
  server: FixtureServer;
  changes: () => Seen[];
  boot: () => Boot;
}> {
  let current = { ...boot };
  let revision = 1;
  const server = await startFixtureServer({
    resources: {
      "/redfish/v1": {
        Vendor: input.vendor ?? "Contoso",
        Systems: { "@odata.id": "/redfish/v1/Systems" },
        Links: { Sessions: { "@odata.id": "/redfish/v1/SessionService/Sessions" } },
      },
      "/redfish/v1/Systems": { Members: [{ "@odata.id": systemPath }] },
    },
    handle: (seen) => {
      if (seen.path !== systemPath) return input.handle?.(seen);
      const etag = input.etag?.(revision);
      if (seen.method === "GET") {
        return {
          status: 200,
          ...(etag !== undefined && { headers: { etag } }),
          body: {
            Id: "1",
            Boot: current,
            ...(input.settings && {
              "@Redfish.Settings": { SettingsObject: { "@odata.id": input.settings } },
            }),
          },
        };
      }
      const judged = input.judge?.(seen, revision);
      if (judged) return judged;
      const { Boot: change } = JSON.parse(seen.body) as { Boot: Boot };
      current = input.make?.(current, change) ?? { ...current, ...change };
      revision++;
      return { status: 204 };
    },
  });
  const controller = redfishDriver({ allowedNetworks: ["127.0.0.0/8"], limits: { settleMs: 1 } })({
    endpoint: server.endpoint,
    credential: goodCredential,
    record: () => {},
  });
  open.push(server, controller);
  return {
    controller,
    server,
    changes: () => server.seen.filter(({ method }) => method === "PATCH"),
    boot: () => current,
  };
}

describe("how a host can be started from the network", () => {
  test.each([
    ["http", uefi],
    ["pxe", { ...uefi, [targets]: ["None", "Pxe", "Hdd"] }],
    // Knows the target and has nowhere to put the address (HPE iLO 6, iDRAC).
    ["pxe", { [targets]: ["Pxe", "UefiHttp"] }],
    ["none", { ...uefi, [targets]: ["None", "Hdd", "Cd"] }],
    ["none", {}],
  ])("%s with %j", async (meant, boot) => {
    const { controller } = await hostWith(boot);
    await expect(controller.networkBoot()).resolves.toBe(meant);
  });

  test.each([
    ["nvidia-dgx-h100", "http"],
    ["nvidia-bluefield-dpu", "http"],
    ["dell-idrac", "pxe"],
    ["hpe-ilo-dl380a", "pxe"],
    ["lenovo-xcc", "pxe"],
    ["dmtf-public-rackmount1", "pxe"],
  ])("the captured %s: %s", async (name, meant) => {
    const server = await startFixtureServer({ resources: captured(name) });
    const controller = redfishDriver({ allowedNetworks: ["127.0.0.0/8"] })({
      endpoint: server.endpoint,
      credential: goodCredential,
      record: () => {},
    });
    open.push(server, controller);
    await expect(controller.networkBoot()).resolves.toBe(meant);
  });
});

describe("the next boot", () => {
  test("from an address is set once and read back", async () => {
    const { controller, server, changes } = await hostWith(uefi);
    await controller.bootNext({ kind: "http", url });
    expect(changes().map(({ body }) => JSON.parse(body) as unknown)).toEqual([
      {
        Boot: {
          BootSourceOverrideEnabled: "Once",
          BootSourceOverrideTarget: "UefiHttp",
          HttpBootUri: url,
        },
      },
    ]);
    expect(server.seen.at(-1)).toMatchObject({ method: "GET", path: systemPath });
  });

  test("is not set again when it is set already", async () => {
    const { controller, changes } = await hostWith(uefi);
    await controller.bootNext({ kind: "http", url });
    await controller.bootNext({ kind: "http", url });
    expect(changes()).toHaveLength(1);
    await controller.bootNext({ kind: "http", url: `${url}?other` });
    expect(changes()).toHaveLength(2);
  });

  test("by PXE or from disk needs no address", async () => {
    const { controller, boot } = await hostWith(uefi);
    await controller.bootNext({ kind: "pxe" });
    expect(boot()).toMatchObject({ BootSourceOverrideTarget: "Pxe" });
    await controller.bootNext({ kind: "disk" });
    expect(boot()).toMatchObject({
      BootSourceOverrideTarget: "Hdd",
      BootSourceOverrideEnabled: "Once",
    });
  });

  test("from disk takes an override away where Hdd is not offered", async () => {
    const { controller, boot } = await hostWith({
      ...uefi,
      BootSourceOverrideEnabled: "Once",
      BootSourceOverrideTarget: "Pxe",
      [targets]: ["None", "Pxe"],
    });
    await controller.bootNext({ kind: "disk" });
    expect(boot()).toMatchObject({ BootSourceOverrideEnabled: "Disabled" });
  });

  test.each([
    [{ ...uefi, BootSourceOverrideMode: "Legacy" }, "Contoso", true],
    [uefi, "Contoso", false],
    [uefi, "AMI", true],
  ])("names the mode only where that is needed: %j of %s", async (boot, vendor, named) => {
    const { controller, changes } = await hostWith(boot, { vendor });
    await controller.bootNext({ kind: "pxe" });
    expect(changes()[0]?.body.includes("BootSourceOverrideMode")).toBe(named);
  });

  test.each([
    [{ kind: "http", url } as const, { ...uefi, [targets]: ["Pxe"] }],
    [{ kind: "pxe" } as const, { ...uefi, [targets]: ["Hdd", "UefiHttp"] }],
  ])("is refused without a request when it is not offered: %j", async (target, boot) => {
    const { controller, changes } = await hostWith(boot);
    await expect(controller.bootNext(target)).rejects.toMatchObject({ failure: "unsupported" });
    expect(changes()).toEqual([]);
  });

  test.each([
    ["keeps the old target", (boot: Boot) => boot],
    // What a popular emulator does with UefiHttp.
    [
      "turns it into PXE",
      (boot: Boot, change: Boot) => ({ ...boot, ...change, BootSourceOverrideTarget: "Pxe" }),
    ],
    [
      "loses the address",
      (boot: Boot, change: Boot) => ({ ...boot, ...change, HttpBootUri: null }),
    ],
  ])("is rejected when the controller accepts it and %s", async (_, make) => {
    const { controller } = await hostWith(uefi, { make });
    await expect(controller.bootNext({ kind: "http", url })).rejects.toMatchObject({
      failure: "rejected",
    });
  });

  test("that a controller keeps beyond one start counts as set", async () => {
    const { controller } = await hostWith(uefi, {
      make: (boot, change) => ({ ...boot, ...change, BootSourceOverrideEnabled: "Continuous" }),
    });
    await expect(controller.bootNext({ kind: "pxe" })).resolves.toBeUndefined();
  });
});

describe("ETags", () => {
  const ifMatch = (seen: Seen[]) => seen.map(({ headers }) => headers["if-match"] ?? null);

  test("guard the change", async () => {
    const { controller, changes } = await hostWith(uefi, {
      etag: (revision) => `"r${revision}"`,
      judge: (seen, revision) =>
        seen.headers["if-match"] === `"r${revision}"` ? undefined : { status: 412 },
    });
    await controller.bootNext({ kind: "pxe" });
    expect(ifMatch(changes())).toEqual(['"r1"']);
  });

  test("lose their weak mark when the controller does not know it", async () => {
    const { controller, changes } = await hostWith(uefi, {
      etag: () => 'W/"abc"',
      judge: (seen) => (seen.headers["if-match"] === '"abc"' ? undefined : { status: 412 }),
    });
    await controller.bootNext({ kind: "pxe" });
    expect(ifMatch(changes())).toEqual(['W/"abc"', '"abc"']);
  });

  test("are read once more when someone else changed the resource", async () => {
    let etag = '"before"';
    const { controller, changes } = await hostWith(uefi, {
      etag: () => etag,
      judge: (seen) => {
        if (changes().length === 1) etag = '"after"';
        return seen.headers["if-match"] === etag ? undefined : { status: 412 };
      },
    });
    await controller.bootNext({ kind: "pxe" });
    expect(ifMatch(changes())).toEqual(['"before"', '"after"']);
  });

  test("are left out at last for a controller that takes none", async () => {
    const { controller, changes } = await hostWith(uefi, {
      etag: () => 'W/"abc"',
      judge: (seen) => (seen.headers["if-match"] === undefined ? undefined : { status: 412 }),
    });
    await controller.bootNext({ kind: "pxe" });
    expect(ifMatch(changes())).toEqual(['W/"abc"', '"abc"', 'W/"abc"', "*", null]);
  });

  test("are replaced by any for a controller that wants a condition and gives none", async () => {
    const { controller, changes } = await hostWith(uefi, {
      judge: (seen) => (seen.headers["if-match"] === "*" ? undefined : { status: 428 }),
    });
    await controller.bootNext({ kind: "pxe" });
    expect(ifMatch(changes())).toEqual([null, "*"]);
  });

  test("are not invented", async () => {
    const { controller, changes } = await hostWith(uefi);
    await controller.bootNext({ kind: "pxe" });
    expect(ifMatch(changes())).toEqual([null]);
  });
});

test.each([
  ["HPE", 400, "iLO.2.24.UnableToModifyDuringSystemPOST", "busy", true],
  ["HPE", 200, "iLO.2.24.UnableToModifyDuringSystemPOST", "busy", true],
  ["HPE", 200, "Base.1.18.PropertyNotWritable", "rejected", false],
  ["Dell", 400, "IDRAC.2.8.SYS518", "busy", true],
  ["Dell", 400, "IDRAC.1.6.SWC0700", "busy", true],
  ["Contoso", 400, "IDRAC.2.8.SYS518", "rejected", false],
] as const)(
  "a %s that answers %d with %s is %s",
  async (vendor, status, id, failure, retryable) => {
    const { controller } = await hostWith(uefi, {
      vendor,
      judge: () => ({
        status,
        body: { error: { "@Message.ExtendedInfo": [{ MessageId: id }] } },
      }),
    });
    await expect(controller.bootNext({ kind: "pxe" })).rejects.toMatchObject({
      ...{ failure, retryable, message: expect.stringContaining(id) },
    });
  },
);

test("an override that is refused where it is shown is set in the settings object", async () => {
  const pending = `${systemPath}/SD`;
  let settings: Boot = { ...uefi };
  const { controller, server } = await hostWith(uefi, {
    vendor: "AMI",
    settings: pending,
    judge: () => ({
      status: 400,
      body: {
        error: {
          "@Message.ExtendedInfo": [{ MessageId: "Ami.1.0.OperationSupportedInFutureStateURI" }],
        },
      },
    }),
    handle: (seen) => {
      if (seen.path !== pending) return undefined;
      if (seen.method === "PATCH") {
        settings = { ...settings, ...(JSON.parse(seen.body) as { Boot: Boot }).Boot };
        return { status: 204 };
      }
      return { status: 200, body: { Boot: settings } };
    },
  });
  await controller.bootNext({ kind: "http", url });
  expect(settings).toMatchObject({ BootSourceOverrideTarget: "UefiHttp", HttpBootUri: url });
  const changes = server.seen.filter(({ method }) => method === "PATCH");
  expect(changes.map(({ path }) => path)).toEqual([systemPath, pending]);
});

test("a captured DGX H100 takes its boot target in the settings object, with the mode", async () => {
  const resources: Resources = captured("nvidia-dgx-h100");
  const pending = "/redfish/v1/Systems/DGX/SD";
  const server = await startFixtureServer({
    resources,
    handle: ({ method, path, body }) => {
      if (method !== "PATCH" || path !== pending) return undefined;
      const settings = server.resources[pending] as { Boot: Boot };
      Object.assign(settings.Boot, (JSON.parse(body) as { Boot: Boot }).Boot);
      return { status: 204 };
    },
  });
  const controller = redfishDriver({ allowedNetworks: ["127.0.0.0/8"] })({
    endpoint: server.endpoint,
    credential: goodCredential,
    record: () => {},
  });
  open.push(server, controller);
  await controller.bootNext({ kind: "http", url });
  const [change] = server.seen.filter(({ method }) => method === "PATCH");
  expect(change?.headers["if-match"]).toBe('"1720574208"');
  expect(JSON.parse(change?.body ?? "")).toEqual({
    Boot: {
      BootSourceOverrideEnabled: "Once",
      BootSourceOverrideMode: "UEFI",
      BootSourceOverrideTarget: "UefiHttp",
      HttpBootUri: url,
    },
  });
});
