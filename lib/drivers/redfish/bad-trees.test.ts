import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import {
  captured,
  type FixtureServer,
  goodCredential,
  type Handle,
  type Resources,
  startFixtureServer,
} from "#lib/drivers/redfish/fixture-server.test-support";
import { redfishDriver } from "#lib/drivers/redfish/open-controller";
import { type Controller, ControllerError } from "#lib/ports/controller";

// Controllers are computers that nobody updates; a few are in somebody else's hands. Whatever one
// answers, a discovery ends, asks for no more than it may, and goes nowhere else.

const open: { close: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

async function controllerOf(
  resources: Resources,
  handle?: Handle,
): Promise<{ server: FixtureServer; controller: Controller }> {
  const server = await startFixtureServer({ resources, ...(handle && { handle }) });
  const controller = redfishDriver({
    allowedNetworks: ["127.0.0.0/8"],
    limits: { busyWaitMs: 1 },
  })({ endpoint: server.endpoint, credential: goodCredential, record: () => {} });
  open.push(server, controller);
  return { server, controller };
}

const link = (path: string) => ({ "@odata.id": path });
const system = "/redfish/v1/Systems/1";

function host(more: object, resources: Resources = {}): Resources {
  return {
    "/redfish/v1": {
      RedfishVersion: "1.15.0",
      Systems: link("/redfish/v1/Systems"),
      Links: { Sessions: link("/redfish/v1/SessionService/Sessions") },
    },
    "/redfish/v1/Systems": { Members: [link(system)] },
    [system]: { Id: "1", PowerState: "On", SerialNumber: "S1", ...more },
    ...resources,
  };
}

describe("links", () => {
  test.each([
    ["another host", "https://198.51.100.7/redfish/v1/Systems/1/Memory"],
    ["another host without a scheme", "//198.51.100.7/redfish/v1/Systems/1/Memory"],
    ["another port", "https://127.0.0.1:1/redfish/v1/Systems/1/Memory"],
    ["a file", "file:///etc/passwd"],
    ["a backslash host", "/\\198.51.100.7/x"],
  ])("to %s are not followed", async (_, path) => {
    const { server, controller } = await controllerOf(
      host({ Memory: link(path), SecureBoot: link(path), Links: { Chassis: [link(path)] } }),
    );
    const { system: told } = await controller.inventory();
    expect(told.serial).toBe("S1");
    expect(server.seen.every((seen) => !/198|passwd/.test(seen.path))).toBe(true);
  });

  test("to another host in a reset action send no order there", async () => {
    const { server, controller } = await controllerOf(
      host({ Actions: { "#ComputerSystem.Reset": { target: "https://198.51.100.7/reset" } } }),
    );
    await expect(controller.power("force_off")).rejects.toMatchObject({ failure: "malformed" });
    const sent = server.seen.filter(({ method }) => method === "POST").map(({ path }) => path);
    expect(sent).toEqual(["/redfish/v1/SessionService/Sessions"]);
  });

  test("in a circle end", async () => {
    const memory = `${system}/Memory`;
    const { server, controller } = await controllerOf(
      host(
        {
          Model: "BlueField",
          Memory: link(memory),
          Processors: link(system),
          LogServices: link(`${system}/Log`),
          Links: { Chassis: [link("/chassis"), link("/chassis")] },
        },
        {
          [memory]: {
            Members: [link(memory), link(`${memory}/1`), link(`${memory}/1`), link(`${memory}/1/`)],
            "Members@odata.nextLink": memory,
          },
          [`${memory}/1`]: { Id: "1", CapacityMiB: 65_536 },
          "/chassis": {
            Links: { ContainedBy: link("/chassis") },
            PCIeDevices: link("/chassis"),
            Thermal: link("/chassis"),
          },
          [`${system}/Log`]: { Members: [link(`${system}/Log`)] },
        },
      ),
    );
    const { memory: told } = await controller.inventory();
    // One module, however often it is listed and however its path is written.
    expect(told.totalGib).toBe(64);
    const asked = server.seen.map(({ method, path }) => `${method} ${path.replace(/\/$/, "")}`);
    expect(new Set(asked).size).toBe(asked.length);
  });
});

test("a service that redirects every path to the one with a slash is read all the same", async () => {
  const { controller } = await controllerOf(
    captured("dmtf-public-rackmount1"),
    ({ path, method }) =>
      method === "GET" && !path.endsWith("/") && !path.includes("?")
        ? { status: 301, headers: { location: `${path}/` } }
        : undefined,
  );
  const inventory = await controller.inventory();
  expect(inventory.memory.modules).toHaveLength(3);
  expect(inventory.unread).toEqual([]);
});

describe("HTML in the place of JSON", () => {
  const page = "<!DOCTYPE html><html><body><h1>Please sign in</h1></body></html>";
  const html = { status: 200, headers: { "content-type": "text/html" }, body: page };

  test("from one resource costs that resource", async () => {
    const { controller } = await controllerOf(captured("dmtf-public-rackmount1"), ({ path }) =>
      path.includes("/Memory") ? html : undefined,
    );
    const inventory = await controller.inventory();
    expect(inventory.memory.modules).toEqual([]);
    expect(inventory.cpus).toHaveLength(1);
    expect(inventory.unread?.[0]?.reason).toContain("is not JSON");
  });

  test("from everything is no Redfish service", async () => {
    const { controller } = await controllerOf({}, () => html);
    await expect(controller.inventory()).rejects.toMatchObject({
      failure: "malformed",
      retryable: false,
    });
  });
});

/** Values that have been seen, or may be put, where something else belongs. */
const odd = fc.oneof(
  fc.constantFrom(null, true, 0, -1, 1e308, "", "N/A", "\u0000", [], {}, [null], [[]], "2026"),
  fc.constant({ "@odata.id": 7 }),
  fc.constant({ "@odata.id": "/redfish/v1/Systems" }),
  fc.constant([{ "@odata.id": "/redfish/v1" }, { "@odata.id": null }, "x", 3]),
  fc.constant("x".repeat(100_000)),
  fc.jsonValue({ maxDepth: 3 }),
);

test("a tree with anything anywhere ends in an inventory or in the controller's fault", async () => {
  const resources = captured("dmtf-public-rackmount1");
  const paths = Object.keys(resources).filter((path) =>
    /\/(Systems|Chassis|Managers|UpdateService)/.test(path),
  );
  const { server, controller } = await controllerOf(resources);
  const change = fc.record({ path: fc.constantFrom(...paths), key: fc.nat(), value: odd });
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 12 }), async (changes) => {
      const before = new Map<string, unknown>();
      for (const { path, key, value } of changes) {
        const body = server.resources[path];
        if (!before.has(path)) before.set(path, structuredClone(body));
        const keys = Object.keys(Object(body));
        const name = keys[key % Math.max(1, keys.length)];
        // Now and then the whole resource, else one property of it.
        if (name === undefined || key % 7 === 0) server.resources[path] = value ?? null;
        else server.resources[path] = { ...(body as object), [name]: value };
      }
      const asked = server.gets();
      try {
        const inventory = await controller.inventory();
        // Postgres keeps no NUL.
        expect(JSON.stringify(inventory)).not.toContain("\\u0000");
        for (const { answer } of inventory.conformance?.rows ?? []) {
          expect(answer.length).toBeLessThan(2_000);
        }
      } catch (error) {
        if (!(error instanceof ControllerError)) throw error;
      } finally {
        expect(server.gets() - asked).toBeLessThan(150);
        for (const [path, body] of before) server.resources[path] = body;
      }
    }),
    { numRuns: 100 },
  );
}, 300_000);

