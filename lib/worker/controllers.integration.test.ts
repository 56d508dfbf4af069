import { and, eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Connection, connect } from "#db/client";
import { insertOperation } from "#db/queries/operations";
import { markRotationSent, prepareRotation } from "#db/queries/password-rotations";
import { controllerCredentials, nodes } from "#db/schema/nodes";
import { exchanges } from "#db/schema/operations";
import { givenDatabase } from "#e2e/fixtures/database";
import { asOperator, givenFleet } from "#e2e/fixtures/launchable";
import { credentialPlace, newSealingKeys, seal } from "#lib/access/sealed";
import { createLog } from "#lib/config/log";
import type { Id } from "#lib/domain/id";
import {
  type FixtureServer,
  goodCredential,
  type Handle,
  startFixtureServer,
} from "#lib/drivers/redfish/fixture-server.test-support";
import { redfishDriver } from "#lib/drivers/redfish/open-controller";
import { certificateReader } from "#lib/drivers/redfish/read-certificate";
import { type Controllers, createControllers } from "#lib/worker/controllers";

const { publicKey, privateKey } = newSealingKeys();
const link = (path: string) => ({ "@odata.id": path });
const none = { operationId: null, step: null };

let database: Awaited<ReturnType<typeof givenDatabase>>;
let app: Connection;
let worker: Connection;
let server: FixtureServer;
let handle: Handle;
let nodeId: Id<"node">;

beforeAll(async () => {
  database = await givenDatabase();
  app = connect({ url: database.url, role: "ingot_app" });
  worker = connect({ url: database.url, role: "ingot_worker" });
  server = await startFixtureServer({
    resources: {
      "/redfish/v1": {
        Systems: link("/redfish/v1/Systems"),
        Links: { Sessions: link("/redfish/v1/SessionService/Sessions") },
      },
      "/redfish/v1/Systems": { Members: [link("/redfish/v1/Systems/1")] },
      "/redfish/v1/Systems/1": { Id: "1", PowerState: "On" },
    },
    handle: (...args) => handle(...args),
  });
});
afterAll(async () => {
  await app.pool.end();
  await worker.pool.end();
  await server.close();
  await database.drop();
});

beforeEach(async () => {
  handle = () => undefined;
  server.seen.length = 0;
  const fleet = await givenFleet(app.db, { racks: [1] });
  const [first] = fleet.racks[0] ?? [];
  if (!first) throw new Error("no node");
  nodeId = first;
  await asOperator(app.db, async (tx) => {
    const sealed = seal(publicKey, credentialPlace(nodeId), JSON.stringify(goodCredential));
    await tx
      .insert(controllerCredentials)
      .values({ nodeId, sealed })
      .onConflictDoUpdate({ target: controllerCredentials.nodeId, set: { sealed } });
    // Nodes of earlier tests had the same controller, which only a retired one may.
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
  });
});

function newControllers(idleMs = 60_000): Controllers {
  return createControllers({
    db: worker.db,
    openController: redfishDriver({ allowedNetworks: ["127.0.0.0/8"] }),
    openIpmiController: () => {
      throw new Error("no node here speaks IPMI");
    },
    readCertificate: certificateReader({ allowedNetworks: ["127.0.0.0/8"] }),
    privateKey,
    idleMs,
    log: createLog("test", "silent"),
  });
}

const signIns = () => server.seen.filter(({ method }) => method === "POST").length;
const signOuts = () => server.seen.filter(({ method }) => method === "DELETE").length;

test("jobs that come at the same moment share one session, and it is given back when idle", async () => {
  const controllers = newControllers(0);
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      const controller = await controllers.open(nodeId, none);
      await expect(controller.powerState()).resolves.toBe("on");
    }),
  );
  expect([signIns(), signOuts()]).toEqual([1, 0]);
  await new Promise((done) => setTimeout(done, 2));
  await controllers.closeIdle();
  expect([signIns(), signOuts()]).toEqual([1, 1]);
});

test("an entered credential ends the old session, and one new one is opened for all", async () => {
  const controllers = newControllers();
  const ask = async () => (await controllers.open(nodeId, none)).powerState();
  await ask();
  await replaced();
  await Promise.all(Array.from({ length: 8 }, ask));
  expect([signIns(), signOuts()]).toEqual([2, 1]);
  await controllers.closeIdle(true);
});

