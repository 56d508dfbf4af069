import { describe, expect, test, vi } from "vitest";
import { isQemuInstalled } from "./qemu-machine.ts";
import { startRack } from "./rack.ts";
import { startTestPortal } from "./test-portal.ts";
import { testRedfish } from "./test-redfish.ts";

const system = "/redfish/v1/Systems/437XR1138R2";

// Without the program there is no machine to test; the reason stands in the report.
const installed = isQemuInstalled();

describe.skipIf(!installed)("a qemu node (skipped when qemu is not installed)", () => {
  test("a Reset powers a real machine whose firmware fetches what the boot settings name", async () => {
    const portal = await startTestPortal();
    const guestOrigin = portal.origin.replace("127.0.0.1", "10.0.2.2");
    // iPXE's own words on the console, and a fetch that only a followed script makes.
    portal.answers.set("/b/real/boot.ipxe", () => ({
      body: `#!ipxe\necho booted-from-the-portal\nchain ${guestOrigin}/b/real/next.ipxe\n`,
    }));
    const rack = await startRack({ network: 27, nodes: [{ name: "vm", machine: "qemu" }] });
    try {
      const [node] = rack.nodes;
      if (node === undefined) throw new Error("no node");
      const client = testRedfish(node);
      const { body } = await client.get(system);
      expect(body).toMatchObject({ PowerState: "Off", SerialNumber: node.serial });
      await client.patch(system, {
        Boot: {
          BootSourceOverrideEnabled: "Once",
          BootSourceOverrideTarget: "UefiHttp",
          HttpBootUri: `${guestOrigin}/b/real/boot.ipxe`,
        },
      });
      const reset = (resetType: string) =>
        client.post(`${system}/Actions/ComputerSystem.Reset`, { ResetType: resetType });
      expect((await reset("On")).status).toBe(204);
      expect(rack.control.report("vm").power).toBe("On");
      await vi.waitFor(
        () =>
          expect(portal.requests.map((request) => request.path)).toEqual([
            "/b/real/boot.ipxe",
            "/b/real/next.ipxe",
          ]),
        { timeout: 90_000, interval: 200 },
      );
      expect(rack.control.console("vm")).toContain("booted-from-the-portal");
      expect((await reset("ForceOff")).status).toBe(204);
      await vi.waitFor(() => expect(rack.control.report("vm").power).toBe("Off"), {
        timeout: 60_000,
      });
    } finally {
      await rack.close();
      await portal.close();
    }
  }, 300_000);
});
