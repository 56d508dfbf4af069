import { afterAll, beforeAll, expect, test } from "vitest";
import { exchanges, operations } from "#db/schema/operations";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { givenFleet } from "#e2e/fixtures/launchable";
import { givenFleetGrant } from "#e2e/fixtures/people";
import { newId } from "#lib/domain/id";
import { operationEvidence } from "#lib/views/node-detail";

let db: GivenConnections;
beforeAll(async () => {
  db = await givenConnections();
});
afterAll(() => db?.close());

test("a step's exchanges can be seen however often a later step asked, and no more than a hundred at once", async () => {
  const { racks } = await givenFleet(db.app, { racks: [2] });
  const [nodeId, otherId] = racks.flat();
  if (!nodeId || !otherId) throw new Error("no nodes");
  const operationId = newId("operation");
  const before = newId("operation");
  await db.worker.insert(operations).values(
    [operationId, before].map((id) => ({
      ...{ id, nodeId, kind: "node.inspect" as const, requestedByName: "test" },
      ...(id === before && { state: "succeeded" as const }),
    })),
  );
  const asked = (step: string, paths: string[], of = { nodeId, operationId }) =>
    db.worker
      .insert(exchanges)
      .values(
        paths.map((path) => ({ ...of, step, path, method: "GET", at: new Date(), durationMs: 1 })),
      );
  const many = Array.from({ length: 130 }, (_, at) => `/look/${at}`);
  await asked("connect", ["/redfish/v1"]);
  await asked("inspection", many);
  await asked("connect", ["/redfish/v1/Systems"]);
  await asked("inspection", ["/look/last"]);
  await asked("connect", ["/before"], { nodeId, operationId: before });
  await asked("connect", ["/other"], { nodeId: otherId, operationId });

  const grant = await givenFleetGrant(db.app, "fleet.read");
  const seen = async (step?: unknown) => {
    const found = await operationEvidence(db.app, grant, { nodeId, operationId, step });
    return {
      steps: found.asked.map(({ label, times, isShown }) => [label, times, isShown]),
      paths: found.exchanges.map(({ path }) => path),
    };
  };
  expect(await seen("connect")).toEqual({
    steps: [
      ["Sign in to the controller", 2, true],
      ["Inspect and burn in", 131, false],
    ],
    paths: ["/redfish/v1", "/redfish/v1/Systems"],
  });
  const last = await seen();
  expect(last.steps.map(([, , isShown]) => isShown)).toEqual([false, true]);
  expect(last.paths).toEqual([...many.slice(-99), "/look/last"]);
  for (const unknown of ["'; --", "power_on", ["connect"], undefined]) {
    expect(await seen(unknown)).toEqual(last);
  }
  const none = { nodeId, operationId: newId("operation"), step: "connect" };
  expect(await operationEvidence(db.app, grant, none)).toMatchObject({ asked: [], exchanges: [] });
});
