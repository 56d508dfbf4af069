import { readdirSync, readFileSync } from "node:fs";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { nodeTypes } from "#db/schema/nodes";
import { exchanges } from "#db/schema/operations";
import { racks } from "#db/schema/sites";
import { givenLab, type Lab, nodeState } from "#e2e/fixtures/lab";
import { asOperator } from "#e2e/fixtures/launchable";
import { startWorker, untilNode } from "#e2e/fixtures/worker";
import { type IpmiMachine, startIpmiMachine } from "#e2e/judges/ipmi-simulator";
import { missing } from "#e2e/judges/python";
import { enrolNode } from "#lib/commands/enrol-node";
import { orderNode } from "#lib/commands/order-node";
import { type Id, newId } from "#lib/domain/id";
import type { NodeTypeSpec } from "#lib/domain/node/node-type";
import { ipmiDriver } from "#lib/drivers/ipmi/open-controller";
import { allowedDestination } from "#lib/drivers/redfish/allow-list";
import type { Controller, Exchange } from "#lib/ports/controller";

// ipmi_sim of the OpenIPMI project is the judge of the IPMI driver: a controller that no one here
// wrote, whose chassis is a process that the driver's orders start and end.

const absent = missing("/usr/bin/ipmi_sim", "openipmi") ?? missing("/usr/bin/ipmitool", "ipmitool");
if (absent) console.warn(`A judge is absent. ${absent}`);