describe("a look at the sensors and the logs does not take for whole what was put off:", () => {
  const entries = `${system}/LogServices/SEL/Entries`;
  const tree = host(
    {
      Links: { Chassis: [link("/c/1"), link("/c/2")] },
      LogServices: link(`${system}/LogServices`),
    },
    {
      "/c/1": { Power: link("/c/1/Power"), Thermal: link("/c/1/Thermal") },
      "/c/2": { Power: link("/c/2/Power"), Thermal: link("/c/2/Thermal") },
      "/c/1/Power": { PowerSupplies: [{ MemberId: "0", Status: { Health: "OK" } }] },
      "/c/2/Power": { PowerSupplies: [{ MemberId: "1", Status: { Health: "Critical" } }] },
      "/c/1/Thermal": {
        Temperatures: [{ Name: "Inlet", ReadingCelsius: 24 }],
        Fans: [
          { Name: "Fan 1", Reading: null, Status: { State: "Enabled", Health: "Critical" } },
          { Name: "Fan 2", Reading: null, Status: { State: "Enabled", Health: "OK" } },
          { Name: "Fan 3", Reading: null, Status: { State: "Absent", Health: "Critical" } },
        ],
      },
      [`${system}/LogServices`]: { Members: [link(`${system}/LogServices/SEL`)] },
      [`${system}/LogServices/SEL`]: { Id: "SEL", Entries: link(entries) },
      [entries]: {
        Members: [{ Id: "1", Severity: "Critical", Message: `${"x".repeat(499)}😀` }],
      },
    },
  );
  const busy = new Set<string>();
  const given = () =>
    controllerOf(tree, ({ path }) => (busy.has(path) ? { status: 503 } : undefined));
  const suppliesOf = async (controller: Controller) => {
    const { supplies, unread } = await controller.sensors();
    return [supplies.map(({ slot }) => slot), unread];
  };

  test("a chassis, which is looked for once more, and one that is not there is no part", async () => {
    const { controller } = await given();
    busy.add("/c/2");
    expect(await suppliesOf(controller)).toEqual([["0"], { supplies: true, readings: true }]);
    busy.clear();
    // Its temperatures are 404.
    const whole = [["0", "1"], { supplies: false, readings: false }];
    expect(await suppliesOf(controller)).toEqual(whole);
    busy.add("/c/1/Thermal");
    const cold = [["0", "1"], { supplies: false, readings: true }];
    expect(await suppliesOf(controller)).toEqual(cold);
    for (const part of ["Power", "Thermal"]) busy.add(`/c/1/${part}`).add(`/c/2/${part}`);
    await expect(controller.sensors()).rejects.toMatchObject({ failure: "rejected" });
    busy.clear();
  });

  test("a fan that has failed and tells no speed any more", async () => {
    const { controller } = await given();
    const { readings } = await controller.sensors();
    expect(readings.filter(({ kind }) => kind === "fan")).toMatchObject([
      { name: "Fan 1", value: 0, health: "Critical" },
    ]);
  });

  test("logs of which none could be read, as opposed to none that are there", async () => {
    const { controller } = await given();
    busy.add(entries);
    await expect(controller.logs()).rejects.toMatchObject({ failure: "rejected" });
    busy.clear();
    const [log] = await controller.logs();
    expect(log?.entries.map(({ message }) => [message.length, message.isWellFormed()])).toEqual([
      [500, true],
    ]);
    const { controller: bare } = await controllerOf(host({}));
    await expect(bare.logs()).rejects.toMatchObject({ failure: "unsupported" });
  });
});
