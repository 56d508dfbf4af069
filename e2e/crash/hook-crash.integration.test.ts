import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { and, eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dryCalls } from "#db/schema/dry-runs";
import { environments } from "#db/schema/environments";
import { hookRuns } from "#db/schema/hooks";
import { operations } from "#db/schema/operations";
import { scriptRuns } from "#db/schema/script-runs";
import { type Relay, startRelay } from "#e2e/crash/worker-relay";
import { aHook, givenProviderProcess, givenTemplate } from "#e2e/fixtures/hooks";
import { givenLab, type Lab, loopback, nodeState } from "#e2e/fixtures/lab";
import { givenTenant } from "#e2e/fixtures/launchable";
import { CertificateAuthor } from "#e2e/simulator/certificate";
import { must } from "#e2e/world/acting";
import { launchEnvironment } from "#lib/commands/launch-environment";
import { releaseEnvironment } from "#lib/commands/release-environment";
import { runAction } from "#lib/commands/run-action";
import { startDryRun } from "#lib/commands/start-dry-run";
import { nodeOperationKinds } from "#lib/domain/operation/operation";
import { stepsOf } from "#lib/domain/operation/workflow";
import { again, done, providerListener } from "../../public/provider/ingot-provider.mjs";

// The worker is killed with SIGKILL the first time it comes to each moment of a hook's run: before the
// provider is asked, after it has answered, before that is kept and after. The provider is made with the
// kit that the portal hands out, which does once for each key what its handler does. Likewise where the
// nodes of a launch are taken, when the hooks before that have ended.

const moments = ["before_step", "after_effect", "before_commit", "after_commit"] as const;

let lab: Lab;
let relay: Relay;
let provider: Server;
let directory: string;
const failures: string[] = [];

beforeAll(async () => {
  lab = await givenLab({
    network: 50,
    rack: { nodes: [{ name: "a", flavour: "plain" }] },
    settings: { leaseMs: 400, pollMs: 20 },
  });
  directory = await mkdtemp(path.join(tmpdir(), "ingot-hook-crash-"));
  const journal = path.join(directory, "moments");
  // Operations have a test of their own: here they are not killed in.
  const elsewhere = nodeOperationKinds.flatMap((kind) =>
    stepsOf(kind).flatMap((step) => moments.map((moment) => `${kind} / ${step.name} / ${moment}`)),
  );
  await writeFile(journal, `${elsewhere.join("\n")}\n`);
  const networks = {
    controllerNetworks: loopback,
    providerNetworks: loopback,
    nodeNetworks: loopback,
  };
  relay = await startRelay({ settings: lab.settings, ...networks, journal }, failures);
});

afterAll(async () => {
  await relay?.stop();
  provider?.close();
  await lab?.close();
  if (directory) await rm(directory, { recursive: true, force: true });
});

