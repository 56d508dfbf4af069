import { expect, test } from "vitest";
import { portDrift } from "#lib/domain/network/port-drift";

test("what a port carries against what it should", () => {
  expect(portDrift(100, { vlans: [100], untagged: 100 })).toBeNull();
  expect(portDrift(null, { vlans: [], untagged: null })).toBeNull();
  expect(portDrift(100, { vlans: [], untagged: null })).toBe("The port does not carry VLAN 100.");
  expect(portDrift(100, { vlans: [100], untagged: null })).toContain("tagged, and not untagged");
  // What it carries besides is worse than what it lacks: it is said first.
  expect(portDrift(100, { vlans: [1, 200], untagged: 1 })).toContain("carries VLANs 1, 200");
  expect(portDrift(null, { vlans: [100], untagged: 100 })).toContain("carries VLAN 100, which");
});
