import { once } from "node:events";
import { connect as connectTo, createServer, type Server } from "node:net";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { nodes } from "#db/schema/nodes";
import { racks } from "#db/schema/sites";
import { givenLab, type Lab, nodeState } from "#e2e/fixtures/lab";
import { startWorker, untilNode } from "#e2e/fixtures/worker";
import { enrolNode } from "#lib/commands/enrol-node";
import { orderNode } from "#lib/commands/order-node";
import { setAsideNode } from "#lib/commands/set-aside-node";
import type { Id } from "#lib/domain/id";

// Two nodes that are one, and one node that is another: what was entered and what answers do not
// agree, and the sentence names the node that it is.

let lab: Lab;
let worker: ReturnType<typeof startWorker>;
let relay: Server;

beforeAll(async () => {
  lab = await givenLab({
    network: 75,
    rack: {
      nodes: ["a", "b", "c", "d", "e"].map((name) => ({ name, flavour: "plain" as const })),
    },
  });
  worker = startWorker(lab);
  const [host, port] = identity("a").controllerAddress.split(":");
  relay = createServer((socket) => {
    const onward = connectTo(Number(port), host);
    socket.pipe(onward).pipe(socket);
    for (const end of [socket, onward]) {
      end.on("error", () => {
        socket.destroy();
        onward.destroy();
      });
    }
  });
  relay.listen(0, "127.0.0.1");
  await once(relay, "listening");
});

afterAll(async () => {
  await worker?.stop();
  relay?.close();
  await lab?.close();
});

function identity(name: string) {
  const node = lab.rack.nodes.find((candidate) => candidate.name === name);
  if (!node) throw new Error(`no node ${name}`);
  return node;
}

/** Enrols the controller of `a` at the relay's address: another address, and the same controller. */
async function enrolAgain(name: string): Promise<Id<"node">> {
  const [first] = await lab.worker.db.select().from(nodes).limit(1);
  const [rack] = await lab.worker.db.select().from(racks);
  const address = relay.address();
  if (!first || !rack || !address || typeof address === "string") throw new Error("not ready");
  const known = identity("a");
  const result = await enrolNode(
    lab.app.db,
    lab.operator("node.enrol"),
    {
      ...{ name, rackId: rack.id, unit: null, nodeTypeId: first.nodeTypeId, address: null },
      controllerAddress: `127.0.0.1:${address.port}`,
      ...{ username: known.username, password: known.password },
      expectedFingerprint: known.certificate.fingerprint,
    },
    lab.sealingKey,
  );
  if (!result.ok) throw new Error(JSON.stringify(result.refusal));
  return result.value.nodeId;
}

async function verify(nodeId: Id<"node">) {
  const given = { nodeId, order: "verify" as const };
  expect(await orderNode(lab.app.db, lab.operator("node.operate"), given)).toMatchObject({
    ok: true,
  });
}

async function retire(nodeId: Id<"node">) {
  const given = { nodeId, to: "retired" as const, reason: "the test is over" };
  expect(await setAsideNode(lab.app.db, lab.operator("node.operate"), given)).toMatchObject({
    ok: true,
  });
}

test("a controller under a second address is refused with the name and address of the first", async () => {
  const first = await lab.enrol("a");
  await untilNode(lab, first, "available");
  const second = await enrolAgain("again");
  await untilNode(lab, second, "failed");
  const { lifecycleReason, inventory } = await nodeState(lab, second);
  expect(lifecycleReason).toContain(
    `is the one of a, which is enrolled at ${identity("a").controllerAddress}`,
  );
  expect(inventory).toBeNull();

  // Once the first has left the fleet, the second address is as good as any.
  await retire(first);
  await verify(second);
  await untilNode(lab, second, "available");
  await retire(second);
});

test("of two enrolments of one controller at the same moment, one goes through", async () => {
  const both = [await lab.enrol("a"), await enrolAgain("twice")];
  const lifecycles = async () =>
    (await Promise.all(both.map((id) => nodeState(lab, id)))).map((node) => node.lifecycle).sort();
  await expect.poll(lifecycles, { timeout: 120_000 }).toEqual(["available", "failed"]);
  for (const id of both) await retire(id);
});

test("a network port that another node boots from stops the enrolment, and names that node", async () => {
  const first = await lab.enrol("b");
  await untilNode(lab, first, "available");
  // As after a card was moved, or with a vendor that writes one address on every board.
  await lab.worker.db
    .update(nodes)
    .set({ bootMac: identity("c").mac })
    .where(eq(nodes.id, first));
  const second = await lab.enrol("c");
  await untilNode(lab, second, "failed");
  expect((await nodeState(lab, second)).lifecycleReason).toBe(
    `Its network port has the MAC address ${identity("c").mac}, as that of b has. A network boot could not tell the two apart.`,
  );
});

test("a node whose controller answers as another is stopped before anything is read of it", async () => {
  const id = await lab.enrol("d");
  await untilNode(lab, id, "available");
  const other = "11111111-2222-4333-8444-555555555555";
  await lab.worker.db.update(nodes).set({ controllerUuid: other }).where(eq(nodes.id, id));
  await verify(id);
  await untilNode(lab, id, "failed");
  const { lifecycleReason } = await nodeState(lab, id);
  expect(lifecycleReason).toContain(
    `Another controller answers at ${identity("d").controllerAddress} than before`,
  );
  expect(lifecycleReason).toContain(other);
});
