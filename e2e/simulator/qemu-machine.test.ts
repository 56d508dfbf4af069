import { describe, expect, test, vi } from "vitest";
import { isQemuInstalled } from "./qemu-machine.ts";
import { startRack } from "./rack.ts";
import { startTestPortal } from "./test-portal.ts";
import { testRedfish } from "./test-redfish.ts";

const system = "/redfish/v1/Systems/1";

// Without the program there is no machine to test; the reason stands in the report.
const installed = isQemuInstalled();

describe.skipIf(!installed)("a qemu node (skipped when qemu is not installed)", () => {
  test("a Reset powers a real machine whose network card fetches the script that its DHCP names", async () => {
    const portal = await startTestPortal();
    const guestOrigin = portal.origin.replace("127.0.0.1", "10.0.2.2");
    const rack = await startRack({
      network: 27,
      nodes: [{ name: "vm", machine: "qemu" }],
      pxeOrigin: portal.origin,
    });
    try {
      const [node] = rack.nodes;
      if (node === undefined) throw new Error("no node");
      const script = `/pxe/${node.mac.replaceAll(":", "-")}/boot.ipxe`;
      // iPXE's own words on the console, and a fetch that only a followed script makes.
      portal.answers.set(script, () => ({
        body: `#!ipxe\necho booted-from-the-portal\nchain ${guestOrigin}/b/real/next.ipxe\n`,
      }));
      const client = testRedfish(node);
      const { body } = await client.get(system);
      expect(body).toMatchObject({ PowerState: "Off", SerialNumber: node.serial });
      await client.patch(system, {
        Boot: { BootSourceOverrideEnabled: "Once", BootSourceOverrideTarget: "Pxe" },
      });
      const reset = (resetType: string) =>
        client.post(`${system}/Actions/ComputerSystem.Reset`, { ResetType: resetType });
      expect((await reset("On")).status).toBe(202);
      expect(rack.control.report("vm").power).toBe("On");
      await vi.waitFor(
        () =>
          expect(portal.requests.map((request) => request.path)).toEqual([
            script,
            "/b/real/next.ipxe",
          ]),
        { timeout: 90_000, interval: 200 },
      );
      expect(rack.control.console("vm")).toContain("booted-from-the-portal");
      expect((await reset("ForceOff")).status).toBe(202);
      await vi.waitFor(() => expect(rack.control.report("vm").power).toBe("Off"), {
        timeout: 60_000,
      });
    } finally {
      await rack.close();
      await portal.close();
    }
  }, 300_000);
});
