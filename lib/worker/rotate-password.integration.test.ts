import { eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Connection, connect, type Database } from "#db/client";
import { findCredential } from "#db/queries/nodes";
import { insertOperation } from "#db/queries/operations";
import { findOpenRotation, listRotationsOf } from "#db/queries/password-rotations";
import { controllerCredentials, nodes } from "#db/schema/nodes";
import { exchanges, operations } from "#db/schema/operations";
import { givenDatabase } from "#e2e/fixtures/database";
import { asOperator, givenFleet } from "#e2e/fixtures/launchable";
import { givenFleetGrant } from "#e2e/fixtures/people";
import { credentialPlace, newSealingKeys, seal, unseal } from "#lib/access/sealed";
import { retryRotation } from "#lib/commands/retry-rotation";
import { createLog } from "#lib/config/log";
import type { Id } from "#lib/domain/id";
import {
  type FixtureServer,
  goodCredential,
  type Reply,
  type Seen,
  startFixtureServer,
} from "#lib/drivers/redfish/fixture-server.test-support";
import { redfishDriver } from "#lib/drivers/redfish/open-controller";
import { type NodeContext, nodeContext } from "#lib/worker/context";
import { type Controllers, createControllers } from "#lib/worker/controllers";
import { rotatePassword } from "#lib/worker/rotate-password";

const { publicKey, privateKey } = newSealingKeys();
const log = createLog("test", "silent");
const link = (path: string) => ({ "@odata.id": path });
const sessionsPath = "/redfish/v1/SessionService/Sessions";
const accountPath = "/redfish/v1/AccountService/Accounts/slot-7";

/** What the controller is and does; each test begins with one that works. */
let controller: {
  password: string;
  sessions: Map<string, string>;
  refused: number;
  passwords: number;
  onPassword: "take" | "refuse" | "lie" | "cut off";
};
let database: Awaited<ReturnType<typeof givenDatabase>>;
let app: Connection;
let worker: Connection;
let server: FixtureServer;
let nodeId: Id<"node">;
let operationId: Id<"operation">;

// The worker dies before the effect of this number, a request or a write, and does nothing after.
let deathAt = Number.POSITIVE_INFINITY;
let effects = 0;
const isDead = () => ++effects >= deathAt;

beforeAll(async () => {
  database = await givenDatabase();
  app = connect({ url: database.url, role: "ingot_app" });
  worker = connect({ url: database.url, role: "ingot_worker" });
  server = await startFixtureServer({
    resources: {
      "/redfish/v1": {
        Systems: link("/redfish/v1/Systems"),
        AccountService: link("/redfish/v1/AccountService"),
        Links: { Sessions: link(sessionsPath) },
      },
      "/redfish/v1/Systems": { Members: [link("/redfish/v1/Systems/1")] },
      "/redfish/v1/Systems/1": { Id: "1", PowerState: "On" },
      "/redfish/v1/AccountService": {
        MinPasswordLength: 8,
        MaxPasswordLength: 20,
        Accounts: link("/redfish/v1/AccountService/Accounts"),
      },
      "/redfish/v1/AccountService/Accounts": {
        Members: [link("/redfish/v1/AccountService/Accounts/slot-1"), link(accountPath)],
      },
      "/redfish/v1/AccountService/Accounts/slot-1": { UserName: "", Enabled: false },
      [accountPath]: { UserName: goodCredential.username, Enabled: true, "@odata.etag": '"7"' },
    },
    handle: (seen, response) => {
      if (isDead()) {
        response.destroy();
        return "written";
      }
      const reply = answer(seen);
      if (reply === "cut off") {
        response.destroy();
        return "written";
      }
      return reply;
    },
  });
});
afterAll(async () => {
  await app.pool.end();
  await worker.pool.end();
  await server.close();
  await database.drop();
});

function answer(seen: Seen): Reply | "cut off" {
  const path = (seen.path.split("?")[0] ?? "").replace(/\/$/, "");
  if (path === "/redfish/v1") return { status: 200, body: server.resources[path] };
  if (path === sessionsPath && seen.method === "POST") {
    const { Password } = JSON.parse(seen.body) as { Password: string };
    if (Password !== controller.password) {
      controller.refused++;
      return { status: 401 };
    }
    const token = `token-${Math.random()}`;
    const at = `${sessionsPath}/${controller.sessions.size + 1}`;
    controller.sessions.set(at, token);
    return { status: 201, headers: { "x-auth-token": token, location: at }, body: link(at) };
  }
  const token = String(seen.headers["x-auth-token"]);
  if (![...controller.sessions.values()].includes(token)) return { status: 401 };
  if (seen.method === "DELETE") {
    return { status: controller.sessions.delete(path) ? 204 : 404 };
  }
  if (path === sessionsPath) {
    return { status: 200, body: { Members: [...controller.sessions.keys()].map(link) } };
  }
  if (path.startsWith(sessionsPath)) {
    return { status: 200, body: { ...link(path), UserName: goodCredential.username } };
  }
  if (seen.method === "PATCH") return takePassword(path, seen);
  const body = server.resources[path];
  return body === undefined ? { status: 404 } : { status: 200, body };
}

