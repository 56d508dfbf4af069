import { afterEach, describe, expect, test } from "vitest";
import {
  captured,
  type FixtureServer,
  goodCredential,
  type Handle,
  type Reply,
  startFixtureServer,
} from "#lib/drivers/redfish/fixture-server.test-support";
import { redfishDriver } from "#lib/drivers/redfish/open-controller";
import type { Controller } from "#lib/ports/controller";

const systemPath = "/redfish/v1/Systems/1";
const resetPath = `${systemPath}/Actions/ComputerSystem.Reset`;

const open: { close: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

type Host = { controller: Controller; server: FixtureServer; orders: () => string[] };

async function hostThatIs(
  state: unknown,
  input: {
    allowed?: string[];
    reset?: (type: string, system: { PowerState: unknown }) => Reply;
    /** Before each look at the host. */
    look?: (system: { PowerState: unknown }) => void;
    handle?: Handle;
    action?: Record<string, unknown>;
  } = {},
): Promise<Host> {
  const system = {
    Id: "1",
    PowerState: state,
    Actions: {
      "#ComputerSystem.Reset": {
        target: resetPath,
        ...(input.allowed && { "ResetType@Redfish.AllowableValues": input.allowed }),
        ...input.action,
      },
    },
  };
  const server = await startFixtureServer({
    resources: {
      "/redfish/v1": {
        Systems: { "@odata.id": "/redfish/v1/Systems" },
        Links: { Sessions: { "@odata.id": "/redfish/v1/SessionService/Sessions" } },
      },
      "/redfish/v1/Systems": { Members: [{ "@odata.id": systemPath }] },
    },
    handle: (seen, response) => {
      if (seen.path === systemPath) {
        input.look?.(system);
        return { status: 200, body: system };
      }
      if (seen.path === resetPath) {
        const { ResetType } = JSON.parse(seen.body) as { ResetType: string };
        return input.reset?.(ResetType, system) ?? { status: 204 };
      }
      return input.handle?.(seen, response);
    },
  });
  const controller = redfishDriver({
    allowedNetworks: ["127.0.0.0/8"],
    limits: { busyWaitMs: 1, settleMs: 1, taskWaitMs: 50 },
  })({ endpoint: server.endpoint, credential: goodCredential, record: () => {} });
  open.push(server, controller);
  const orders = () =>
    server.seen
      .filter(({ path }) => path === resetPath)
      .map(({ body }) => (JSON.parse(body) as { ResetType: string }).ResetType);
  return { controller, server, orders };
}

test.each([
  ["On", "on"],
  ["Off", "off"],
  ["PoweringOn", "turning_on"],
  ["PoweringOff", "turning_off"],
  ["Paused", "unknown"],
  [null, "unknown"],
  [7, "unknown"],
])("PowerState %j means %s", async (told, meant) => {
  const { controller } = await hostThatIs(told);
  await expect(controller.powerState()).resolves.toBe(meant);
});

describe("an order that already holds is not sent", () => {
  test.each([
    ["on", "On"],
    ["on", "PoweringOn"],
    ["force_off", "Off"],
    ["graceful_off", "Off"],
    ["graceful_off", "PoweringOff"],
  ] as const)("%s to a host that is %s", async (order, state) => {
    const { controller, orders } = await hostThatIs(state);
    await controller.power(order);
    expect(orders()).toEqual([]);
  });
});

describe("the best reset type that is allowed is used", () => {
  test.each([
    ["on", "Off", ["On", "ForceOn", "PushPowerButton"], "On"],
    ["on", "Off", ["ForceOn", "PushPowerButton"], "ForceOn"],
    ["on", "Off", ["PushPowerButton", "ForceOff"], "PushPowerButton"],
    ["force_off", "On", ["ForceOff", "GracefulShutdown"], "ForceOff"],
    ["force_off", "PoweringOff", ["ForceOff"], "ForceOff"],
    ["graceful_off", "On", ["ForceOff", "GracefulShutdown"], "GracefulShutdown"],
    ["force_restart", "On", ["ForceRestart", "PowerCycle"], "ForceRestart"],
    ["force_restart", "On", ["PowerCycle"], "PowerCycle"],
    ["force_restart", "Off", ["On", "ForceRestart"], "On"],
  ] as const)("%s, host %s, allowed %j: %s", async (order, state, allowed, sent) => {
    const { controller, orders } = await hostThatIs(state, { allowed: [...allowed] });
    await controller.power(order);
    expect(orders()).toEqual([sent]);
  });

  test("as an ActionInfo tells, too", async () => {
    const { controller, orders } = await hostThatIs("Off", {
      action: { "@Redfish.ActionInfo": "/redfish/v1/info" },
      handle: ({ path }) =>
        path === "/redfish/v1/info"
          ? {
              status: 200,
              body: { Parameters: [{ Name: "ResetType", AllowableValues: ["ForceOn"] }] },
            }
          : undefined,
    });
    await controller.power("on");
    expect(orders()).toEqual(["ForceOn"]);
  });
});

describe("a forced restart that no reset type does is an off and an on", () => {
  /** Turns off at the third look, and on at once. */
  const obeys = (looks: { left: number }) => (type: string, system: { PowerState: unknown }) => {
    if (type === "On") system.PowerState = "On";
    else if (type === "ForceOff") looks.left = 3;
    else return { status: 400 };
    return { status: 204 };
  };

  test.each([
    ["no type for it is allowed", ["On", "ForceOff", "GracefulRestart"], ["ForceOff", "On"]],
    [
      "those that are allowed are refused",
      ["On", "ForceOff", "ForceRestart", "PowerCycle"],
      ["ForceRestart", "PowerCycle", "ForceOff", "On"],
    ],
    ["nobody says what is allowed", undefined, ["ForceRestart", "PowerCycle", "ForceOff", "On"]],
  ])("where %s", async (_, allowed, sent) => {
    const looks = { left: 0 };
    const { controller, orders, server } = await hostThatIs("On", {
      ...(allowed && { allowed }),
      reset: obeys(looks),
      look: (system) => {
        if (looks.left > 0 && --looks.left === 0) system.PowerState = "Off";
      },
    });
    await controller.power("force_restart");
    expect(orders()).toEqual(sent);
    // It was off before it was turned on.
    const asked = server.seen.map(({ method, path }) => `${method} ${path}`);
    expect(asked.slice(-3)).toEqual([
      `GET ${systemPath}`,
      `GET ${systemPath}`,
      `POST ${resetPath}`,
    ]);
    await expect(controller.powerState()).resolves.toBe("on");
  });

  test("and is not turned on while it is not seen to be off", async () => {
    const { controller, orders } = await hostThatIs("On", { allowed: ["On", "ForceOff"] });
    await expect(controller.power("force_restart")).rejects.toMatchObject({
      failure: "busy",
      retryable: true,
    });
    expect(orders()).toEqual(["ForceOff"]);
  });

  test("but where the power cannot be cut", async () => {
    const { controller, orders } = await hostThatIs("On", { allowed: ["On", "GracefulRestart"] });
    await expect(controller.power("force_restart")).rejects.toMatchObject({
      failure: "unsupported",
    });
    expect(orders()).toEqual([]);
  });
});

describe("an order that cannot be given", () => {
  test.each([
    ["graceful_off", "On", ["ForceOff", "PushPowerButton"]],
    // Whether the button would turn it on or off is not known.
    ["on", "unknown to the controller", ["PushPowerButton"]],
  ] as const)("%s, host %s, allowed %j", async (order, state, allowed) => {
    const { controller, orders } = await hostThatIs(state, { allowed: [...allowed] });
    await expect(controller.power(order)).rejects.toMatchObject({
      failure: "unsupported",
      retryable: false,
    });
    expect(orders()).toEqual([]);
  });
});

describe("a refused order", () => {
  test.each([400, 409])(
    "with %i is a success when the host got there meanwhile",
    async (status) => {
      const { controller } = await hostThatIs("Off", {
        reset: (_, system) => {
          system.PowerState = "On";
          return { status };
        },
      });
      await expect(controller.power("on")).resolves.toBeUndefined();
    },
  );

  test("with 400 steps down the ladder when nobody said what is allowed", async () => {
    const { controller, orders } = await hostThatIs("Off", {
      reset: (type) => ({ status: type === "ForceOn" ? 204 : 400 }),
    });
    await controller.power("on");
    expect(orders()).toEqual(["On", "ForceOn"]);
  });

  test.each([
    [{ status: 409 }, { failure: "busy", retryable: true }],
    [
      { status: 503, headers: { "retry-after": "7" } },
      { failure: "busy", retryable: true, retryAfterMs: 7_000 },
    ],
    [{ status: 429 }, { failure: "busy", retryable: true }],
    [{ status: 500 }, { failure: "rejected", retryable: true }],
    [{ status: 403 }, { failure: "rejected", retryable: false }],
    [{ status: 400 }, { failure: "rejected", retryable: false }],
    [{ status: 501 }, { failure: "unsupported", retryable: false }],
  ])("%j is %j", async (reply, failure) => {
    const { controller } = await hostThatIs("On", { reset: () => reply });
    await expect(controller.power("force_off")).rejects.toMatchObject(failure);
  });

  test("says in its error what the controller said", async () => {
    const { controller } = await hostThatIs("On", {
      reset: () => ({
        status: 400,
        body: {
          error: { "@Message.ExtendedInfo": [{ Message: "The chassis lid is open." }] },
        },
      }),
    });
    await expect(controller.power("force_off")).rejects.toThrow("The chassis lid is open.");
  });
});

test("an order that becomes a task (202) counts as accepted", async () => {
  const { controller } = await hostThatIs("On", {
    reset: () => ({ status: 202, headers: { location: "/redfish/v1/TaskService/Tasks/1" } }),
  });
  await expect(controller.power("force_off")).resolves.toBeUndefined();
});

test("an answer that is no JSON is malformed", async () => {
  const { controller } = await hostThatIs("On", {
    handle: ({ path }) =>
      path === "/redfish/v1/" ? { status: 200, body: "<html>Login</html>" } : undefined,
  });
  await expect(controller.powerState()).rejects.toMatchObject({
    failure: "malformed",
    retryable: false,
  });
});

test("the power of a captured DGX H100 is ordered at its host", async () => {
  const server = await startFixtureServer({
    resources: captured("nvidia-dgx-h100"),
    handle: ({ method, path }) =>
      method === "POST" && path.includes("ComputerSystem.Reset") ? { status: 204 } : undefined,
  });
  const controller = redfishDriver({ allowedNetworks: ["127.0.0.0/8"] })({
    endpoint: server.endpoint,
    credential: goodCredential,
    record: () => {},
  });
  open.push(server, controller);
  await controller.power("force_off");
  expect(server.seen.at(-1)).toMatchObject({
    path: "/redfish/v1/Systems/DGX/Actions/ComputerSystem.Reset",
    body: '{"ResetType":"ForceOff"}',
  });
});
