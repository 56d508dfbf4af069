import { afterAll, beforeAll, expect, test } from "vitest";
import { type LinuxHost, startLinuxHost } from "#e2e/fixtures/linux-host";
import { portDrift } from "#lib/domain/network/port-drift";
import { linuxBridge } from "#lib/drivers/linux-bridge/open-linux-bridge";

// A real bridge in a real kernel: four nodes, each a network namespace with an address, on ports of
// one bridge in a fifth. Two environments on two VLANs.

let host: LinuxHost;
const nodes = [
  { name: "a1", vlan: 100, address: "10.0.0.1" },
  { name: "a2", vlan: 100, address: "10.0.0.2" },
  { name: "b1", vlan: 200, address: "10.0.0.3" },
  { name: "b2", vlan: 200, address: "10.0.0.4" },
];

const ip = (...args: string[]) => host.run("ip", args);
const driver = (bridge = "br0") =>
  linuxBridge({ kind: "linux_bridge", bridge, namespace: "switch" }, host.run);

/** Whether one node reaches another's address: one answer of three will do on a machine that is slow. */
async function reaches(from: string, to: string): Promise<boolean> {
  const address = nodes.find((node) => node.name === to)?.address ?? "";
  return ip("netns", "exec", from, "ping", "-c", "3", "-W", "1", address).then(
    () => true,
    () => false,
  );
}

beforeAll(async () => {
  host = await startLinuxHost();
  await ip("netns", "add", "switch");
  await ip("-n", "switch", "link", "add", "br0", "type", "bridge", "vlan_filtering", "1");
  await ip("-n", "switch", "link", "add", "flat", "type", "bridge");
  for (const bridge of ["br0", "flat"]) await ip("-n", "switch", "link", "set", bridge, "up");
  for (const { name, address } of nodes) {
    await ip("netns", "add", name);
    const port = ["link", "add", `p-${name}`, "netns", "switch", "type", "veth"];
    await ip(...port, "peer", "name", "eth0", "netns", name);
    await ip("-n", "switch", "link", "set", `p-${name}`, "master", "br0", "up");
    await ip("-n", name, "address", "add", `${address}/24`, "dev", "eth0");
    await ip("-n", name, "link", "set", "eth0", "up");
  }
});
afterAll(() => host?.stop());

test("ports start on the bridge's default VLAN, where everyone reaches everyone: that is drift", async () => {
  expect(await reaches("a1", "b1")).toBe(true);
  const seen = await driver().read("p-a1");
  expect(seen).toEqual({ vlans: [1], untagged: 1 });
  expect(portDrift(null, seen)).toContain("carries VLAN 1, which it should not");
});

test("two environments on two VLANs do not reach each other, and each reaches itself", async () => {
  for (const { name, vlan } of nodes) {
    await driver().attach(`p-${name}`, vlan);
    await driver().attach(`p-${name}`, vlan);
    expect(await driver().read(`p-${name}`)).toEqual({ vlans: [vlan], untagged: vlan });
  }
  const seen = new Map<string, boolean>();
  for (const [from, to] of [
    ["a1", "a2"],
    ["b2", "b1"],
    ["a1", "b1"],
    ["b1", "a2"],
  ] as const) {
    seen.set(`${from} ${to}`, await reaches(from, to));
  }
  expect(Object.fromEntries(seen)).toEqual({
    "a1 a2": true,
    "b2 b1": true,
    "a1 b1": false,
    "b1 a2": false,
  });
});

test("a node that leaves reaches nobody, and another environment's VLAN takes it in after", async () => {
  await driver().detach("p-a2");
  await driver().detach("p-a2");
  expect(await driver().read("p-a2")).toEqual({ vlans: [], untagged: null });
  expect(await reaches("a1", "a2")).toBe(false);
  expect(await reaches("b1", "a2")).toBe(false);
  await driver().attach("p-a2", 200);
  expect(await reaches("b1", "a2")).toBe(true);
  expect(await reaches("a1", "a2")).toBe(false);
});

test("what somebody else did to a port is read back, ranges and tagged VLANs too", async () => {
  const args = ["-n", "switch", "vlan", "add", "dev", "p-b2", "vid", "300-303"];
  await host.run("bridge", args);
  const seen = await driver().read("p-b2");
  expect(seen).toEqual({ vlans: [200, 300, 301, 302, 303], untagged: 200 });
  expect(portDrift(200, seen)).toContain("carries VLANs 300, 301, 302, 303");
  await driver().attach("p-b2", 200);
  expect(await driver().read("p-b2")).toEqual({ vlans: [200], untagged: 200 });
});

test("a bridge that does not keep VLANs apart, or a port that is none of its own, is refused", async () => {
  const refused = { name: "NetworkError", failure: "misconfigured", retryable: false };
  await ip("-n", "switch", "link", "set", "p-b2", "master", "flat");
  await expect(driver("flat").attach("p-b2", 100)).rejects.toMatchObject({
    ...refused,
    message: "flat does not filter VLANs, so its ports are not apart",
  });
  await expect(driver().attach("p-b2", 100)).rejects.toMatchObject(refused);
  for (const port of ["-all", "p;reboot", "a name that is too long", ""]) {
    await expect(driver().detach(port)).rejects.toMatchObject(refused);
  }
  await expect(driver().read("nowhere")).rejects.toMatchObject({
    failure: "rejected",
    retryable: true,
    message: expect.stringContaining("does not exist"),
  });
});
