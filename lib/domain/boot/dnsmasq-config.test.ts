import { expect, test } from "vitest";
import {
  checkProvisioning,
  dnsmasqConfig,
  type Provisioning,
} from "#lib/domain/boot/dnsmasq-config";

const dhcp: Provisioning = {
  mode: "dhcp",
  networkInterface: "eno1",
  subnet: "10.77.0.0/24",
  firstAddress: "10.77.0.50",
  lastAddress: "10.77.0.200",
  router: "10.77.0.1",
  dns: null,
  leaseMinutes: 60,
};

test("settings that no configuration can be made of say why, field by field", () => {
  const problems = (change: Partial<Provisioning>) =>
    Object.keys(checkProvisioning({ ...dhcp, ...change }));
  expect(problems({})).toEqual([]);
  expect(problems({ subnet: "fd00::/64" })).toEqual(["subnet"]);
  expect(problems({ subnet: "10.77.0.0/31" })).toEqual(["subnet"]);
  expect(problems({ firstAddress: "10.77.1.1", lastAddress: "10.77.0.255" })).toEqual([
    "firstAddress",
    "lastAddress",
  ]);
  expect(problems({ firstAddress: "10.77.0.201" })).toEqual(["lastAddress"]);
  expect(problems({ firstAddress: null, lastAddress: null })).toHaveLength(2);
  expect(problems({ mode: "proxy", firstAddress: null, lastAddress: null })).toEqual([]);
  expect(problems({ router: "10.78.0.1", dns: "dns.example" })).toEqual(["router", "dns"]);
});

test("a name, an address and a MAC address reserve what they may", () => {
  const config = dnsmasqConfig({
    site: "Luleå",
    bootOrigin: "http://10.77.0.2:3001",
    settings: dhcp,
    reservations: [
      { mac: "52:54:00:00:00:01", name: "gpu-1", address: "10.77.0.11" },
      { mac: "52:54:00:00:00:02", name: "GPU 2_b.rack", address: "192.0.2.1" },
    ],
    tellsLeases: false,
  });
  expect(config.split("\n").filter((line) => line.startsWith("dhcp-host"))).toEqual([
    "dhcp-host=52:54:00:00:00:01,10.77.0.11,gpu-1",
    "dhcp-host=52:54:00:00:00:02,gpu-2-b-rack",
  ]);
});

test("a script that tells of leases is named where there is one, and leases to tell of", () => {
  const told = (settings: Provisioning, tellsLeases: boolean) =>
    dnsmasqConfig({
      ...{ site: "Oslo", bootOrigin: "http://10.77.0.2:3001", settings },
      ...{ reservations: [], tellsLeases },
    })
      .split("\n")
      .filter((line) => /script/.test(line) && !line.startsWith("#"));
  const proxy: Provisioning = { ...dhcp, mode: "proxy", firstAddress: null, lastAddress: null };
  expect(told(dhcp, true)).toEqual([
    "dhcp-script=/usr/local/sbin/ingot-leases",
    "dhcp-scriptuser=dnsmasq",
    "script-on-renewal",
  ]);
  expect([told(dhcp, false), told(proxy, true)]).toEqual([[], []]);
});
