import { afterEach, describe, expect, test } from "vitest";
import {
  captured,
  type FixtureServer,
  goodCredential,
  startFixtureServer,
} from "#lib/drivers/redfish/fixture-server.test-support";
import { redfishDriver } from "#lib/drivers/redfish/open-controller";

const servers: FixtureServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((s) => s.close()));
});
describe("x", () => {
  test.each([
    "nvidia-dgx-h100",
    "dell-idrac",
    "lenovo-xcc",
    "hpe-ilo-dl380a",
    "dmtf-public-rackmount1",
    "nvidia-bluefield-dpu",
  ])("%s", async (name) => {
    const server = await startFixtureServer({ resources: captured(name) });
    servers.push(server);
    const open = redfishDriver({ allowedNetworks: ["127.0.0.0/8"] });
    const controller = open({
      endpoint: server.endpoint,
      credential: goodCredential,
      record: () => {},
    });
    console.log(
      name,
      await controller.identity(),
      await controller.powerState(),
      await controller.networkBoot(),
    );
    const before = server.gets();
    const t = Date.now();
    const inv = await controller.inventory();
    console.log(
      server.gets() - before,
      Date.now() - t,
      JSON.stringify(
        {
          ...inv,
          firmware: inv.firmware.slice(0, 3),
          fw: [inv.firmware.length, inv.firmware.filter((f) => f.version === null).length],
          memory: {
            t: inv.memory.totalGib,
            n: inv.memory.modules.length,
            m: inv.memory.modules[0],
          },
          unread: inv.unread?.slice(0, 5),
          nu: inv.unread?.length,
        },
        null,
        1,
      ),
    );
    await controller.close();
    expect(1).toBe(1);
  });
});