function takePassword(path: string, seen: Seen): Reply | "cut off" {
  if (path !== accountPath || seen.headers["if-match"] !== '"7"') return { status: 412 };
  if (controller.onPassword === "refuse") return { status: 400 };
  controller.passwords++;
  if (controller.onPassword === "lie") return { status: 204 };
  controller.password = (JSON.parse(seen.body) as { Password: string }).Password;
  return controller.onPassword === "cut off" ? "cut off" : { status: 204 };
}

beforeEach(async () => {
  deathAt = Number.POSITIVE_INFINITY;
  const fleet = await givenFleet(app.db, { racks: [1] });
  const [first] = fleet.racks[0] ?? [];
  if (!first) throw new Error("no node");
  nodeId = first;
  await asOperator(app.db, async (tx) => {
    await tx
      .update(nodes)
      .set({ lifecycle: "retired" })
      .where(eq(nodes.controllerAddress, server.address));
    await tx
      .update(nodes)
      .set({
        controllerAddress: server.address,
        controllerFingerprint: server.endpoint.fingerprint,
        controllerCertificate: server.endpoint.certificatePem,
      })
      .where(eq(nodes.id, nodeId));
    const sealed = seal(publicKey, credentialPlace(nodeId), JSON.stringify(goodCredential));
    await tx.insert(controllerCredentials).values({ nodeId, sealed });
  });
  await begin();
});

/** The controller as it was delivered, its node's sign-in with it, and a new operation. */
async function begin(): Promise<void> {
  controller = {
    password: goodCredential.password,
    sessions: new Map([[`${sessionsPath}/old`, "a token from before"]]),
    refused: 0,
    passwords: 0,
    onPassword: "take",
  };
  await worker.db
    .update(controllerCredentials)
    .set({
      sealed: seal(publicKey, credentialPlace(nodeId), JSON.stringify(goodCredential)),
      state: "good",
    })
    .where(eq(controllerCredentials.nodeId, nodeId));
  await worker.db
    .update(operations)
    .set({ state: "succeeded" })
    .where(eq(operations.nodeId, nodeId));
  operationId = await asOperator(app.db, (tx) =>
    insertOperation(tx, { kind: "node.rotate_credential", nodeId }),
  );
}

/** The worker's database, which a dead worker writes nothing to; evidence is no effect. */
function mortal(db: Database): Database {
  return new Proxy(db, {
    get: (target, name) => {
      const found: unknown = Reflect.get(target, name, target);
      if (typeof found !== "function") return found;
      return (...args: unknown[]) => {
        const isWrite =
          name === "update" ||
          name === "transaction" ||
          (name === "insert" && args[0] !== exchanges);
        if (isWrite && isDead()) throw new Error("dead");
        return (found as (...given: unknown[]) => unknown).apply(target, args);
      };
    },
  });
}

function newWorker(): Controllers {
  return createControllers({
    db: mortal(worker.db),
    openController: redfishDriver({ allowedNetworks: ["127.0.0.0/8"], limits: { settleMs: 1 } }),
    openIpmiController: () => {
      throw new Error("no node here speaks IPMI");
    },
    readCertificate: () => Promise.reject(new Error("not asked for")),
    privateKey,
    idleMs: 60_000,
    log,
  });
}

async function rotate(controllers = newWorker()) {
  const [operation] = await worker.db
    .select()
    .from(operations)
    .where(eq(operations.id, operationId));
  if (!operation) throw new Error("no operation");
  const context = nodeContext(
    {
      db: mortal(worker.db),
      controllers,
      networks: { open: () => Promise.reject(new Error("not asked for")), close: () => {} },
      fabrics: { open: () => Promise.reject(new Error("not asked for")), close: () => {} },
      readCertificate: () => Promise.reject(new Error("not asked for")),
      settings: {
        bootOrigin: "",
        bootSecret: "",
        credentialPrivateKey: "",
        bootLimitMs: 1,
        sanitizeLimitMs: 1,
        inspectLimitMs: 1,
        pollMs: 1,
      },
      log,
    },
    operation,
    { confirm: async () => {} } as NodeContext["hold"],
  );
  return rotatePassword(context, "rotate_credential");
}

async function storedPassword(): Promise<string> {
  const credential = await findCredential(worker.db, nodeId);
  if (!credential) throw new Error("no credential");
  const text = unseal(privateKey, credentialPlace(nodeId), credential.sealed);
  return (JSON.parse(text) as { password: string }).password;
}

