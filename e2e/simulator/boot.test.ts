import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { offerMedium } from "#e2e/fixtures/boot-medium";
import { makeEfiProgram } from "./efi-program.ts";
import { type Rack, startRack } from "./rack.ts";
import {
  offerBoot,
  offerDeploy,
  offerSanitize,
  startTestPortal,
  type TestPortal,
} from "./test-portal.ts";
import { testRedfish } from "./test-redfish.ts";

// The machine that runs the tests may be busy with others.
const patience = { timeout: 60_000 };
vi.setConfig({ testTimeout: 300_000 });

const timing = {
  powerMs: 20,
  bootMs: 20,
  installMs: 60,
  wipeDeviceMs: 1,
  shutdownMs: 20,
  retryMs: 10,
};

let rack: Rack;
let portal: TestPortal;
beforeAll(async () => {
  portal = await startTestPortal();
  rack = await startRack({
    network: 21,
    timing,
    pxeOrigin: portal.origin,
    nodes: [
      { name: "dgx", count: 6 },
      { name: "plain", flavour: "plain" },
      { name: "pxe", flavour: "pxe-only" },
      { name: "media", flavour: "media-only" },
      { name: "cpu", flavour: "plain", gpus: 0 },
    ],
  });
});
afterAll(async () => {
  await rack.close();
  await portal.close();
});

function identity(name: string) {
  const node = rack.nodes.find((candidate) => candidate.name === name);
  if (node === undefined) throw new Error(`no node ${name}`);
  return node;
}

async function systemPath(name: string): Promise<string> {
  const { body } = await testRedfish(identity(name)).get("/redfish/v1/Systems");
  return body.Members.at(-1)["@odata.id"];
}

async function reset(name: string, resetType: string): Promise<void> {
  const path = `${await systemPath(name)}/Actions/ComputerSystem.Reset`;
  const answer = await testRedfish(identity(name)).post(path, { ResetType: resetType });
  expect([202, 204]).toContain(answer.status);
}

async function bootOnce(name: string, httpBootUri: string | null): Promise<void> {
  const boot = {
    BootSourceOverrideEnabled: "Once",
    BootSourceOverrideMode: "UEFI",
    ...(httpBootUri === null
      ? { BootSourceOverrideTarget: "Pxe" }
      : { BootSourceOverrideTarget: "UefiHttp", HttpBootUri: httpBootUri }),
  };
  const answer = await testRedfish(identity(name)).patch(await systemPath(name), { Boot: boot });
  expect([200, 204]).toContain(answer.status);
  await reset(name, "On");
}

const phaseIs = (name: string, phase: string) =>
  vi.waitFor(() => expect(rack.control.report(name).phase).toBe(phase), patience);

const asked = (token: string) => portal.requests.filter((request) => request.path.includes(token));

describe("a boot from virtual media", () => {
  const drive = "/redfish/v1/Managers/BMC/VirtualMedia/Cd";
  const order = (name: "InsertMedia" | "EjectMedia", body: object) =>
    testRedfish(identity("media")).post(`${drive}/Actions/VirtualMedia.${name}`, body);
  const fromCd = { BootSourceOverrideEnabled: "Once", BootSourceOverrideTarget: "Cd" };
  const inserted = () => rack.control.report("media").medium;

  test("takes what can be fetched and started from, and nothing else", async () => {
    const program = offerBoot(portal, "media1", "quiet");
    const medium = offerMedium(portal, program);
    portal.answers.set("/text.iso", () => ({ body: Buffer.alloc(100_000, "no CD") }));
    for (const [image, status, id] of [
      [program, 400, "ResourceAtUriInUnknownFormat"],
      [`${medium}?a=.iso`, 400, "ResourceAtUriInUnknownFormat"],
      [`${portal.origin}/text.iso`, 400, "ResourceAtUriInUnknownFormat"],
      [`${portal.origin}/none.iso`, 400, "CouldNotEstablishConnection"],
      [undefined, 400, "ActionParameterMissing"],
    ] as const) {
      const answer = await order("InsertMedia", { Image: image });
      expect([image, answer.status]).toEqual([image, status]);
      expect(JSON.stringify(answer.body)).toContain(id);
      expect(inserted()).toBeNull();
    }
    expect((await order("InsertMedia", { Image: medium })).status).toBe(204);
    expect(inserted()).toBe(medium);
    // One has to be taken out before another.
    expect((await order("InsertMedia", { Image: medium })).status).toBe(409);
    const shown = await testRedfish(identity("media")).get(drive);
    expect(shown.body).toMatchObject({ Image: medium, Inserted: true });
    expect((await order("EjectMedia", {})).status).toBe(204);
    expect(inserted()).toBeNull();
  });

  test("finds nothing in an empty drive, and starts what is in a full one", async () => {
    const redfish = testRedfish(identity("media"));
    await redfish.patch(await systemPath("media"), { Boot: fromCd });
    await reset("media", "On");
    await phaseIs("media", "no-bootable-device");
    expect(rack.control.report("media").boots.at(-1)?.outcome).toBe("no medium");
    await reset("media", "ForceOff");
    await phaseIs("media", "off");

    const medium = offerMedium(portal, offerDeploy(portal, "media2"));
    expect((await order("InsertMedia", { Image: medium })).status).toBe(204);
    await redfish.patch(await systemPath("media"), { Boot: fromCd });
    await reset("media", "On");
    await phaseIs("media", "running");
    const { address, controllerAddress } = identity("media");
    const peersOf = (path: RegExp) =>
      new Set(asked("media2").flatMap((each) => (path.test(each.path) ? [each.peer] : [])));
    // The controller fetches it, and the host asks for the rest.
    expect(peersOf(/\.iso$/)).toEqual(new Set([controllerAddress.split(":")[0]]));
    expect(peersOf(/^\/[nh]/)).toEqual(new Set([address]));
  });
});

