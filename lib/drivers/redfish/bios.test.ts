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

const open: { close: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

type Body = Record<string, unknown> & { Attributes?: Record<string, unknown> };

/** Tables are asked by path; an iLO writes a path in one case here and in another there. */
function caseless(resources: Resources): Resources {
  return Object.fromEntries(
    Object.entries(resources).map(([path, body]) => [bare(path).toLowerCase(), body]),
  );
}

const bare = (path: string) => path.replace(/(.)\/+$/, "$1");

/** A controller that keeps what is written to its settings under an ETag that changes with them. */
async function controllerOf(
  resources: Resources,
  input: { judge?: (seen: Seen) => Reply | undefined; keeps?: boolean } = {},
): Promise<{
  controller: Controller;
  server: FixtureServer;
  changes: () => Seen[];
  at: Resources;
}> {
  const at = caseless(structuredClone(resources));
  let revision = 1;
  const server = await startFixtureServer({
    handle: (seen) => {
      const path = bare(seen.path.split("?")[0] ?? "").toLowerCase();
      const body = at[path] as Body | undefined;
      if (path.includes("/sessionservice/")) return undefined;
      if (body === undefined) return { status: 404 };
      if (seen.method === "GET") return { status: 200, headers: { etag: `"${revision}"` }, body };
      const judged = input.judge?.(seen);
      if (judged) return judged;
      const match = seen.headers["if-match"];
      if (match !== undefined && match !== "*" && match !== `"${revision}"`) return { status: 412 };
      const change = JSON.parse(seen.body) as Body;
      if (input.keeps !== false) {
        at[path] = { ...body, Attributes: { ...body.Attributes, ...change.Attributes } };
        revision++;
      }
      return { status: 204 };
    },
  });
  const controller = redfishDriver({ allowedNetworks: ["127.0.0.0/8"], limits: { settleMs: 1 } })({
    endpoint: server.endpoint,
    credential: goodCredential,
    record: () => {},
  });
  open.push(server, controller);
  const changes = () => server.seen.filter(({ method }) => method === "PATCH");
  return { controller, server, changes, at };
}

const dgx = "/redfish/v1/Systems/DGX/Bios";
const dgxSettings = `${dgx}/SD`;

describe("the TPM of a captured host is cleared at its next start by what its BIOS has for it", () => {
  test.each([
    ["nvidia-dgx-h100", dgxSettings, { TpmOperation: "TPM Clear" }, "None"],
    [
      "dell-idrac",
      "/redfish/v1/Systems/System.Embedded.1/Bios/Settings",
      { Tpm2Hierarchy: "Clear" },
      "Enabled",
    ],
    [
      "lenovo-xcc",
      "/redfish/v1/Systems/1/Bios/Pending",
      { TrustedComputingGroup_DeviceOperation: "Clear" },
      "None",
    ],
    [
      "hpe-ilo-dl380a",
      "/redfish/v1/systems/1/bios/settings/",
      { Tpm2Operation: "Clear" },
      "NoAction",
    ],
  ])("%s", async (name, path, attributes, idle) => {
    const { controller, changes, at } = await controllerOf(captured(name));
    await expect(controller.bios()).resolves.toMatchObject({ tpmClearPending: false, pending: {} });
    await controller.clearTpm();
    const [change, ...others] = changes();
    expect([change?.path, others]).toEqual([path, []]);
    const sent = JSON.parse(change?.body ?? "") as Body;
    expect(sent.Attributes).toEqual(attributes);
    // Where there is a choice of times, and only there.
    expect(sent["@Redfish.SettingsApplyTime"]).toEqual(
      name === "dell-idrac" ? { ApplyTime: "OnReset" } : undefined,
    );
    await expect(controller.bios()).resolves.toMatchObject({
      tpmClearPending: true,
      pending: attributes,
    });
    // Ordered once, however often it is asked for.
    await controller.clearTpm();
    expect(changes()).toHaveLength(1);

    // Some move it among what is set until the BIOS has carried it out.
    const [attribute = ""] = Object.keys(attributes);
    const own = Object.keys(at).find((each) => /\/bios$/.test(each)) ?? "";
    const waiting = bare(path).toLowerCase();
    const put = (key: string, value: string) => {
      const body = at[key] as Body;
      at[key] = { ...body, Attributes: { ...body.Attributes, [attribute]: value } };
    };
    put(own, Object.values(attributes)[0] ?? "");
    put(waiting, idle);
    await expect(controller.bios()).resolves.toMatchObject({ tpmClearPending: true });
    put(own, idle);
    await expect(controller.bios()).resolves.toMatchObject({ tpmClearPending: false, pending: {} });
  });

  test.each(["nvidia-bluefield-dpu", "dmtf-public-rackmount1"])(
    "%s has nothing for it",
    async (name) => {
      const { controller, changes } = await controllerOf(captured(name));
      await expect(controller.bios()).resolves.toMatchObject({ tpmClearPending: null });
      await expect(controller.clearTpm()).rejects.toMatchObject({ failure: "unsupported" });
      expect(changes()).toEqual([]);
    },
  );
});

/** The DGX as it was captured, with other settings. */
function dgxWith(attributes: Record<string, unknown>): Resources {
  const resources = captured("nvidia-dgx-h100");
  for (const path of [dgx, dgxSettings]) {
    const body = resources[path] as Body;
    resources[path] = { ...body, Attributes: { ...body.Attributes, ...attributes } };
  }
  return resources;
}

describe("an order to clear the TPM", () => {
  test("is not given where the TPM is turned off", async () => {
    const { controller, changes } = await controllerOf(dgxWith({ TpmSupport: "Disable" }));
    await expect(controller.clearTpm()).rejects.toThrow(
      "the TPM is turned off in the BIOS settings (TpmSupport)",
    );
    expect(changes()).toEqual([]);
  });

  test("goes down the ladder of conditions", async () => {
    const { controller, changes } = await controllerOf(dgxWith({}), {
      judge: ({ headers }) => (headers["if-match"] === "*" ? undefined : { status: 428 }),
    });
    await controller.clearTpm();
    expect(changes().map(({ headers }) => headers["if-match"])).toEqual(['"1"', '"1"', "*"]);
  });

  test("that is accepted and does not show has not taken", async () => {
    const { controller } = await controllerOf(dgxWith({}), { keeps: false });
    await expect(controller.clearTpm()).rejects.toMatchObject({
      failure: "rejected",
      retryable: false,
      message: "it was accepted and does not show",
    });
  });

  test.each([
    [400, "rejected", false],
    // It is offered: not to be changed is a refusal, and not the lack of a way.
    [405, "rejected", false],
    [503, "busy", true],
  ])("refused with %i is %s", async (status, failure, retryable) => {
    const { controller } = await controllerOf(dgxWith({}), { judge: () => ({ status }) });
    await expect(controller.clearTpm()).rejects.toMatchObject({ failure, retryable });
  });
});

test("of a vendor that has no known way to clear a TPM the BIOS is not asked for one", async () => {
  const resources = captured("dmtf-public-rackmount1");
  const bios = "/redfish/v1/Systems/437XR1138R2/Bios";
  const { controller, server } = await controllerOf({ ...resources, [bios]: "<html>" });
  await expect(controller.clearTpm()).rejects.toMatchObject({ failure: "unsupported" });
  expect(server.seen.filter(({ path }) => path.startsWith(bios))).toEqual([]);
});

describe("the BIOS settings", () => {
  test("that are told are those of the last start and what waits, without passwords", async () => {
    const { controller } = await controllerOf(captured("dmtf-public-rackmount1"));
    await expect(controller.bios()).resolves.toMatchObject({
      attributes: { EmbeddedSata: "Raid", ProcCoreDisable: 0 },
      pending: { EmbeddedSata: "Ahci", ProcTurboMode: "Disabled" },
      resetPending: true,
    });
    const dpu = await controllerOf(captured("nvidia-bluefield-dpu"));
    const { attributes } = await dpu.controller.bios();
    expect(Object.keys(attributes ?? {})).toContain("EnableSMMU");
    expect(Object.keys(attributes ?? {}).join(" ")).not.toMatch(/passw/i);
  });

  test("that cannot be made sense of are not taken for none", async () => {
    const { controller } = await controllerOf({ ...dgxWith({}), [dgx]: "<html>" });
    for (const ask of [controller.bios, controller.resetBios, controller.clearTpm]) {
      await expect(ask()).rejects.toMatchObject({ failure: "malformed" });
    }
  });
});
