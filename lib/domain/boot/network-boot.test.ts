import { expect, test } from "vitest";
import { networkBootObstacle } from "#lib/domain/boot/network-boot";

const mac = "52:54:00:00:00:01";
const secure = (enabled: boolean | null, inForce: boolean | null) => ({
  secureBoot: { enabled, inForce, mode: null },
});

test.each([
  ["none", mac, null, "neither by HTTP nor by PXE"],
  ["pxe", null, null, "that address is not known"],
  ["pxe", mac, secure(true, true), null],
  ["http", null, null, null],
  ["http", null, {}, null],
  ["http", null, { secureBoot: null }, null],
  ["http", null, secure(false, false), null],
  ["http", null, secure(null, null), null],
  // Nobody's keys are in it yet: it is on and holds nothing up.
  ["http", null, secure(true, false), null],
  ["http", null, secure(true, true), "Secure Boot is on"],
  ["http", null, secure(true, null), "Secure Boot is on"],
  ["cd", null, null, null],
  ["cd", null, secure(true, true), "Secure Boot is on"],
] as const)("%s, MAC address %s, %j: %s", (way, mac, inventory, obstacle) => {
  const words = networkBootObstacle(way, { mac, inventory });
  if (obstacle === null) expect(words).toBeNull();
  else expect(words).toContain(obstacle);
});
