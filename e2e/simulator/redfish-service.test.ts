import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type Rack, startRack } from "./rack.ts";
import { testRedfish } from "./test-redfish.ts";

// The machine that runs the tests may be busy with others.
const patience = { timeout: 60_000 };
vi.setConfig({ testTimeout: 300_000 });

const plainSystem = "/redfish/v1/Systems/437XR1138R2";
const dgxSystem = "/redfish/v1/Systems/DGX";
const pxeSystem = "/redfish/v1/Systems/1";
const sessionsPath = "/redfish/v1/SessionService/Sessions";

let rack: Rack;
beforeAll(async () => {
  rack = await startRack({
    network: 22,
    timing: { powerMs: 20, bootMs: 20, shutdownMs: 20 },
    sessionLimit: 2,
    lockout: { after: 3, forMs: 60_000 },
    nodes: [
      { name: "dgx" },
      { name: "plain", flavour: "plain" },
      { name: "pxe", flavour: "pxe-only" },
      { name: "cpu", flavour: "plain", gpus: 0 },
      { name: "button", flavour: "plain", gpus: 0 },
      { name: "locked" },
      { name: "sessions" },
      { name: "dark" },
    ],
  });
});
afterAll(() => rack.close());

function identity(name: string) {
  const node = rack.nodes.find((candidate) => candidate.name === name);
  if (node === undefined) throw new Error(`no node ${name}`);
  return node;
}

const client = (name: string) => testRedfish(identity(name));

const powerIs = (name: string, power: string) =>
  vi.waitFor(() => expect(rack.control.report(name).power).toBe(power), patience);

describe("logging in", () => {
  test("the service root is given to anyone, the rest to nobody without a login", async () => {
    const redfish = client("plain");
    const root = await redfish.get("/redfish/v1/", {});
    expect(root.status).toBe(200);
    expect(root.body).toMatchObject({ Vendor: "Contoso", RedfishVersion: "1.15.0" });
    expect((await redfish.get("/redfish", {})).body).toEqual({ v1: "/redfish/v1/" });
    const refused = await redfish.get("/redfish/v1/Systems", {});
    expect(refused.status).toBe(401);
    expect(refused.headers["www-authenticate"]).toContain("Basic");
    const wrong = { authorization: `Basic ${Buffer.from("admin:wrong").toString("base64")}` };
    expect((await redfish.get("/redfish/v1/Systems", wrong)).status).toBe(401);
  });

  test("a session's token opens, and no longer does once the session is ended", async () => {
    const redfish = client("plain");
    const { username, password } = identity("plain");
    const made = await redfish.post(sessionsPath, { UserName: username, Password: password }, {});
    expect(made.status).toBe(201);
    const token = { "x-auth-token": String(made.headers["x-auth-token"]) };
    expect((await redfish.get("/redfish/v1/Systems", token)).status).toBe(200);
    expect((await redfish.delete(String(made.headers.location), token)).status).toBe(204);
    expect((await redfish.get("/redfish/v1/Systems", token)).status).toBe(401);
  });

  test("there are as many sessions as the controller can hold", async () => {
    const redfish = client("sessions");
    const { username, password } = identity("sessions");
    const open = () => redfish.post(sessionsPath, { UserName: username, Password: password }, {});
    const statuses = [await open(), await open(), await open()].map((answer) => answer.status);
    expect(statuses).toEqual([201, 201, 503]);
    expect(rack.control.report("sessions").requests.openSessions).toBe(2);
  });

  test("an account is locked after failed logins, for the right password too", async () => {
    const redfish = client("locked");
    const wrong = { UserName: "admin", Password: "wrong" };
    expect((await redfish.get("/redfish/v1/Systems")).status).toBe(200);
    for (let tried = 0; tried < 3; tried++) {
      expect((await redfish.post(sessionsPath, wrong, {})).status).toBe(401);
    }
    expect((await redfish.get("/redfish/v1/Systems")).status).toBe(401);
    expect(rack.control.report("locked").requests.failedLogins).toBe(4);
  });
});

