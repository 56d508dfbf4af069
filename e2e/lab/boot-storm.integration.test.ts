import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pino } from "pino";
import { expect, test } from "vitest";
import { bootWindows } from "#db/schema/boot-windows";
import { bootAll, givenStorm, stolenEvery } from "#e2e/boot-storm";
import { givenConnections } from "#e2e/fixtures/connections";
import { postgresLeaseStore } from "#lib/boot/lease-store";
import { postgresScriptStore } from "#lib/boot/postgres-script-store";
import { postgresBootStore } from "#lib/boot/postgres-store";
import { startBootServer } from "#lib/boot/server";

const secret = "a secret of this test";

test("500 nodes boot at once from a real database, replayed, stolen, mistaken and late ones beside them, and none is answered wrongly", async () => {
  const connections = await givenConnections();
  const imageDirectory = await mkdtemp(path.join(tmpdir(), "ingot-storm-"));
  const server = await startBootServer({
    host: "127.0.0.1",
    port: 0,
    secret,
    imageDirectory,
    store: postgresBootStore(connections.worker),
    scripts: postgresScriptStore(connections.worker),
    leases: postgresLeaseStore(connections.worker),
    log: pino({ enabled: false }),
  });
  try {
    const origin = `http://127.0.0.1:${server.port}`;
    const storm = await givenStorm({
      ...{ app: connections.app, worker: connections.worker },
      ...{ secret, origin, imageDirectory, count: 500, late: 20, kernelBytes: 50_000 },
    });
    const { wrong, answers } = await bootAll(storm, origin);
    expect(wrong).toEqual([]);
    expect(answers).toBeGreaterThan(6_000);

    // The database tells the same: each that came in time got everything once, and no other got anything.
    const rows = await connections.worker.select().from(bootWindows);
    const inTime = rows.filter((row) => row.phonedHomeAt !== null);
    expect(inTime).toHaveLength(480);
    expect(inTime.every((row) => row.userDataFetchedAt && row.scriptFetchedAt)).toBe(true);
    const late = rows.filter((row) => row.phonedHomeAt === null);
    expect(late.every((row) => !row.userDataFetchedAt && !row.scriptFetchedAt)).toBe(true);
    expect(rows.every((row) => row.wrongTokens > 0)).toBe(true);
    // A tenth of all had tokens used from another address: those, and no others, are known to.
    const stolen = inTime.filter((row) => row.wrongPlaces > 0);
    expect(stolen).toHaveLength(480 / stolenEvery);
    expect(stolen.every((row) => row.wrongPlaces === 3)).toBe(true);
    expect(late.every((row) => row.wrongPlaces === 0)).toBe(true);
  } finally {
    await server.close();
    await connections.close();
    await rm(imageDirectory, { recursive: true });
  }
});
