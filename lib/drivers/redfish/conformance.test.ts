import { afterEach, describe, expect, test } from "vitest";
import { type ConformanceReport, vitalRefusal, worstWords } from "#lib/domain/node/conformance";
import {
  captured,
  goodCredential,
  type Handle,
  type Resources,
  startFixtureServer,
} from "#lib/drivers/redfish/fixture-server.test-support";
import { redfishDriver } from "#lib/drivers/redfish/open-controller";

const open: { close: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

async function reportOf(
  resources: Resources,
  { handle, expands = true }: { handle?: Handle; expands?: boolean } = {},
): Promise<ConformanceReport> {
  const server = await startFixtureServer({ resources, expands, ...(handle && { handle }) });
  const controller = redfishDriver({
    allowedNetworks: ["127.0.0.0/8"],
    limits: { busyWaitMs: 1 },
  })({ endpoint: server.endpoint, credential: goodCredential, record: () => {} });
  open.push(server, controller);
  const { conformance } = await controller.inventory();
  if (!conformance) throw new Error("no report");
  return conformance;
}

/** What is not there, by its verdict. */
function gaps({ rows }: ConformanceReport): string[] {
  return rows
    .filter(({ verdict }) => verdict !== "pass")
    .map(({ id, verdict }) => `${id} ${verdict}`);
}

describe("what captured controllers lack of the standard", () => {
  test.each<[string, string[]]>([
    ["nvidia-dgx-h100", ["virtual_media warn"]],
    ["dell-idrac", ["boot_http warn", "etag unknown"]],
    ["lenovo-xcc", ["boot_http warn"]],
    ["hpe-ilo-dl380a", ["boot_http warn"]],
    [
      "dmtf-public-rackmount1",
      ["boot_http warn", "virtual_media warn", "storage warn", "etag unknown"],
    ],
    [
      "nvidia-bluefield-dpu",
      [
        "boot_hdd warn",
        "boot_cd warn",
        "virtual_media warn",
        "processors fail",
        "memory warn",
        "trusted_modules warn",
        "etag unknown",
      ],
    ],
  ])("%s", async (name, lacks) => {
    const report = await reportOf(captured(name));
    expect(gaps(report)).toEqual(lacks);
    expect(vitalRefusal(report)).toBeNull();
    expect(
      report.rows.filter(({ verdict, effect }) => verdict !== "pass" && effect === null),
    ).toEqual([]);
  });

  test("each row has the answer that decided it and where it was read", async () => {
    const report = await reportOf(captured("dell-idrac"));
    const row = (id: string) => report.rows.find((each) => each.id === id);
    expect(row("boot_http")).toMatchObject({
      path: "/redfish/v1/Systems/System.Embedded.1",
      answer: "there is no HttpBootUri to put the address into",
      effect: "the node boots by PXE, for which its DHCP server has to name a boot program",
    });
    expect(row("power_state")).toMatchObject({ verdict: "pass", answer: 'PowerState: "On"' });
    expect(row("memory")).toMatchObject({ verdict: "pass", answer: "16 members" });
  });

  test("the limit on reads takes no row away", async () => {
    const report = await reportOf(captured("nvidia-dgx-h100"), { expands: false });
    expect(gaps(report)).toEqual(["virtual_media warn"]);
  });
});

const link = (path: string) => ({ "@odata.id": path });

/** A controller with nothing but what is given of its host. */
function bare(host: object): Resources {
  return {
    "/redfish/v1": {
      RedfishVersion: "1.6.0",
      Systems: link("/redfish/v1/Systems"),
      Links: { Sessions: link("/redfish/v1/SessionService/Sessions") },
    },
    "/redfish/v1/Systems": { Members: [link("/redfish/v1/Systems/1")] },
    "/redfish/v1/Systems/1": { Id: "1", PowerState: "Off", ...host },
  };
}

const boot = {
  Boot: {
    BootSourceOverrideEnabled: "Disabled",
    BootSourceOverrideTarget: "None",
    "BootSourceOverrideTarget@Redfish.AllowableValues": ["None", "Pxe"],
  },
};

const resets = (...types: string[]) => ({
  Actions: {
    "#ComputerSystem.Reset": { target: "/reset", "ResetType@Redfish.AllowableValues": types },
  },
});

describe("without power control nothing can be done with a node:", () => {
  test("no reset at all", async () => {
    const words = vitalRefusal(await reportOf(bare(boot)));
    expect(words).toContain("the host cannot be turned on from afar");
    expect(words).toContain("can never be taken from a tenant");
  });

  test("a reset that cannot turn off", async () => {
    const report = await reportOf(bare({ ...boot, ...resets("On", "GracefulShutdown") }));
    expect(vitalRefusal(report)).toBe(
      "Turning the host off (Reset ForceOff): missing, so a host that hangs cannot be turned off, so it can never be taken from a tenant.",
    );
    expect(worstWords(report)).toMatch(
      /^Turning the host off .* other parts? (is|are) missing, too\.$/,
    );
  });

  test("a power state that nobody tells", async () => {
    const report = await reportOf(bare({ ...boot, ...resets("On", "ForceOff"), PowerState: null }));
    expect(vitalRefusal(report)).toContain("no step can tell whether the host is on");
  });

  test("a controller that does not say what it allows is tried, not refused", async () => {
    const actions = { Actions: { "#ComputerSystem.Reset": { target: "/reset" } } };
    const report = await reportOf(bare({ ...boot, ...actions }));
    expect(vitalRefusal(report)).toBeNull();
    expect(gaps(report)).toContain("reset_on unknown");
  });
});

test("without HTTP and PXE it is drives that take a CD which decide whether a node boots", async () => {
  const media = "/redfish/v1/Systems/1/VirtualMedia";
  const cds = {
    Boot: {
      ...boot.Boot,
      "BootSourceOverrideTarget@Redfish.AllowableValues": ["None", "Cd"],
    },
    VirtualMedia: link(media),
  };
  const offering = (actions: object) =>
    reportOf({
      ...bare(cds),
      [media]: { Members: [link(`${media}/CD`)] },
      [`${media}/CD`]: { Id: "CD", MediaTypes: ["CD"], Actions: actions },
    });
  const row = ({ rows }: ConformanceReport, id: string) => rows.find((each) => each.id === id);

  const good = await offering({ "#VirtualMedia.InsertMedia": { target: `${media}/CD/Insert` } });
  expect(row(good, "boot_network")?.verdict).toBe("pass");
  expect(row(good, "virtual_media")).toMatchObject({ verdict: "pass", answer: "1 member" });
  expect(row(good, "boot_http")).toMatchObject({
    verdict: "warn",
    effect: "the node boots from a medium, which its controller fetches",
  });

  const bad = await offering({});
  expect(row(bad, "boot_network")?.verdict).toBe("fail");
  expect(row(bad, "virtual_media")).toMatchObject({
    verdict: "warn",
    path: media,
    answer: "1 member, and none takes a CD",
    effect: "a node that boots neither from an address nor by PXE cannot be booted at all",
  });
});

test("a restart that the driver does not order is not one that it has", async () => {
  const off = ["On", "ForceOff"];
  const graceful = await reportOf(bare({ ...boot, ...resets(...off, "GracefulRestart") }));
  expect(gaps(graceful)).toContain("reset_restart warn");
  const forced = await reportOf(bare({ ...boot, ...resets(...off, "PowerCycle") }));
  expect(gaps(forced).join(" ")).not.toContain("reset_restart");
});

test("no way to boot from the network fails its row, and not the enrolment", async () => {
  const noNetwork = {
    Boot: { ...boot.Boot, "BootSourceOverrideTarget@Redfish.AllowableValues": ["None", "Hdd"] },
  };
  const report = await reportOf(bare({ ...noNetwork, ...resets("On", "ForceOff") }));
  expect(gaps(report)).toContain("boot_network fail");
  expect(vitalRefusal(report)).toBeNull();
});

test("a part that did not answer is unknown, and one that is gone is missing", async () => {
  const host = {
    ...boot,
    ...resets("On", "ForceOff"),
    SecureBoot: link("/secure"),
    Memory: link("/memory"),
  };
  const report = await reportOf(bare(host), {
    handle: ({ path }) => (path.startsWith("/secure") ? { status: 503 } : undefined),
  });
  expect(gaps(report)).toContain("secure_boot unknown");
  expect(gaps(report)).toContain("memory warn");
});