describe("a deploy boot", () => {
  test("fetches what it was told, reports each stage, phones home and comes up", async () => {
    await bootOnce("dgx-1", offerDeploy(portal, "deploy1"));
    await phaseIs("dgx-1", "running");

    const requests = asked("deploy1");
    expect(
      requests.map((request) => request.path).filter((path) => !path.startsWith("/e/")),
    ).toEqual([
      "/b/deploy1/boot.efi",
      "/b/deploy1/boot.efi",
      "/n/deploy1/meta-data",
      "/n/deploy1/vendor-data",
      "/n/deploy1/user-data",
      "/h/deploy1",
    ]);
    // Everything comes from the node's own address: that is how a portal learns it.
    expect(new Set(requests.map((request) => request.peer))).toEqual(
      new Set([identity("dgx-1").address]),
    );

    const home = requests.find((request) => request.path === "/h/deploy1");
    expect(home?.contentType).toBe("application/x-www-form-urlencoded");
    const form = new URLSearchParams(home?.body);
    expect(form.get("instance_id")).toBe("iid-deploy1");
    expect(form.get("hostname")).toBe("host-deploy1");
    expect(form.get("pub_key_ed25519")).toMatch(
      /^ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI\S{43} root@host-deploy1$/,
    );

    const events = requests
      .filter((request) => request.path.startsWith("/e/"))
      .map((request) => JSON.parse(request.body));
    expect(events[0]).toMatchObject({
      name: "init-local",
      event_type: "start",
      origin: "cloudinit",
    });
    expect(
      events.filter((event) => !event.name.includes("/") && event.event_type === "finish"),
    ).toMatchObject(
      ["init-local", "init-network", "modules-config", "modules-final"].map((name) => ({
        name,
        result: "SUCCESS",
      })),
    );
    expect(rack.control.report("dgx-1")).toMatchObject({
      installed: { instanceId: "iid-deploy1", hostname: "host-deploy1" },
      exporter: { open: true },
      boots: [{ kind: "deploy", outcome: "phoned home" }],
    });
  });

  test("an override that holds once is used up, and the next start is from the disk", async () => {
    const requestsBefore = portal.requests.length;
    const { body } = await testRedfish(identity("dgx-1")).get(await systemPath("dgx-1"));
    expect(body.Boot).toMatchObject({
      BootSourceOverrideEnabled: "Disabled",
      BootSourceOverrideTarget: "None",
      HttpBootUri: null,
    });
    // Held in its firmware for a while, to see that the exporter went with the system.
    await rack.control.setFaults("dgx-1", ["never-boots"]);
    await reset("dgx-1", "ForceRestart");
    await phaseIs("dgx-1", "firmware");
    await vi.waitFor(
      () => expect(rack.control.report("dgx-1").exporter.open).toBe(false),
      patience,
    );
    await rack.control.setFaults("dgx-1", []);
    await reset("dgx-1", "ForceRestart");
    await phaseIs("dgx-1", "running");
    expect(rack.control.report("dgx-1").boots.at(-1)).toMatchObject({ kind: "disk" });
    expect(portal.requests).toHaveLength(requestsBefore);
  });

  test("a PXE boot goes where the site's DHCP says, by the node's own address", async () => {
    const mac = identity("pxe").mac.replaceAll(":", "-");
    const url = offerDeploy(portal, "deploy2").replace("boot.efi", "boot.ipxe");
    portal.answers.set(`/pxe/${mac}/boot.ipxe`, () => ({ body: `#!ipxe\nchain ${url}\n` }));
    await bootOnce("pxe", null);
    await phaseIs("pxe", "running");
    expect(asked("deploy2").some((request) => request.path === "/h/deploy2")).toBe(true);
  });

  test("phones home again until it is taken", async () => {
    const url = offerDeploy(portal, "deploy3");
    let calls = 0;
    portal.answers.set("/h/deploy3", () => ({ status: ++calls < 3 ? 503 : 200 }));
    await bootOnce("cpu", url);
    await phaseIs("cpu", "running");
    expect(calls).toBe(3);
    expect(rack.control.report("cpu").exporter.open).toBe(false);
  });

  test("without its seed the system is up and nobody's", async () => {
    const url = offerDeploy(portal, "deploy4");
    portal.answers.set("/n/deploy4/user-data", () => ({ status: 410 }));
    await bootOnce("plain", url);
    await phaseIs("plain", "live");
    expect(rack.control.report("plain")).toMatchObject({
      installed: null,
      boots: [{ outcome: "user-data: HTTP 410" }],
    });
  });

  test("a failing script is reported, and the node still phones home", async () => {
    await rack.control.setFaults("dgx-2", ["script-fails"]);
    await bootOnce("dgx-2", offerDeploy(portal, "deploy5"));
    await phaseIs("dgx-2", "running");
    const failed = asked("deploy5")
      .filter((request) => request.path.startsWith("/e/"))
      .map((request) => JSON.parse(request.body))
      .filter((event) => event.result === "FAIL")
      .map((event) => event.name);
    expect(failed).toEqual(["modules-final/config-scripts_user", "modules-final"]);
    expect(rack.control.report("dgx-2").boots.at(-1)?.outcome).toBe("phoned home");
  });

  test("power that is cut in the middle ends it there, its connections too", async () => {
    const url = offerDeploy(portal, "deploy6");
    portal.answers.set("/n/deploy6/meta-data", () => "hang");
    await bootOnce("dgx-3", url);
    await phaseIs("dgx-3", "installing");
    await vi.waitFor(() => expect(asked("/n/deploy6/meta-data")).toHaveLength(1), patience);
    await reset("dgx-3", "ForceOff");
    await phaseIs("dgx-3", "off");
    await vi.waitFor(
      () => expect(asked("/n/deploy6/meta-data")[0]?.wasCutOff).toBe(true),
      patience,
    );
    expect(rack.control.report("dgx-3")).toMatchObject({ power: "Off", installed: null });
    expect(asked("deploy6").at(-1)?.path).toBe("/n/deploy6/meta-data");
  });
});

