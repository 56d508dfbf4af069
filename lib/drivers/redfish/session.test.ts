import { afterEach, describe, expect, test } from "vitest";
import {
  type FixtureServer,
  goodCredential,
  type Handle,
  type Seen,
  startFixtureServer,
} from "#lib/drivers/redfish/fixture-server.test-support";
import { redfishDriver } from "#lib/drivers/redfish/open-controller";
import type { Controller, Exchange } from "#lib/ports/controller";

const sessions = "/redfish/v1/SessionService/Sessions";
const resources = {
  "/redfish/v1": {
    Vendor: "Dell",
    Systems: { "@odata.id": "/redfish/v1/Systems" },
    Links: { Sessions: { "@odata.id": sessions } },
  },
  "/redfish/v1/Systems": { Members: [{ "@odata.id": "/redfish/v1/Systems/1" }] },
  "/redfish/v1/Systems/1": { PowerState: "On" },
};

const open: { close: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

async function start(
  input: { handle?: Handle; auth?: "session" | "basic"; password?: string } = {},
): Promise<{ server: FixtureServer; controller: Controller; exchanges: Exchange[] }> {
  const server = await startFixtureServer({
    resources,
    auth: input.auth ?? "session",
    ...(input.handle && { handle: input.handle }),
  });
  const exchanges: Exchange[] = [];
  const controller = redfishDriver({
    allowedNetworks: ["127.0.0.0/8"],
    limits: { busyWaitMs: 1 },
  })({
    endpoint: server.endpoint,
    credential: { ...goodCredential, password: input.password ?? goodCredential.password },
    record: (exchange) => exchanges.push(exchange),
  });
  open.push(server, controller);
  return { server, controller, exchanges };
}

const isLogin = ({ method, path }: Seen) => method === "POST" && path === sessions;
const credentialUses = (seen: Seen[]) =>
  seen.filter((each) => isLogin(each) || each.headers.authorization !== undefined);

describe("a session", () => {
  test("is opened once for all callers and given back at the end", async () => {
    const { server, controller } = await start();
    await Promise.all([controller.powerState(), controller.powerState(), controller.identity()]);
    await controller.close();
    expect(server.seen.filter(isLogin)).toHaveLength(1);
    expect(credentialUses(server.seen)).toHaveLength(1);
    const last = server.seen.at(-1);
    expect(last).toMatchObject({ method: "DELETE", path: `${sessions}/1` });
    expect(last?.headers["x-auth-token"]).toBe("token-of-session-1-secret");
  });

  test("that the controller has ended is opened again, once", async () => {
    let ended = false;
    const { server, controller } = await start({
      handle: ({ headers }) =>
        ended && headers["x-auth-token"] === "token-of-session-1-secret"
          ? { status: 401 }
          : undefined,
    });
    await controller.powerState();
    ended = true;
    await expect(
      Promise.all([controller.powerState(), controller.powerState(), controller.powerState()]),
    ).resolves.toEqual(["on", "on", "on"]);
    expect(server.seen.filter(isLogin)).toHaveLength(2);
  });

  test("leaves no password and no token in what is kept", async () => {
    const { controller, exchanges } = await start();
    await controller.powerState();
    await controller.close();
    const kept = JSON.stringify(exchanges);
    expect(exchanges.length).toBeGreaterThan(3);
    expect(kept).not.toContain(goodCredential.password);
    expect(kept).not.toContain("secret");
    expect(kept).toContain(goodCredential.username);
  });
});

describe("without a session service", () => {
  test.each([404, 405, 501])("answering %i, Basic is used", async (status) => {
    const { server, controller } = await start({
      auth: "basic",
      handle: (seen) => (isLogin(seen) ? { status } : undefined),
    });
    await expect(controller.powerState()).resolves.toBe("on");
    await controller.close();
    expect(server.seen.filter(isLogin)).toHaveLength(1);
    expect(server.seen.filter(({ method }) => method === "DELETE")).toEqual([]);
  });

  // Slots are lost whenever a worker dies before it can give its session back.
  test.each([
    { status: 503, body: { error: { code: "Base.1.8.SessionLimitExceeded", message: "full" } } },
    {
      status: 400,
      body: { error: { "@Message.ExtendedInfo": [{ MessageId: "IDRAC.2.7.RAC0218" }] } },
    },
  ])("with no slot left ($status), Basic is used", async (answer) => {
    const { server, controller } = await start({
      auth: "basic",
      handle: (seen) => (isLogin(seen) ? answer : undefined),
    });
    await expect(controller.powerState()).resolves.toBe("on");
    await controller.close();
    expect(server.seen.filter(isLogin)).toHaveLength(1);
  });
});

describe("a credential that is refused", () => {
  test.each(["session", "basic"] as const)(
    "is tried once with %s, however many callers there are",
    async (auth) => {
      const { server, controller } = await start({ auth, password: "not the password" });
      const calls = [
        controller.powerState(),
        controller.inventory(),
        controller.identity(),
        controller.power("on"),
      ];
      for (const result of await Promise.allSettled(calls)) {
        expect(result).toMatchObject({
          status: "rejected",
          reason: { failure: "auth_failed", retryable: false },
        });
      }
      await expect(controller.powerState()).rejects.toMatchObject({ failure: "auth_failed" });
      const tried = credentialUses(server.seen).filter(
        (each) => auth === "session" || !isLogin(each),
      );
      expect(tried).toHaveLength(1);
    },
  );

  test("is told apart from a controller that takes sessions alone and has none left", async () => {
    let full = true;
    const { controller, server } = await start({
      handle: (seen) =>
        isLogin(seen) && full
          ? {
              status: 400,
              body: {
                error: { "@Message.ExtendedInfo": [{ MessageId: "IDRAC.2.8.RAC0218" }] },
              },
            }
          : undefined,
    });
    for (let i = 0; i < 3; i++) {
      await expect(controller.powerState()).rejects.toMatchObject({
        failure: "busy",
        retryable: true,
      });
    }
    // Basic, which it refuses, was tried once: it may count as a failed login.
    expect(server.seen.filter((seen) => seen.headers.authorization !== undefined)).toHaveLength(1);
    full = false;
    await expect(controller.powerState()).resolves.toBe("on");
  });
});

test("a resource that refuses every token is not mistaken for a bad credential", async () => {
  const { controller } = await start({
    handle: ({ path }) => (path === "/redfish/v1/Systems" ? { status: 401 } : undefined),
  });
  await expect(controller.powerState()).rejects.not.toMatchObject({ failure: "auth_failed" });
});

test("closing never throws, whatever the controller does", async () => {
  const { server, controller } = await start();
  await controller.powerState();
  await server.close();
  await expect(controller.close()).resolves.toBeUndefined();
});

test("what a controller quotes of a password is in no error", async () => {
  const { controller } = await start({
    password: "hunter22 quoted",
    handle: (seen) =>
      isLogin(seen)
        ? {
            status: 400,
            body: {
              error: { "@Message.ExtendedInfo": [{ Message: "hunter22 quoted is not good" }] },
            },
          }
        : undefined,
  });
  const error = await controller.powerState().catch((thrown: unknown) => thrown);
  expect(String(error)).toContain("is not good");
  expect(String(error)).not.toContain("hunter22");
});