test("killed at every moment of a hook, the worker asks again with the same key, and it is done once", async () => {
  // Fifteen workers die before the environment is ready, and each successor has to begin.
  const patience = { timeout: 240_000, interval: 50 };
  const tenant = await givenTenant(lab.app.db, {
    fleet: lab.fleet,
    gpuLimit: 8,
    gpuModel: "H100",
  });
  const nodeId = await lab.enrol("a");
  await expect
    .poll(async () => (await nodeState(lab, nodeId)).lifecycle, patience)
    .toBe("available");

  const asked: string[] = [];
  let secret = "";
  let effects = 0;
  let acts = 0;
  let undone = 0;
  const turns: { turn: string | undefined; state: unknown }[] = [];
  const author = await CertificateAuthor.open();
  const { pem } = await author.issue("provider", "127.0.0.1");
  const listener = providerListener({
    secret: () => secret,
    directory,
    say: (line) => asked.push(line),
    deploy: ({ hook, key, state }) => {
      if (hook !== "slow") return done({ effects: ++effects });
      turns.push({ turn: key.split(".").at(-1), state });
      return state ? done({ state }) : again(1, "not yet", { state: { at: 1 } });
    },
    destroy: ({ state }) => done({ undone: ++undone, state }),
    action: () => done({ acts: ++acts }),
  });
  provider = createServer({ key: author.keyPem, cert: pem }, listener);
  await new Promise<void>((resolve) => provider.listen(0, "127.0.0.1", resolve));
  const { port } = provider.address() as AddressInfo;
  const at = {
    url: `https://127.0.0.1:${port}/`,
    certificatePem: pem,
    async tellSecret(told: string) {
      secret = told;
    },
  };
  const providerId = await givenProviderProcess(lab, at, "crash");
  await givenTemplate(lab, {
    hooks: [
      aHook({ name: "first", kind: "http", point: "before_allocate", providerId }),
      aHook({ name: "once", kind: "http", point: "on_init", providerId, executeOnce: true }),
      aHook({ name: "slow", kind: "http", point: "on_init", providerId }),
      aHook({ name: "undo", kind: "http", point: "after_release", providerId }),
      aHook({
        ...{ name: "script", kind: "script", point: "after_bootstrap" },
        script: { text: "#!/bin/sh\necho hello\n", outputs: [] },
      }),
      aHook({
        ...{ name: "settled", kind: "wait", point: "after_bootstrap" },
        script: { text: "#!/bin/sh\n[ $INGOT_ATTEMPT -ge 2 ] || exit 1\n", outputs: [] },
      }),
      aHook({ name: "act", kind: "http", point: "on_action", providerId }),
      aHook({
        ...{ name: "join", kind: "script", point: "on_action", executeOnce: true, retries: 1 },
        script: { text: "#!/bin/sh\necho joined\n", outputs: [] },
      }),
    ],
    actions: [
      {
        ...{ name: "act", label: "Act", help: "", role: "member", confirmation: "" },
        ...{ inputs: [], hooks: ["act", "join"] },
      },
    ],
  });
  const { environmentId } = must(
    await launchEnvironment(lab.app.db, tenant.grant("environment.launch"), {
      requestKey: randomUUID(),
      name: "crash",
      templateVersionId: lab.fleet.templateVersionId,
      imageId: lab.fleet.imageId,
      counts: { workers: 1 },
      sshKeyIds: [tenant.keyId],
      pastedKey: "",
    }),
  );
  const state = async () => {
    const [row] = await lab.worker.db
      .select()
      .from(environments)
      .where(eq(environments.id, environmentId));
    return row?.state;
  };
  await expect.poll(state, patience).toBe("ready");

  const press = async () => {
    const { operationId } = must(
      await runAction(lab.app.db, tenant.grant("environment.act"), {
        ...{ requestKey: randomUUID(), environmentId, action: "act" },
      }),
    );
    const acted = async () => {
      const [row] = await lab.worker.db
        .select()
        .from(operations)
        .where(eq(operations.id, operationId));
      return row?.state;
    };
    await expect.poll(acted, patience).toBe("succeeded");
    expect(await state()).toBe("ready");
  };
  await press();
  // It dies once more when all has been written.
  await expect.poll(() => relay.deaths(), patience).toBeGreaterThanOrEqual(9 * moments.length + 3);

  const visited = relay.visited();
  for (const moment of moments) {
    expect(visited).toContain(`hook / act / ${moment}`);
    expect(visited).toContain(`hook / first / ${moment}`);
    expect(visited).toContain(`hook / join / ${moment}`);
    expect(visited).toContain(`hook / once / ${moment}`);
    expect(visited).toContain(`hook / script / ${moment}`);
    expect(visited).toContain(`hook / settled / ${moment}`);
    expect(visited).toContain(`hook / settled.1 / ${moment}`);
    expect(visited).toContain(`hook / slow / ${moment}`);
    expect(visited).toContain(`hook / slow.1 / ${moment}`);
  }
  for (const moment of ["before_step", "before_commit", "after_commit"]) {
    expect(visited).toContain(`environment.launch / take nodes / ${moment}`);
  }
  expect(failures).toEqual([]);
  // However often it died there, it was given its node once.
  const parts = await lab.worker.db
    .select({ allocationId: operations.allocationId })
    .from(operations)
    .where(and(eq(operations.environmentId, environmentId), eq(operations.kind, "node.deploy")));
  expect(parts).toHaveLength(1);
  expect(asked.filter((line) => line.includes("deploy once done")).length).toBeGreaterThanOrEqual(
    2,
  );
  expect(effects).toBe(2);
  expect(acts).toBe(1);
  // Pressed again it goes through, and what runs once on the nodes is not ordered again.
  await press();
  expect(acts).toBe(2);
  // What it had kept came with its second turn, however often either was asked, and each with its own key.
  expect(turns).toEqual([
    { turn: "0", state: null },
    { turn: "1", state: { at: 1 } },
  ]);
  for (const turn of ["0 deploy slow again not yet", "1 deploy slow done"]) {
    expect(asked.filter((line) => line.endsWith(`.${turn}`)).length).toBeGreaterThanOrEqual(2);
  }
  const runs = await lab.worker.db
    .select()
    .from(hookRuns)
    .orderBy(hookRuns.createdAt, hookRuns.position);
  expect(runs).toMatchObject([
    { name: "first", state: "succeeded", outputs: { effects: 1 } },
    { name: "once", state: "succeeded", outputs: { effects: 2 } },
    { name: "slow", state: "succeeded", outputs: { state: { at: 1 } } },
    { name: "script", state: "succeeded" },
    { name: "settled", state: "succeeded", attempt: 1 },
    { name: "act", state: "succeeded", outputs: { acts: 1 } },
    { name: "join", state: "succeeded", attempt: 0 },
    { name: "act", state: "succeeded", outputs: { acts: 2 } },
    { name: "join", state: "skipped", words: "It has run once for this environment already." },
  ]);
  // The same of a dry run, which changes nothing however often its worker dies.
  const { dryRunId } = must(
    await startDryRun(lab.app.db, lab.operator("catalogue.edit"), {
      templateVersionId: lab.fleet.templateVersionId,
      ...{ counts: {}, inputs: {}, hook: "once" },
    }),
  );
  const dry = async () => {
    const [call] = await lab.worker.db
      .select()
      .from(dryCalls)
      .where(eq(dryCalls.dryRunId, dryRunId));
    return call?.answer;
  };
  await expect.poll(dry, patience).toBe("done");
  await expect
    .poll(
      () => moments.filter((moment) => !relay.visited().includes(`dry call / once / ${moment}`)),
      patience,
    )
    .toEqual([]);
  expect(asked.filter((line) => line.includes("dry deploy once done")).length).toBeGreaterThan(1);
  expect(effects).toBe(2);
  // The node was told once, and ran it once; what it was asked with, as often as it took.
  const scripts = await lab.worker.db.select().from(scriptRuns).orderBy(scriptRuns.createdAt);
  expect(scripts).toMatchObject([
    { attempt: 1, state: "succeeded", log: "hello\n" },
    { attempt: 1, state: "failed", exitCode: 1 },
    { attempt: 2, state: "succeeded", exitCode: 0 },
    { attempt: 1, state: "succeeded", log: "joined\n" },
  ]);

  // What is taken back when the nodes have been given back: nobody waits for it, and it is done once.
  must(
    await releaseEnvironment(lab.app.db, tenant.grant("environment.release"), {
      ...{ requestKey: randomUUID(), environmentId, confirmName: "crash" },
    }),
  );
  const undo = async () => {
    const [run] = await lab.worker.db.select().from(hookRuns).where(eq(hookRuns.name, "undo"));
    return run && { state: run.state, outputs: run.outputs };
  };
  await expect
    .poll(undo, patience)
    .toEqual({ state: "succeeded", outputs: { undone: 1, state: null } });
  await expect
    .poll(
      () => moments.filter((moment) => !relay.visited().includes(`hook / undo / ${moment}`)),
      patience,
    )
    .toEqual([]);
  expect(asked.filter((line) => line.endsWith("destroy undo done")).length).toBeGreaterThan(1);
  expect(undone).toBe(1);
  expect(failures).toEqual([]);
});
