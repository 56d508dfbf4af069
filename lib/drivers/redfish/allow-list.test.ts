import { describe, expect, test } from "vitest";
import { privateNetworks } from "#lib/domain/network-address";
import { allowedDestination } from "#lib/drivers/redfish/allow-list";

const refused = { failure: "unreachable", retryable: false };

/** A resolver that knows what an attacker's name server would answer. */
const names: Record<string, string[]> = {
  "controller.example.org": ["10.0.4.17"],
  "two.example.org": ["10.0.4.17", "10.0.4.18"],
  "rebind.example.org": ["10.0.4.17", "127.0.0.1"],
  "127.0.0.1.nip.io": ["127.0.0.1"],
  "metadata.example.org": ["169.254.169.254"],
  "mapped.example.org": ["::ffff:127.0.0.1"],
  "public.example.org": ["93.184.216.34"],
  localhost: ["::1", "127.0.0.1"],
};

async function resolve(name: string): Promise<string[]> {
  const found = names[name];
  if (!found) throw new Error("ENOTFOUND");
  return found;
}

const list = { allowedNetworks: privateNetworks, resolve };

describe("a destination", () => {
  test.each([
    ["10.0.4.17:443", { ip: "10.0.4.17", port: 443, name: null }],
    ["10.0.4.17", { ip: "10.0.4.17", port: 443, name: null }],
    ["[fd00::17]:8443", { ip: "fd00::17", port: 8443, name: null }],
    ["Controller.example.org:443", { ip: "10.0.4.17", port: 443, name: "controller.example.org" }],
    ["two.example.org", { ip: "10.0.4.17", port: 443, name: "two.example.org" }],
  ])("%s is allowed", async (address, destination) => {
    await expect(allowedDestination(address, list)).resolves.toEqual(destination);
  });

  test.each(
    [
      "rebind.example.org",
      "127.0.0.1.nip.io",
      "metadata.example.org",
      "mapped.example.org",
      "public.example.org",
      "localhost",
      "127.0.0.1:443",
      "[::1]:443",
    ].map((address) => [address]),
  )("%s is not, by any of its addresses", async (address) => {
    await expect(allowedDestination(address, list)).rejects.toMatchObject(refused);
  });

  test("on another port than the allowed ones is not", async () => {
    await expect(
      allowedDestination("10.0.4.17:22", { ...list, allowedPorts: [443, 8443] }),
    ).rejects.toMatchObject(refused);
  });

  test("whose name nobody knows may be tried again later", async () => {
    await expect(allowedDestination("new.example.org", list)).rejects.toMatchObject({
      failure: "unreachable",
      retryable: true,
    });
  });
});