describe("a sanitize boot", () => {
  test("wipes every device, reports each, and powers itself off with an empty disk", async () => {
    await bootOnce("dgx-4", offerDeploy(portal, "deploy7"));
    await phaseIs("dgx-4", "running");
    await reset("dgx-4", "ForceOff");
    await phaseIs("dgx-4", "off");
    await bootOnce("dgx-4", offerSanitize(portal, "wipe1"));
    await vi.waitFor(
      () => expect(rack.control.report("dgx-4").boots.at(-1)?.outcome).toBe("wiped"),
      patience,
    );
    await phaseIs("dgx-4", "off");

    const reports = asked("wipe1").filter((request) => request.path === "/w/wipe1/report");
    expect(reports).toHaveLength(1);
    const { devices } = JSON.parse(reports[0]?.body ?? "");
    const counts = Object.groupBy(devices, (device: { kind: string }) => device.kind);
    expect(Object.entries(counts).map(([kind, list]) => [kind, list?.length])).toEqual([
      ["nvme", 10],
      ["ram", 1],
      ["gpu_memory", 8],
      ["tpm", 1],
    ]);
    const progress = asked("wipe1").filter((request) => request.path === "/w/wipe1/progress");
    expect(progress).toHaveLength(22);
    expect(rack.control.report("dgx-4").installed).toBeNull();

    // The serials are those that the controller tells.
    const client = testRedfish(identity("dgx-4"));
    const { body: storage } = await client.get("/redfish/v1/Systems/DGX/Storage/1");
    const drive = await client.get(storage.Drives[0]["@odata.id"]);
    expect(drive.body.SerialNumber).toBe(devices[0].serial);
  });

  test("a device that cannot be wiped is named in the report", async () => {
    await rack.control.setFaults("dgx-4", ["wipe-fails"]);
    await bootOnce("dgx-4", offerSanitize(portal, "wipe2"));
    await vi.waitFor(
      () => expect(rack.control.report("dgx-4").boots.at(-1)?.outcome).toBe("wiped in part"),
      patience,
    );
    const report = asked("wipe2").find((request) => request.path === "/w/wipe2/report");
    const failed = JSON.parse(report?.body ?? "").devices.filter(
      (device: { result: string }) => device.result === "failed",
    );
    expect(failed).toHaveLength(1);
    expect(failed[0].message).toContain("denied");
    await phaseIs("dgx-4", "off");
    await rack.control.setFaults("dgx-4", []);
  });

  test("a wipe that hangs reports nothing more until the power is cut", async () => {
    await rack.control.setFaults("dgx-4", ["wipe-hangs"]);
    await bootOnce("dgx-4", offerSanitize(portal, "wipe3"));
    await vi.waitFor(() => expect(asked("wipe3")).toHaveLength(4), patience);
    expect(rack.control.report("dgx-4").phase).toBe("sanitizing");
    await reset("dgx-4", "GracefulShutdown");
    expect(rack.control.report("dgx-4").phase).toBe("sanitizing");
    await reset("dgx-4", "ForceOff");
    await phaseIs("dgx-4", "off");
  });
});

