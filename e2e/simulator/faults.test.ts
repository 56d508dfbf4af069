import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { Faults } from "./faults.ts";
import { type Rack, startRack } from "./rack.ts";
import { testRedfish } from "./test-redfish.ts";

// The machine that runs the tests may be busy with others.
const patience = { timeout: 60_000 };
vi.setConfig({ testTimeout: 300_000 });

const system = "/redfish/v1/Systems/DGX";

let rack: Rack;
beforeAll(async () => {
  rack = await startRack({
    network: 23,
    timing: { powerMs: 20, bootMs: 20 },
    nodes: [{ name: "dgx", count: 4 }],
  });
});
afterAll(() => rack.close());

function client(name: string, patienceMs?: number) {
  const node = rack.nodes.find((candidate) => candidate.name === name);
  if (node === undefined) throw new Error(`no node ${name}`);
  return testRedfish(node, patienceMs);
}

async function turnOn(name: string): Promise<void> {
  await client(name).post(`${system}/Actions/ComputerSystem.Reset`, { ResetType: "On" });
}

describe("faults of a controller", () => {
  test("unreachable: the connection is refused, until the fault ends", async () => {
    await rack.control.setFaults("dgx-1", ["bmc-unreachable"]);
    await expect(client("dgx-1").get("/redfish/v1", {})).rejects.toThrow("ECONNREFUSED");
    await rack.control.setFaults("dgx-1", []);
    expect((await client("dgx-1").get("/redfish/v1", {})).status).toBe(200);
  });

  test("another certificate: a client that pins the first one does not speak to it", async () => {
    await rack.control.setFaults("dgx-1", ["certificate-changed"]);
    await expect(client("dgx-1").get("/redfish/v1", {})).rejects.toThrow(/certificate|signature/i);
    await rack.control.setFaults("dgx-1", []);
    expect((await client("dgx-1").get("/redfish/v1", {})).status).toBe(200);
  });

  test("refused credentials: Basic and sessions both get 401", async () => {
    await rack.control.setFaults("dgx-1", ["bmc-401"]);
    expect((await client("dgx-1").get(system)).status).toBe(401);
    await rack.control.setFaults("dgx-1", []);
    expect((await client("dgx-1").get(system)).status).toBe(200);
  });

  test.each([
    ["not-found", 404],
    ["too-many-requests", 429],
    ["bmc-locked", 401],
  ])("%s: a resource is answered with %i, until the fault ends", async (fault, status) => {
    await rack.control.setFaults("dgx-1", [fault]);
    expect((await client("dgx-1").get(system)).status).toBe(status);
    expect((await client("dgx-1").get("/redfish/v1", {})).status).toBe(200);
    await rack.control.setFaults("dgx-1", []);
    expect((await client("dgx-1").get(system)).status).toBe(200);
  });

  test.each([
    ["bmc-locked", 403],
    ["sessions-full", 503],
  ])("%s: a sign-in is answered with %i and the sessions are over", async (fault, status) => {
    const { username: UserName, password: Password } = rack.control.report("dgx-1");
    const signIn = () =>
      client("dgx-1").post("/redfish/v1/SessionService/Sessions", { UserName, Password }, {});
    expect((await signIn()).status).toBe(201);
    await rack.control.setFaults("dgx-1", [fault]);
    expect((await signIn()).status).toBe(status);
    expect(rack.control.report("dgx-1").requests.openSessions).toBe(0);
    await rack.control.setFaults("dgx-1", []);
  });

  test("conflict: reads go on, changes are refused", async () => {
    await rack.control.setFaults("dgx-1", ["conflict"]);
    expect((await client("dgx-1").get(system)).status).toBe(200);
    const change = await client("dgx-1").patch(system, { AssetTag: "x" });
    expect(change.status).toBe(409);
    await rack.control.setFaults("dgx-1", []);
  });

  test("html and wrong types: 200 with something that is no resource", async () => {
    await rack.control.setFaults("dgx-1", ["html-body"]);
    expect((await client("dgx-1").get(system)).text).toContain("<!doctype html>");
    await rack.control.setFaults("dgx-1", ["wrong-types"]);
    const { body } = await client("dgx-1").get(system);
    expect(body).toMatchObject({ "@odata.id": system, PowerState: ["Off"], Boot: {} });
    await rack.control.setFaults("dgx-1", []);
  });

  test("resets and drips: no answer, or none that ends", async () => {
    await rack.control.setFaults("dgx-1", ["bmc-resets"]);
    await expect(client("dgx-1").get("/redfish/v1", {})).rejects.toThrow(/hang up|ECONNRESET/);
    await rack.control.setFaults("dgx-1", ["bmc-drips"]);
    await expect(client("dgx-1", 1_000).get("/redfish/v1", {})).rejects.toThrow();
    await rack.control.setFaults("dgx-1", []);
  });

  test("a task that never ends: 202, and the machine is left as it was", async () => {
    await rack.control.setFaults("dgx-1", ["task-never-ends"]);
    const reset = `${system}/Actions/ComputerSystem.Reset`;
    const answer = await client("dgx-1").post(reset, { ResetType: "On" });
    expect(answer.status).toBe(202);
    const monitor = await client("dgx-1").get(String(answer.headers.location));
    expect(monitor).toMatchObject({ status: 202, body: { TaskState: "Running" } });
    expect(rack.control.report("dgx-1").power).toBe("Off");
    await rack.control.setFaults("dgx-1", []);
  });

  test("busy: as many 503 as were asked for, then answers", async () => {
    await rack.control.setFaults("dgx-1", ["busy:2"]);
    const answers = [];
    for (let asked = 0; asked < 3; asked++) answers.push(await client("dgx-1").get(system));
    expect(answers.map((answer) => answer.status)).toEqual([503, 503, 200]);
    expect(answers[0]?.headers["retry-after"]).toBe("1");
    expect(rack.control.report("dgx-1").faults).toEqual([]);
  });

  test("malformed: the answer is cut off", async () => {
    await rack.control.setFaults("dgx-1", ["malformed-json"]);
    const answer = await client("dgx-1").get(system);
    expect(answer.status).toBe(200);
    expect(answer.body).toBeUndefined();
    expect(answer.text).toContain("@odata.id");
    await rack.control.setFaults("dgx-1", []);
  });

  test("huge: the answer is 50 MB of JSON", async () => {
    await rack.control.setFaults("dgx-1", ["huge-answer"]);
    const answer = await client("dgx-1").get(system);
    expect(answer.text.length).toBeGreaterThan(50 * 2 ** 20);
    await rack.control.setFaults("dgx-1", []);
  });

  test("hanging: a request is taken and not answered", async () => {
    await rack.control.setFaults("dgx-1", ["bmc-hangs"]);
    await expect(client("dgx-1", 1_000).get(system)).rejects.toThrow(/abort/i);
    expect(rack.control.report("dgx-1").requests.log.at(-1)).toMatchObject({ path: system });
    await rack.control.setFaults("dgx-1", []);
    expect((await client("dgx-1").get(system)).status).toBe(200);
  });

  test("lying about power: the order is accepted and nothing happens", async () => {
    await rack.control.setFaults("dgx-2", ["power-lies"]);
    await turnOn("dgx-2");
    expect(rack.control.report("dgx-2")).toMatchObject({ power: "Off", phase: "off" });
  });

  test("slow power: it takes twenty times as long", async () => {
    rack.control.setTiming({ powerMs: 3_000 });
    await rack.control.setFaults("dgx-3", ["slow-power"]);
    await turnOn("dgx-3");
    rack.control.setTiming({ powerMs: 20 });
    expect(rack.control.report("dgx-3").power).toBe("PoweringOn");
    await client("dgx-3").post(`${system}/Actions/ComputerSystem.Reset`, { ResetType: "ForceOff" });
    await vi.waitFor(() => expect(rack.control.report("dgx-3").power).toBe("Off"), patience);
  });

  test("a missing GPU and a silent GPU tray are two things", async () => {
    await turnOn("dgx-4");
    await vi.waitFor(() => expect(rack.control.report("dgx-4").power).toBe("On"), patience);
    const processors = "/redfish/v1/Systems/HGX_Baseboard_0/Processors";
    await rack.control.setFaults("dgx-4", ["wrong-gpu-count"]);
    const { body } = await client("dgx-4").get(processors);
    expect(
      body.Members.filter((m: { "@odata.id": string }) => m["@odata.id"].includes("GPU")),
    ).toHaveLength(7);
    await rack.control.setFaults("dgx-4", ["hgx-503"]);
    expect((await client("dgx-4").get(processors)).status).toBe(503);
  });
});

describe("an awkward controller", () => {
  test("is busy now and then, at the same requests for the same seed", async () => {
    const statuses = async () => {
      const awkward = await startRack({
        network: 24,
        awkwardShare: 0.3,
        nodes: [{ name: "awkward", flavour: "plain" }],
      });
      const [node] = awkward.nodes;
      if (node === undefined) throw new Error("no node");
      const seen: number[] = [];
      for (let asked = 0; asked < 30; asked++) {
        seen.push((await testRedfish(node).get("/redfish/v1/Systems")).status);
      }
      await awkward.close();
      return seen;
    };
    const first = await statuses();
    expect(new Set(first)).toEqual(new Set([200, 503]));
    expect(await statuses()).toEqual(first);
  });
});

describe("Faults", () => {
  test("names that do not exist and counts that are none are refused", () => {
    expect(() => new Faults(["never-bots"])).toThrow(RangeError);
    expect(() => new Faults(["busy:-1"])).toThrow(RangeError);
    expect(new Faults(["busy", "xid:48"]).list()).toEqual(["busy:3", "xid:48"]);
  });
});
