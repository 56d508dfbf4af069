import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { dnsmasqConfig, type Provisioning } from "#lib/domain/boot/dnsmasq-config";

// dnsmasq itself is the judge (Debian: dnsmasq-base).

const program = ["/usr/sbin/dnsmasq", "dnsmasq"].find(
  (name) => spawnSync(name, ["--version"]).status === 0,
);
const directory = mkdtempSync(path.join(tmpdir(), "ingot-dnsmasq-"));
afterAll(() => rmSync(directory, { recursive: true }));

const dhcp: Provisioning = {
  mode: "dhcp",
  networkInterface: "eno1",
  subnet: "10.77.0.0/20",
  firstAddress: "10.77.1.50",
  lastAddress: "10.77.2.200",
  router: null,
  dns: "10.77.0.3",
  leaseMinutes: 60,
};

function judge(text: string) {
  const file = path.join(directory, "dnsmasq.conf");
  writeFileSync(file, text);
  const { status, stderr } = spawnSync(program ?? "", ["--test", `--conf-file=${file}`], {
    encoding: "utf8",
  });
  return { status, words: stderr.trim() };
}

test.skipIf(!program).for([
  ["as the only DHCP server", dhcp],
  ["beside another one", { ...dhcp, mode: "proxy", firstAddress: null, lastAddress: null }],
  ["on any interface", { ...dhcp, networkInterface: null, router: "10.77.0.1" }],
] as [string, Provisioning][])("dnsmasq takes the configuration %s", ([, settings]) => {
  const config = dnsmasqConfig({
    site: "Luleå",
    bootOrigin: "http://10.77.0.2:3001",
    settings,
    reservations: [
      { mac: "52:54:00:00:00:01", name: "gpu-1", address: "10.77.0.11" },
      { mac: "52:54:00:00:00:02", name: "GPU 2_b", address: null },
    ],
    tellsLeases: true,
  });
  expect(judge(config)).toEqual({ status: 0, words: "dnsmasq: syntax check OK." });
  // The judge is one: it refuses what is wrong.
  expect(judge(config.replace("enable-tftp", "enable-ftp")).status).not.toBe(0);
});