describe("reading", () => {
  test.each(["dgx", "plain", "pxe", "cpu"])(
    "every link of %s leads to a document",
    async (name) => {
      const redfish = client(name);
      await redfish.post(
        `${(await redfish.get("/redfish/v1/Systems")).body.Members.at(-1)["@odata.id"]}/Actions/ComputerSystem.Reset`,
        { ResetType: "On" },
      );
      await powerIs(name, "On");
      const seen = new Set<string>();
      const open = ["/redfish/v1"];
      for (let path = open.pop(); path !== undefined; path = open.pop()) {
        if (seen.has(path)) continue;
        seen.add(path);
        const answer = await redfish.get(path);
        expect([path, answer.status]).toEqual([path, 200]);
        open.push(...linksOf(answer.body));
      }
      expect(seen.size).toBeGreaterThan(60);
    },
  );

  test("the GPU board comes before the host and is silent while the host is off", async () => {
    const redfish = client("sessions");
    const { body } = await redfish.get("/redfish/v1/Systems");
    expect(body.Members.map((member: { "@odata.id": string }) => member["@odata.id"])).toEqual([
      "/redfish/v1/Systems/HGX_Baseboard_0",
      dgxSystem,
    ]);
    expect((await redfish.get("/redfish/v1/Systems/HGX_Baseboard_0")).status).toBe(503);
    expect((await redfish.get("/redfish/v1/Systems/HGX_Baseboard_0/Processors")).status).toBe(503);
    expect((await redfish.get(`${dgxSystem}/Processors`)).status).toBe(200);
  });

  test("a long collection comes in pages", async () => {
    const redfish = client("plain");
    const first = await redfish.get(`${plainSystem}/Memory`);
    expect(first.body.Members).toHaveLength(20);
    expect(first.body["Members@odata.count"]).toBe(32);
    const second = await redfish.get(first.body["Members@odata.nextLink"]);
    expect(second.body.Members).toHaveLength(12);
    expect(second.body["Members@odata.nextLink"]).toBeUndefined();
  });

  test("InfiniBand ports are told apart from Ethernet", async () => {
    const redfish = client("plain");
    const adapters = await redfish.get("/redfish/v1/Chassis/1U/NetworkAdapters");
    const ports = await Promise.all(
      adapters.body.Members.map(async (member: { "@odata.id": string }) => {
        const { body } = await redfish.get(`${member["@odata.id"]}/Ports/0`);
        return body.LinkNetworkTechnology;
      }),
    );
    expect(ports.filter((technology) => technology === "InfiniBand")).toHaveLength(8);
    expect(ports.filter((technology) => technology === "Ethernet")).toHaveLength(2);
  });

  test("members come in their collection where that is offered, but those that cannot be reached", async () => {
    const redfish = client("dgx");
    const { body } = await redfish.get("/redfish/v1/Systems/DGX/Processors?$expand=.($levels=1)");
    expect(body.Members).toHaveLength(2);
    expect(body.Members[0]).toMatchObject({ ProcessorType: "CPU", TotalCores: 56 });
    // A host that is off, and its GPU tray with it.
    const systems = await client("dark").get("/redfish/v1/Systems?$expand=.($levels=1)");
    const ids = systems.body.Members.map((member: { Id?: string }) => member.Id);
    expect(ids).toEqual([undefined, "DGX"]);
  });

  test("query options that it does not know are refused, and odd methods too", async () => {
    const redfish = client("plain");
    expect((await redfish.get("/redfish/v1/Systems?$expand=.")).status).toBe(501);
    expect((await redfish.delete(plainSystem)).status).toBe(405);
    expect((await redfish.get("/redfish/v1/Nothing")).status).toBe(404);
  });
});

describe("boot settings", () => {
  test("a stale ETag is refused, the present one and * are taken", async () => {
    const redfish = client("dgx");
    const basic = basicOf("dgx");
    const change = (ifMatch: string) =>
      redfish.patch(
        dgxSystem,
        { Boot: { BootSourceOverrideEnabled: "Once", BootSourceOverrideTarget: "Pxe" } },
        { ...basic, "if-match": ifMatch },
      );
    const { headers, body } = await redfish.get(dgxSystem);
    expect(headers.etag).toBe(body["@odata.etag"]);
    expect((await change(String(headers.etag))).status).toBe(200);
    expect((await change(String(headers.etag))).status).toBe(412);
    expect((await change("*")).status).toBe(200);
  });

  test("a controller without HTTP boot neither offers nor takes it", async () => {
    const redfish = client("pxe");
    const { body } = await redfish.get(pxeSystem);
    expect(body.Boot["BootSourceOverrideTarget@Redfish.AllowableValues"]).not.toContain("UefiHttp");
    expect(body.Boot).not.toHaveProperty("HttpBootUri");
    const target = { Boot: { BootSourceOverrideTarget: "UefiHttp" } };
    expect((await redfish.patch(pxeSystem, target)).status).toBe(400);
    const uri = { Boot: { HttpBootUri: "http://127.0.0.1/" } };
    expect((await redfish.patch(pxeSystem, uri)).status).toBe(400);
  });

  test("disabling the override forgets its target", async () => {
    const redfish = client("plain");
    const boot = { BootSourceOverrideEnabled: "Continuous", BootSourceOverrideTarget: "UefiHttp" };
    await redfish.patch(plainSystem, { Boot: { ...boot, HttpBootUri: "http://127.0.0.1/x" } });
    expect((await redfish.get(plainSystem)).body.Boot).toMatchObject(boot);
    await redfish.patch(plainSystem, { Boot: { BootSourceOverrideEnabled: "Disabled" } });
    expect((await redfish.get(plainSystem)).body.Boot).toMatchObject({
      BootSourceOverrideTarget: "None",
      HttpBootUri: null,
    });
  });

  test("what it does not know is refused by name", async () => {
    const redfish = client("plain");
    const refused = await redfish.patch(plainSystem, { Bott: {} });
    expect(refused.status).toBe(400);
    expect(refused.body.error.code).toMatch(/^Base\.1\.\d+\.PropertyUnknown$/);
    expect(refused.body.error["@Message.ExtendedInfo"][0].MessageArgs).toEqual(["Bott"]);
  });
});