test("a new password is set under the account's ETag, proven by a sign-in, and ends what was before", async () => {
  const controllers = newWorker();
  expect(await rotate(controllers)).toMatchObject({ outcome: "done" });
  expect(controller.password).not.toBe(goodCredential.password);
  expect(controller.password).toHaveLength(20);
  expect(await storedPassword()).toBe(controller.password);
  expect([controller.refused, controller.sessions.size]).toEqual([0, 1]);
  expect((await findCredential(worker.db, nodeId))?.state).toBe("good");
  // Once per operation, however often it is done.
  expect(await rotate(controllers)).toMatchObject({ outcome: "done" });
  expect(controller.passwords).toBe(1);
  await controllers.closeIdle(true);
  const kept = await worker.db.select().from(exchanges).where(eq(exchanges.nodeId, nodeId));
  expect(JSON.stringify(kept)).not.toContain(controller.password);
});

test("killed before any request and any write, it ends with the password that the controller takes", async () => {
  effects = 0;
  await rotate();
  const all = effects;
  expect(all).toBeGreaterThan(15);
  for (let at = 1; at <= all; at++) {
    await begin();
    effects = 0;
    deathAt = at;
    await rotate().catch(() => {});
    expect(effects).toBeGreaterThanOrEqual(at);
    deathAt = Number.POSITIVE_INFINITY;

    expect([at, await rotate()]).toMatchObject([at, { outcome: "done" }]);
    expect([at, await storedPassword()]).toEqual([at, controller.password]);
    expect(controller.password).not.toBe(goodCredential.password);
    expect(controller.refused).toBeLessThanOrEqual(1);
    expect(await findOpenRotation(worker.db, nodeId)).toBeUndefined();
  }
});

test("a change whose answer was lost is finished, and one that was refused or not kept is taken back", async () => {
  controller.onPassword = "cut off";
  expect(await rotate()).toMatchObject({ outcome: "done" });
  expect([await storedPassword(), controller.refused]).toEqual([controller.password, 0]);

  for (const [onPassword, refused, said] of [
    ["refuse", 0, /^The controller refused a new password: 400/],
    ["lie", 1, /accepted a new password, and still takes the one before/],
  ] as const) {
    await begin();
    controller.onPassword = onPassword;
    const came = await rotate();
    expect(came).toMatchObject({ outcome: "failed", words: expect.stringMatching(said) });
    expect([await storedPassword(), controller.refused]).toEqual([controller.password, refused]);
    expect(await findOpenRotation(worker.db, nodeId)).toBeUndefined();
  }
});

test("when neither password works each is tried once and both are kept, until an operator says so", async () => {
  deathAt = Number.POSITIVE_INFINITY;
  controller.onPassword = "cut off";
  // Somebody changes it while ours is on its way.
  const theirs = "somebody else's";
  const changing = rotate();
  const watched = Object.defineProperty({ ...controller }, "password", {
    get: () => theirs,
    set: (password: string) => {
      ours = password;
    },
  });
  let ours = "";
  const first = controller;
  while (controller.sessions.size < 2) await new Promise((next) => setImmediate(next));
  controller = watched;
  await expect(changing).rejects.toMatchObject({ failure: "auth_failed", retryable: false });
  expect(first.sessions.size).toBeGreaterThan(1);
  expect(controller.refused).toBe(2);
  const ask = async () => {
    const opened = await newWorker().open(nodeId, { operationId: null, step: null });
    return opened.powerState();
  };
  await expect(ask()).rejects.toMatchObject({ failure: "auth_failed" });
  expect(controller.refused).toBe(2);

  // It turns out to be ours after all.
  controller = { ...first, password: ours, refused: 0 };
  const grant = await givenFleetGrant(app.db, "node.enrol");
  await worker.db.update(operations).set({ state: "failed" }).where(eq(operations.id, operationId));
  expect(await retryRotation(app.db, grant, { nodeId })).toMatchObject({ ok: true });
  await expect(ask()).resolves.toBe("on");
  expect([await storedPassword(), controller.refused]).toEqual([ours, 0]);
  expect(await retryRotation(app.db, grant, { nodeId })).toMatchObject({
    refusal: { kind: "not_now" },
  });
});

test("nobody else settles a change whose operation goes on, and anybody does once it has ended", async () => {
  effects = 0;
  controller.onPassword = "cut off";
  const controllers = newWorker();
  const settling = controllers.settle;
  await rotate({ ...controllers, settle: () => Promise.reject(new Error("killed")) }).catch(
    () => {},
  );
  expect((await listRotationsOf(worker.db, operationId)).map(({ state }) => state)).toEqual([
    "sent",
  ]);
  const other = { operationId: null, step: null };
  await expect(newWorker().open(nodeId, other)).rejects.toMatchObject({ failure: "busy" });
  await worker.db
    .update(operations)
    .set({ state: "superseded" })
    .where(eq(operations.id, operationId));
  expect(await settling(nodeId, other, "new")).toBe("committed");
  expect(await storedPassword()).toBe(controller.password);
});