describe("a boot that fails", () => {
  test("an empty node whose portal awaits nothing finds no bootable device", async () => {
    await bootOnce("dgx-5", `${portal.origin}/b/nothing/boot.efi`);
    await phaseIs("dgx-5", "no-bootable-device");
    expect(asked("/b/nothing")).toHaveLength(1);
    expect(rack.control.report("dgx-5").power).toBe("On");
    await reset("dgx-5", "ForceOff");
    await phaseIs("dgx-5", "off");
  });

  test("a portal in trouble is asked again, then given up", async () => {
    portal.answers.set("/b/trouble/boot.efi", () => ({ status: 500 }));
    await bootOnce("dgx-5", `${portal.origin}/b/trouble/boot.efi`);
    await phaseIs("dgx-5", "no-bootable-device");
    expect(asked("/b/trouble")).toHaveLength(4);
    await reset("dgx-5", "ForceOff");
    await phaseIs("dgx-5", "off");
  });

  test("firmware that boots from an address takes no script", async () => {
    const url = offerBoot(portal, "script", "quiet").replace("boot.efi", "boot.ipxe");
    await bootOnce("dgx-5", url);
    await phaseIs("dgx-5", "no-bootable-device");
    expect(asked("/b/script").map((request) => request.method)).toEqual(["HEAD"]);
    // Named like a program it is fetched, and not started.
    portal.answers.set("/b/named/boot.efi", () => ({ body: "#!ipxe\nexit\n" }));
    await reset("dgx-5", "ForceOff");
    await phaseIs("dgx-5", "off");
    await bootOnce("dgx-5", `${portal.origin}/b/named/boot.efi`);
    await phaseIs("dgx-5", "no-bootable-device");
    expect(asked("/b/named").map((request) => request.method)).toEqual(["HEAD", "GET"]);
    await reset("dgx-5", "ForceOff");
    await phaseIs("dgx-5", "off");
  });

  test("a kernel without its initrd panics", async () => {
    const kernel = { name: ".linux", content: Buffer.alloc(1_000) };
    portal.answers.set("/b/panic/boot.efi", () => ({ body: makeEfiProgram([kernel]) }));
    await bootOnce("dgx-5", `${portal.origin}/b/panic/boot.efi`);
    await phaseIs("dgx-5", "no-bootable-device");
    expect(
      rack.control
        .report("dgx-5")
        .boots.at(-1)
        ?.requests.map((r) => r.status),
    ).toEqual([200, 200]);
    await reset("dgx-5", "ForceOff");
    await phaseIs("dgx-5", "off");
  });

  test("a firmware that never boots asks for nothing", async () => {
    await rack.control.setFaults("dgx-6", ["never-boots"]);
    await bootOnce("dgx-6", offerDeploy(portal, "never"));
    await phaseIs("dgx-6", "firmware");
    await reset("dgx-6", "GracefulShutdown");
    expect(rack.control.report("dgx-6")).toMatchObject({ power: "On", phase: "firmware" });
    expect(asked("never")).toHaveLength(0);
    await reset("dgx-6", "ForceOff");
    await phaseIs("dgx-6", "off");
  });

  test("a system whose network is lost is up and was not heard of", async () => {
    await rack.control.setFaults("dgx-6", ["no-phone-home"]);
    await bootOnce("dgx-6", offerDeploy(portal, "silent"));
    await phaseIs("dgx-6", "running");
    expect(asked("silent").some((request) => request.path.startsWith("/h/"))).toBe(false);
    await reset("dgx-6", "GracefulShutdown");
    await phaseIs("dgx-6", "off");
  });
});
