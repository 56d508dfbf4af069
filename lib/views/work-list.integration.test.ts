import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { nodes } from "#db/schema/nodes";
import { operations } from "#db/schema/operations";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { asOperator, givenFleet } from "#e2e/fixtures/launchable";
import { givenFleetGrant } from "#e2e/fixtures/people";
import { type Id, newId } from "#lib/domain/id";
import type { WorkTab } from "#lib/schemas/lists";
import { workList } from "#lib/views/work-list";

let db: GivenConnections;
beforeAll(async () => {
  db = await givenConnections();
});
afterAll(() => db?.close());

type Node = Partial<typeof nodes.$inferInsert>;
type Operation = Partial<typeof operations.$inferInsert>;

const atCertificate = { state: "waiting", step: "confirm_certificate" } as const;
const failed = { state: "failed", step: "connect" } as const;
const theFailed = /^Read the evidence of the failed step, /;

/** What was done to each node, oldest first, and what of it needs a person: how it is told what to do. */
const cases: Record<string, { node: Node; done: Operation[]; needs: RegExp[] }> = {
  "could not be taken back": {
    node: { lifecycle: "releasing" },
    done: [{ kind: "node.reclaim", state: "stuck" }],
    needs: [/^It is tried on by itself\..* quarantine the node/],
  },
  "could not be taken back from a controller that shows another certificate": {
    node: { lifecycle: "releasing", controllerState: "certificate_changed" },
    done: [{ kind: "node.reclaim", state: "stuck" }],
    needs: [/^Compare the certificate .*: then it goes on by itself\.$/],
  },
  "waits for a certificate to be confirmed": {
    node: { lifecycle: "verifying", presentedFingerprint: "AB:CD" },
    done: [atCertificate],
    needs: [/^Compare the fingerprint .* confirm it on the node's page\.$/],
  },
  "waits for a controller that has shown no certificate yet": {
    node: { lifecycle: "verifying" },
    done: [atCertificate],
    needs: [],
  },
  "failed, and is the last word": {
    node: { lifecycle: "failed" },
    done: [{ state: "succeeded" }, failed],
    needs: [/ then verify the node again\.$/],
  },
  "failed at a sign-in that was refused": {
    node: { lifecycle: "failed", controllerState: "auth_failed" },
    done: [failed],
    needs: [/^Enter the controller's sign-in anew .*, then verify the node again\.$/],
  },
  "failed, and left a node that was taken aside": {
    node: { lifecycle: "quarantined" },
    done: [{ kind: "node.sanitize", state: "failed" }],
    needs: [/, then sanitize the node: that leads back to available\.$/],
  },
  "failed twice": { node: { lifecycle: "failed" }, done: [failed, failed], needs: [theFailed] },
  "failed, and is tried again": {
    node: { lifecycle: "verifying" },
    done: [failed, { state: "running", step: "connect" }],
    needs: [],
  },
  "failed, and the node is in order": {
    node: { lifecycle: "available" },
    done: [failed],
    needs: [],
  },
  "failed, and the node has left": { node: { lifecycle: "retired" }, done: [failed], needs: [] },
};

test("what needs a person is listed with what to do, and nothing else is", async () => {
  const { racks } = await givenFleet(db.app, { racks: [Object.keys(cases).length] });
  const nodeIds = racks.flat();
  for (const [at, { node, done }] of Object.values(cases).entries()) {
    const nodeId = nodeIds[at] as Id<"node">;
    await asOperator(db.app, (tx) => tx.update(nodes).set(node).where(eq(nodes.id, nodeId)));
    for (const [before, operation] of done.toReversed().entries()) {
      const createdAt = new Date(Date.now() - before * 1_000);
      const row = { id: newId("operation"), nodeId, kind: "node.enrol" as const, createdAt };
      await db.worker.insert(operations).values({ ...row, ...operation });
    }
  }
  const grant = await givenFleetGrant(db.app, "fleet.read");
  const listed = async (tab: WorkTab) => {
    const { lines, counts } = await workList(db.app, grant, { tab });
    expect(counts[tab]).toBe(lines.length);
    return lines;
  };
  const stuck = await listed("stuck");
  for (const [at, [title, { needs }]] of Object.entries(cases).entries()) {
    const advice = stuck.filter(({ node }) => node.id === nodeIds[at]).map((line) => line.advice);
    expect(advice, title).toEqual(needs.map((words) => expect.stringMatching(words)));
  }
  expect(stuck).toHaveLength(Object.values(cases).flatMap(({ needs }) => needs).length);

  expect((await listed("live")).map(({ state }) => state).sort()).toEqual([
    ...["running", "stuck", "stuck", "waiting", "waiting"],
  ]);
  // What has ended stays, and asks for nothing where the node is in order, at work or gone.
  const ended = await listed("ended");
  expect(ended).toHaveLength(9);
  const atRest = ended.filter(({ node }) => !["failed", "quarantined"].includes(node.lifecycle));
  expect(atRest.map(({ advice }) => advice)).toEqual([null, null, null]);
});