test("a session is not taken from under a call that lasts longer than the idle time", async () => {
  const controllers = newControllers(0);
  const controller = await controllers.open(nodeId, none);
  let isAsked = () => {};
  const asked = new Promise<void>((done) => {
    isAsked = done;
  });
  let goOn = () => {};
  const held = new Promise<void>((done) => {
    goOn = done;
  });
  handle = async ({ path }) => {
    if (path !== "/redfish/v1/Systems/1") return undefined;
    isAsked();
    await held;
    return undefined;
  };
  const reading = controller.powerState();
  await asked;
  await controllers.closeIdle();
  expect(signOuts()).toBe(0);
  goOn();
  await expect(reading).resolves.toBe("on");
  await controllers.closeIdle(true);
  expect(signOuts()).toBe(1);
});

test("a refused sign-in is tried once, whoever asks and however often", async () => {
  handle = ({ method }) => (method === "POST" ? { status: 401 } : undefined);
  const controllers = newControllers();
  const outcomes = await Promise.allSettled(
    Array.from({ length: 5 }, async () => (await controllers.open(nodeId, none)).powerState()),
  );
  expect(outcomes.every(({ status }) => status === "rejected")).toBe(true);
  // A worker that starts afresh knows it from the database.
  await expect(newControllers().open(nodeId, none)).rejects.toMatchObject({
    failure: "auth_failed",
  });
  expect(signIns()).toBe(1);
});

test("a session that was given back signs in no more, however late a call of it comes", async () => {
  const controllers = newControllers();
  const before = await controllers.open(nodeId, none);
  await before.powerState();
  await replaced();
  await (await controllers.open(nodeId, none)).powerState();
  await expect(before.powerState()).rejects.toMatchObject({ failure: "busy", retryable: true });
  expect(signIns()).toBe(2);
  await controllers.closeIdle(true);
});

test("the refusal of a sign-in that is being changed, or was meanwhile, is not held against the one in use", async () => {
  const operations = await asOperator(app.db, async (tx) => [
    await insertOperation(tx, { kind: "node.enrol", nodeId }),
  ]);
  const [operationId] = operations;
  async function sent() {
    if (!operationId) throw new Error("no operation");
    const id = await prepareRotation(worker.db, { nodeId, operationId, sealed: "" });
    await markRotationSent(worker.db, id);
  }
  const controllers = newControllers();
  for (const [what, changes] of Object.entries({ replaced, sent })) {
    handle = async ({ method }) => {
      if (method !== "POST") return undefined;
      await changes();
      return { status: 401 };
    };
    const controller = await controllers.open(nodeId, none);
    await expect(controller.powerState()).rejects.toMatchObject({ failure: "auth_failed" });
    expect([what, await stateOf()]).toEqual([what, ["reachable", "untried"]]);
    handle = () => undefined;
  }
  await controllers.closeIdle(true);
});

async function replaced() {
  await worker.db
    .update(controllerCredentials)
    .set({ version: sql`${controllerCredentials.version} + 1` })
    .where(eq(controllerCredentials.nodeId, nodeId));
}

/** What is known of the controller, and of its sign-in. */
async function stateOf() {
  const [row] = await worker.db
    .select({ controller: nodes.controllerState, credential: controllerCredentials.state })
    .from(nodes)
    .innerJoin(controllerCredentials, eq(controllerCredentials.nodeId, nodes.id))
    .where(eq(nodes.id, nodeId));
  return [row?.controller, row?.credential];
}

test("exchanges are the evidence of the job that made them, also when two share a session", async () => {
  const operations = await asOperator(app.db, async (tx) => [
    await insertOperation(tx, { kind: "node.enrol", nodeId }),
  ]);
  const [operationId = null] = operations;
  const controllers = newControllers();
  const first = await controllers.open(nodeId, { operationId, step: "connect" });
  const second = await controllers.open(nodeId, { operationId, step: "inventory" });
  await first.powerState();
  await second.powerState();
  await first.powerState();
  await controllers.closeIdle(true);
  await expect
    .poll(async () => {
      const rows = await worker.db
        .select({ step: exchanges.step, path: exchanges.path })
        .from(exchanges)
        .where(and(eq(exchanges.nodeId, nodeId), eq(exchanges.path, "/redfish/v1/Systems/1")))
        .orderBy(exchanges.step);
      return rows.map(({ step }) => step);
    })
    // They are written beside the calls, in any order. Finding the host is a look at the system, too.
    .toEqual(["connect", "connect", "connect", "inventory"]);
});