describe("resetting", () => {
  const reset = (name: string, system: string, resetType: string) =>
    client(name).post(`${system}/Actions/ComputerSystem.Reset`, { ResetType: resetType });

  test("power passes through PoweringOn, in which only force is taken", async () => {
    rack.control.setTiming({ powerMs: 60_000 });
    await reset("cpu", plainSystem, "ForceOff");
    await powerIs("cpu", "PoweringOff");
    rack.control.setTiming({ powerMs: 20 });
    expect((await reset("cpu", plainSystem, "On")).status).toBe(409);
    expect((await reset("cpu", plainSystem, "ForceOff")).status).toBe(204);
    expect((await client("cpu").get(plainSystem)).body.PowerState).toBe("PoweringOff");
  });

  test("an order that already holds is a conflict to one controller and nothing to another", async () => {
    await reset("plain", plainSystem, "On");
    await powerIs("plain", "On");
    expect((await reset("plain", plainSystem, "On")).status).toBe(409);
    await reset("dgx", dgxSystem, "On");
    await powerIs("dgx", "On");
    expect((await reset("dgx", dgxSystem, "On")).status).toBe(204);
  });

  test("one controller answers with a task that ends when the power has changed", async () => {
    await reset("pxe", pxeSystem, "ForceOff");
    await powerIs("pxe", "Off");
    const accepted = await reset("pxe", pxeSystem, "On");
    expect(accepted.status).toBe(202);
    const monitor = String(accepted.headers.location);
    const answers = new Set<number>();
    await vi.waitFor(async () => {
      answers.add((await client("pxe").get(monitor)).status);
      expect([...answers].at(-1)).toBe(204);
    }, patience);
    // Running for as long as it runs, which may be over before the first look.
    expect(answers.difference(new Set([202, 204]))).toEqual(new Set());
    expect(rack.control.report("pxe").power).toBe("On");
    const task = await client("pxe").get(accepted.body["@odata.id"]);
    expect(task.body.TaskState).toBe("Completed");
  });

  test("the reset types of a DGX are in its action info, and no other is taken", async () => {
    const { body } = await client("dgx").get(dgxSystem);
    const action = body.Actions["#ComputerSystem.Reset"];
    expect(action).not.toHaveProperty("ResetType@Redfish.AllowableValues");
    const info = await client("dgx").get(action["@Redfish.ActionInfo"]);
    expect(info.body.Parameters[0].AllowableValues).toEqual([
      "ForceOff",
      "ForceRestart",
      "GracefulShutdown",
      "On",
    ]);
    expect((await reset("dgx", dgxSystem, "PushPowerButton")).status).toBe(400);
    expect((await reset("dgx", dgxSystem, "Bogus")).status).toBe(400);
  });

  test("the power button turns a host on that is off", async () => {
    await powerIs("button", "Off");
    expect((await reset("button", plainSystem, "PushPowerButton")).status).toBe(204);
    await powerIs("button", "On");
    // Without an operating system nobody listens to a polite request.
    expect((await reset("button", plainSystem, "GracefulShutdown")).status).toBe(204);
    expect((await client("button").get(plainSystem)).body.PowerState).toBe("On");
  });

  test("only what could change the node counts as a change", async () => {
    const before = rack.control.report("dgx").requests.mutating;
    await client("dgx").get(dgxSystem);
    await client("dgx").post(sessionsPath, { UserName: "x", Password: "y" }, {});
    expect(rack.control.report("dgx").requests.mutating).toBe(before);
    await reset("dgx", dgxSystem, "On");
    expect(rack.control.report("dgx").requests.mutating).toBe(before + 1);
  });
});

function basicOf(name: string): Record<string, string> {
  const { username, password } = identity(name);
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}` };
}

function linksOf(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    (key === "@odata.id" || key.endsWith("nextLink") || key === "@Redfish.ActionInfo") &&
    typeof inner === "string"
      ? [inner]
      : linksOf(inner),
  );
}