describe.skipIf(absent !== null)("a controller that speaks IPMI alone", () => {
  let lab: Lab;
  let worker: ReturnType<typeof startWorker>;
  const machines: IpmiMachine[] = [];

  beforeAll(async () => {
    lab = await givenLab({ network: 73, rack: {} });
    worker = startWorker(lab);
  });
  afterAll(async () => {
    await worker?.stop();
    await Promise.all(machines.map((machine) => machine.close()));
    await lab?.close();
  });

  async function given(serial: string): Promise<IpmiMachine> {
    const machine = await startIpmiMachine("127.73.1.1", serial);
    machines.push(machine);
    return machine;
  }

  function open(machine: IpmiMachine, changes: { password?: string; address?: string } = {}) {
    const seen: Exchange[] = [];
    const controller: Controller = ipmiDriver({
      destination: (address) => allowedDestination(address, { allowedNetworks: ["127.0.0.0/8"] }),
      limits: { answerTimeoutSeconds: 1, resends: 1 },
    })({
      address: changes.address ?? machine.address,
      credential: { username: machine.username, password: changes.password ?? machine.password },
      record: (exchange) => seen.push(exchange),
    });
    return { controller, seen };
  }

  async function enrol(
    machine: IpmiMachine,
    spec: NodeTypeSpec,
    changes: { password?: string; name?: string; address?: string } = {},
  ): Promise<Id<"node">> {
    const nodeTypeId = newId("nodeType");
    await asOperator(lab.app.db, (tx) =>
      tx.insert(nodeTypes).values({ id: nodeTypeId, name: nodeTypeId, spec }),
    );
    const [rack] = await lab.worker.db.select().from(racks);
    if (!rack) throw new Error("no rack");
    const result = await enrolNode(
      lab.app.db,
      lab.operator("node.enrol"),
      {
        name: changes.name ?? machine.serial.toLowerCase(),
        rackId: rack.id,
        unit: null,
        nodeTypeId,
        controllerAddress: changes.address ?? machine.address,
        username: machine.username,
        password: changes.password ?? machine.password,
        expectedFingerprint: null,
        address: null,
        protocol: "ipmi",
      },
      lab.sealingKey,
    );
    if (!result.ok) throw new Error(JSON.stringify(result.refusal));
    return result.value.nodeId;
  }

  const exchangesOf = (id: Id<"node">) =>
    lab.worker.db.select().from(exchanges).where(eq(exchanges.nodeId, id));

  test("powers the machine, sets its next boot, and says who it is", async () => {
    const machine = await given("LIFE0001");
    const { controller, seen } = open(machine);
    expect(await controller.identity()).toMatchObject({
      vendor: "MontaVista Software, Inc.",
      product: null,
      firmwareVersion: "9.08",
      uuid: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(await controller.powerState()).toBe("off");
    await controller.bootNext({ kind: "pxe" });
    await controller.power("on");
    await expect.poll(() => controller.powerState()).toBe("on");
    expect(machine.isRunning()).toBe(true);
    // An order that holds is none.
    await controller.power("on");
    const url = "http://10.0.0.1/b/token/boot.efi";
    for (const kind of ["http", "cd"] as const) {
      // What it cannot do it says, and sets nothing in its place.
      await expect(controller.bootNext({ kind, url })).rejects.toMatchObject({
        failure: "unsupported",
      });
    }
    await expect(controller.ejectMedia()).rejects.toMatchObject({ failure: "unsupported" });
    await controller.bootNext({ kind: "disk" });
    await controller.power("force_off");
    await expect.poll(() => controller.powerState()).toBe("off");
    expect(machine.isRunning()).toBe(false);
    expect(await machine.orders()).toEqual(["boot pxe", "power 1", "boot none", "power 0"]);

    // Suite 17 was offered once; the controller has 3, and that is kept.
    expect(seen.filter((each) => each.error !== null)).toHaveLength(1);
    expect(seen[0]?.error).toContain("cipher suite 17");
    await controller.close();
  });

  test("knows of the hardware what the replaceable units say, and calls the rest unknown", async () => {
    const { controller } = open(await given("UNIT0001"));
    expect(await controller.inventory()).toMatchObject({
      system: { manufacturer: "Contoso", model: "Sledge 2U", serial: "UNIT0001", sku: "PN-7" },
      cpus: [],
      memory: { totalGib: null },
      gpus: null,
      untold: ["cpus", "gpus", "drives", "nics"],
    });
  });

  test("tells its sensors, and a supply that has failed", async () => {
    const { controller } = open(await given("SENS0001"));
    const { readings, supplies } = await controller.sensors();
    expect(readings).toEqual([
      expect.objectContaining({ name: "Inlet, rear", value: 48, unit: "°C" }),
      expect.objectContaining({ name: "Fan1", value: 4_800, unit: "rpm" }),
    ]);
    expect(supplies.map(({ slot, health }) => [slot, health])).toEqual([
      ["PS1 Status", "Critical"],
      ["PS2 Status", "OK"],
    ]);
    await expect(controller.logs()).rejects.toMatchObject({ failure: "unsupported" });
  });

  test("is not asked twice with a password it refused", async () => {
    const { controller, seen } = open(await given("LOCK0001"), { password: "wrong" });
    const auth = { failure: "auth_failed", retryable: false };
    await expect(controller.powerState()).rejects.toMatchObject(auth);
    const asked = seen.length;
    await expect(controller.power("on")).rejects.toMatchObject(auth);
    await expect(controller.identity()).rejects.toMatchObject(auth);
    expect(seen).toHaveLength(asked);
    expect(JSON.stringify(seen)).not.toContain("wrong");
  });

  test("cannot be led to an address that controllers are not reached at", async () => {
    const { controller, seen } = open(await given("AWAY0001"), { address: "192.0.2.7:623" });
    await expect(controller.powerState()).rejects.toMatchObject({
      failure: "unreachable",
      retryable: false,
    });
    expect(seen).toHaveLength(1);
  });

  test("that is away is unreachable, and the password is in no command line meanwhile", async () => {
    const machine = await given("GONE0001");
    const { controller } = open(machine, { address: "127.73.9.9:9" });
    const asking = controller.powerState().then(
      () => null,
      (error: unknown) => error,
    );
    await expect.poll(() => commandLines().some((line) => line.includes("127.73.9.9"))).toBe(true);
    expect(commandLines().filter((line) => line.includes(machine.password))).toEqual([]);
    expect(await asking).toMatchObject({ failure: "unreachable", retryable: true });
  });

  test("enrols, is available when nothing more is expected of it, and is not wiped blindly", async () => {
    const machine = await given("GOOD0001");
    const id = await enrol(machine, { manufacturer: "Contoso", model: "Sledge 2U" });
    await untilNode(lab, id, "available");
    expect(await nodeState(lab, id)).toMatchObject({
      controllerState: "reachable",
      controllerProtocol: "ipmi",
      serial: "GOOD0001",
      bootMac: null,
      differences: [],
    });
    const kept = await exchangesOf(id);
    expect(kept.map((each) => each.path)).toContain("mc info");
    expect(JSON.stringify(kept)).not.toContain(machine.password);

    // A network boot needs the MAC address that IPMI does not tell: that ends in words, not in a wait.
    await orderNode(lab.app.db, lab.operator("node.operate"), { nodeId: id, order: "sanitize" });
    await untilNode(lab, id, "quarantined");
    expect((await nodeState(lab, id)).lifecycleReason).toContain("MAC address");
    expect(machine.isRunning()).toBe(false);
  });

  test("does not pass for hardware it says nothing of", async () => {
    const id = await enrol(await given("GPUS0001"), {
      gpu: { count: 8 },
      drives: { count: 2 },
      nics: { ethernet: 1 },
    });
    await untilNode(lab, id, "failed");
    const { differences, lifecycleReason } = await nodeState(lab, id);
    expect(differences.map(({ field, found, severity }) => [field, found, severity])).toEqual([
      ["gpu.count", null, "unknown"],
      ["drives", null, "unknown"],
      ["nics.ethernet", null, "unknown"],
    ]);
    expect(lifecycleReason).toContain("the controller does not say");
  });

  test("with a wrong password fails its enrolment, and is not tried by the next one", async () => {
    const id = await enrol(await given("AUTH0001"), {}, { password: "not this one" });
    await untilNode(lab, id, "failed");
    expect(await nodeState(lab, id)).toMatchObject({ controllerState: "auth_failed" });
    const before = (await exchangesOf(id)).length;
    await orderNode(lab.app.db, lab.operator("node.operate"), { nodeId: id, order: "verify" });
    await untilNode(lab, id, "failed");
    expect(await exchangesOf(id)).toHaveLength(before);
  });

  test("is one node, under however many addresses", async () => {
    const machine = await given("TWIN0001");
    const first = await enrol(machine, {});
    await untilNode(lab, first, "available");
    const again = await startIpmiMachine("127.73.1.2", "TWIN0002", machine.guid);
    machines.push(again);
    const second = await enrol(again, {});
    await untilNode(lab, second, "failed");
    const { lifecycleReason } = await nodeState(lab, second);
    expect(lifecycleReason).toContain(`twin0001, which is enrolled at ${machine.address}`);
  });
});

function commandLines(): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ")];
      } catch {
        return [];
      }
    });
}
