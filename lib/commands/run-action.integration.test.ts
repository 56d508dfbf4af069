import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { and, eq, inArray } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { auditEvents } from "#db/schema/audit-events";
import { templateVersions } from "#db/schema/catalogue";
import { allocations, environments } from "#db/schema/environments";
import { hookRuns } from "#db/schema/hooks";
import { nodes } from "#db/schema/nodes";
import { operations } from "#db/schema/operations";
import { givenOperator } from "#e2e/fixtures/api";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { aHook, anInput } from "#e2e/fixtures/hooks";
import {
  asOperator,
  type GivenFleet,
  type GivenTenant,
  givenFleet,
  givenTenant,
} from "#e2e/fixtures/launchable";
import { givenReady } from "#e2e/fixtures/launched";
import { untilWaiting } from "#e2e/fixtures/waiting";
import { CertificateAuthor } from "#e2e/simulator/certificate";
import { must } from "#e2e/world/acting";
import { authorizeFleet, authorizeProject, type Grant } from "#lib/access/authorize";
import { newSealingKeys } from "#lib/access/sealed";
import { postgresScriptStore } from "#lib/boot/postgres-script-store";
import type { BootWindow } from "#lib/boot/store";
import { abortEnvironment } from "#lib/commands/abort-environment";
import { changeInputs } from "#lib/commands/change-inputs";
import { decideApproval } from "#lib/commands/decide-approval";
import { operateEnvironment } from "#lib/commands/operate-environment";
import { registerProvider } from "#lib/commands/register-provider";
import { releaseEnvironment } from "#lib/commands/release-environment";
import { retryHook } from "#lib/commands/retry-hook";
import { runAction } from "#lib/commands/run-action";
import { createLog } from "#lib/config/log";
import type { EnvironmentState } from "#lib/domain/environment/state";
import type { TemplateHook } from "#lib/domain/hook/hook";
import { type Id, newId } from "#lib/domain/id";
import { refusalMessage } from "#lib/domain/refusal";
import type { TemplateAction } from "#lib/domain/template/actions";
import type { InputValue } from "#lib/domain/template/inputs";
import { urlAsker } from "#lib/drivers/http-provider/call-provider";
import { environmentDetail } from "#lib/views/environment-detail";
import { createHookRunner, type HookRunner } from "#lib/worker/hooks/runner";

// Actions from the press to their end, with the worker's own runner of hooks. Its provider is one that
// answers as each test says.

let db: GivenConnections;
let fleet: GivenFleet;
let tenant: GivenTenant;
let cache: Id<"provider">;
let hooks: HookRunner;
let polling: NodeJS.Timeout;
const questions: Record<string, unknown>[] = [];
let answer: Record<string, unknown> = { answer: "done", outputs: { flushed: true } };

beforeAll(async () => {
  db = await givenConnections();
  fleet = await givenFleet(db.app, { racks: [8] });
  tenant = await givenTenant(db.app, { fleet, gpuLimit: 800 });
  const pair = newSealingKeys();
  const operator = await givenOperator(db.app);
  const granted = authorizeFleet(operator, "provider.edit");
  if (!granted.ok) throw new Error("the given operator may not register providers");
  const { providerId } = must(
    await registerProvider(
      db.app,
      granted.value,
      { name: "cache", description: "", url: "https://127.0.0.1:9/", certificatePem: "" },
      pair.publicKey,
    ),
  );
  cache = providerId;
  await declare(providerId);
  hooks = createHookRunner({
    db: db.worker,
    privateKey: pair.privateKey,
    bootSecret: "a secret of this test",
    leaseMs: 5_000,
    log: createLog("test", "silent"),
    askUrl: urlAsker({ allowedNetworks: ["127.0.0.0/8"] }),
    callProvider: async (_, { key, body }) => {
      questions.push(JSON.parse(body));
      return { status: 200, text: JSON.stringify({ key, ...answer }) };
    },
  });
  polling = setInterval(() => void hooks.poll().catch(() => {}), 50);
});
afterAll(async () => {
  clearInterval(polling);
  await hooks?.stop();
  await db?.close();
});

/** The template's actions: one for members with a provider and a decision, one for admins alone. */
async function declare(providerId: Id<"provider">): Promise<void> {
  const at = { point: "on_action" } as const;
  const declared: TemplateHook[] = [
    aHook({ ...at, name: "flush", kind: "http", providerId }),
    aHook({
      ...{ ...at, name: "lead", kind: "approval" },
      approvers: { kind: "operators", emails: [] },
    }),
    aHook({ ...at, name: "rest", kind: "wait", seconds: 1 }),
  ];
  const action = { help: "", confirmation: "", inputs: [], role: "member" as const };
  const actions: TemplateAction[] = [
    {
      ...{ ...action, name: "flush", label: "Flush the cache", hooks: ["flush", "lead", "rest"] },
      inputs: [anInput({ name: "depth", type: "number", min: 1, max: 9, default: 2 })],
    },
    { ...action, name: "quick", label: "Flush at once", hooks: ["flush"] },
    { ...action, name: "drain", label: "Drain", role: "admin", hooks: ["flush"] },
  ];
  await asOperator(db.app, (tx) =>
    tx
      .update(templateVersions)
      .set({ hooks: declared, actions, inputs: [] })
      .where(eq(templateVersions.id, fleet.templateVersionId)),
  );
}

const ready = (name: string) => givenReady(db, { fleet, tenant, nodeCount: 1, name });

function press(
  environmentId: Id<"environment">,
  action: string,
  inputs: Record<string, InputValue> = {},
  requestKey: string = randomUUID(),
) {
  const input = { requestKey, environmentId, action, inputs };
  return runAction(db.app, tenant.grant("environment.act"), input);
}

const operationOf = async (id: Id<"operation">) =>
  (await db.worker.select().from(operations).where(eq(operations.id, id)))[0];
const stateOf = async (id: Id<"environment">) =>
  (await db.worker.select().from(environments).where(eq(environments.id, id)))[0]?.state;
const runsOf = (id: Id<"operation">) =>
  db.worker
    .select()
    .from(hookRuns)
    .where(eq(hookRuns.operationId, id))
    .orderBy(hookRuns.position, hookRuns.round);
const ended = (id: Id<"operation">) =>
  expect.poll(async () => (await operationOf(id))?.state !== "running").toBe(true);

test("a wait ends when its address says yes, and fails when its time is over without it", async () => {
  const author = await CertificateAuthor.open();
  const cert = (await author.issue("ready", "127.0.0.1")).pem;
  const asked: string[] = [];
  const says = [503, 302, 204];
  const server = createServer({ key: author.keyPem, cert }, (request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const status = request.url === "/never" ? 404 : (says.shift() ?? 500);
    response
      .writeHead(status, { location: "https://127.0.0.1:1/" })
      .end("a body that nobody reads");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const at = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const wait = (name: string, url: string, change: Partial<TemplateHook> = {}) =>
    aHook({
      ...{ name, kind: "wait", point: "on_action", seconds: 60 },
      ...{ until: { url, certificatePem: cert }, ...change },
    });
  const action = { help: "", confirmation: "", inputs: [], role: "member" as const };
  const act = (name: string) => ({ ...action, name, label: name, hooks: [name] });
  const names = ["cluster", "never", "outside"];
  await asOperator(db.app, (tx) =>
    tx
      .update(templateVersions)
      .set({
        hooks: [
          wait("cluster", `${at}/ready`),
          wait("never", `${at}/never`, { seconds: 1 }),
          wait("outside", "https://10.0.0.1/"),
        ],
        actions: names.map(act),
      })
      .where(eq(templateVersions.id, fleet.templateVersionId)),
  );
  const { environmentId } = await ready("until");
  const came: (string | null | undefined)[] = [];
  for (const name of names) {
    const { operationId } = must(await press(environmentId, name));
    await ended(operationId);
    came.push((await runsOf(operationId))[0]?.words);
  }
  server.closeAllConnections();
  server.close();
  await declare(cache);
  const host = at.replace("https://", "");
  expect(came).toEqual([
    `${host} said yes.`,
    `${host} did not say yes within 1 second. Last: ${host} does not say yes yet: it answered 404`,
    "10.0.0.1 is not in a network that providers may be in",
  ]);
  // Redirects were a not yet, and each was asked for without a body.
  expect(asked.slice(0, 3)).toEqual(["GET /ready", "GET /ready", "GET /ready"]);
});

test("what cannot be pressed is refused in words, and writes nothing", async () => {
  const { environmentId } = await ready("refused");
  const told = async (result: ReturnType<typeof press>) => {
    const { ok, ...rest } = await result;
    return ok || !("refusal" in rest)
      ? "pressed"
      : `${rest.refusal.kind}: ${refusalMessage(rest.refusal)}`;
  };
  const other = await givenTenant(db.app, { fleet, gpuLimit: 8 });
  const words = [
    await told(press(environmentId, "gone")),
    await told(press(environmentId, "drain")),
    await told(press(environmentId, "flush", { depth: 10 })),
    await told(press(environmentId, "flush", { width: 1 })),
    await told(
      runAction(db.app, other.grant("environment.act"), {
        ...{ requestKey: randomUUID(), environmentId, action: "quick" },
      }),
    ),
  ];
  await db.worker
    .update(environments)
    .set({ state: "stopped" })
    .where(eq(environments.id, environmentId));
  words.push(await told(press(environmentId, "quick")));
  expect(words).toMatchInlineSnapshot(`
    [
      "not_found: There is no such action, or it is not yours to see.",
      "forbidden: This is for a project admin. Ask one to do it, or to change your role.",
      "invalid_input: depth: at most 9.",
      "invalid_input: The template has no input named width.",
      "not_found: There is no such environment, or it is not yours to see.",
      "not_now: The environment is stopped: actions are for one that is ready.",
    ]
  `);
  // That a role was not enough is in the log beside what was done.
  const denied = await asOperator(db.app, (tx) =>
    tx
      .select({ detail: auditEvents.detail })
      .from(auditEvents)
      .where(and(eq(auditEvents.objectId, environmentId), eq(auditEvents.outcome, "denied"))),
  );
  expect(denied).toEqual([{ detail: { action: expect.any(String), needs: "admin" } }]);
  const viewer = {
    ...tenant.actor,
    memberships: tenant.actor.memberships.map((each) => ({ ...each, role: "viewer" as const })),
  };
  const slug = tenant.actor.memberships[0]?.tenantSlug ?? "";
  expect(authorizeProject(viewer, slug, "research", "environment.act")).toMatchObject({
    refusal: { kind: "forbidden" },
  });
  const made = await db.worker
    .select({ kind: operations.kind })
    .from(operations)
    .where(eq(operations.environmentId, environmentId));
  expect(made.map((row) => row.kind)).not.toContain("environment.act");
});

test("a double click is one action; while it is under way nothing else begins; it runs to its end", async () => {
  const { environmentId } = await ready("twice");
  const key = randomUUID();
  const [first, second, another] = await Promise.all([
    press(environmentId, "flush", { depth: 3 }, key),
    press(environmentId, "flush", { depth: 3 }, key),
    press(environmentId, "flush"),
  ]);
  expect(second).toEqual(first);
  const won = [first, another].filter((result) => result?.ok);
  expect(won).toHaveLength(1);
  const { operationId } = must(won[0] ?? first);
  expect((await runsOf(operationId)).map((run) => run.name)).toEqual(["flush", "lead", "rest"]);

  await expect
    .poll(async () => (await runsOf(operationId)).map((run) => run.state))
    .toEqual(["succeeded", "waiting", "ready"]);
  const stop = { requestKey: randomUUID(), environmentId, command: "stop" } as const;
  const stopped = await operateEnvironment(db.app, tenant.grant("environment.operate"), stop);
  expect(stopped.ok || refusalMessage(stopped.refusal)).toBe(
    '"Flush the cache" is under way. Wait for its end, or abort it.',
  );
  expect(questions.at(-1)).toMatchObject({
    event: "action",
    hook: "flush",
    point: "on_action",
    operation: { kind: "environment.act" },
    profiles: { workers: { gpuSharing: "none", containerRuntime: "runc", storageClasses: [] } },
    action: { name: "flush", label: "Flush the cache", inputs: { depth: first?.ok ? 3 : 2 } },
  });

  const lead = (await runsOf(operationId)).find((run) => run.name === "lead");
  const decider = authorizeFleet(await givenOperator(db.app), "approval.decide");
  if (!decider.ok || !lead) throw new Error("nothing to decide, or nobody");
  must(
    await decideApproval(db.app, decider.value, {
      ...{ hookRunId: lead.id, decision: "approve", words: "" },
    }),
  );
  await ended(operationId);
  expect(await operationOf(operationId)).toMatchObject({ state: "succeeded", reason: null });
  expect(await stateOf(environmentId)).toBe("ready");
  // The same request again is the same answer, and the same key for another action is none.
  if (first?.ok) {
    expect(await press(environmentId, "flush", {}, key)).toEqual(first);
    expect(await press(environmentId, "quick", {}, key)).toMatchObject({
      refusal: { kind: "not_now" },
    });
  }
  const audited = await asOperator(db.app, (tx) =>
    tx
      .select({ action: auditEvents.action, detail: auditEvents.detail })
      .from(auditEvents)
      .where(eq(auditEvents.objectId, environmentId)),
  );
  expect(audited.filter((event) => event.action === "environment.act")).toHaveLength(1);
});

test("a hook that fails ends the action as failed, an abort and a release end it too; the state stays", async () => {
  const { environmentId } = await ready("ends");
  answer = { answer: "failed", reason: "the cache is in use" };
  const failed = must(await press(environmentId, "flush"));
  await ended(failed.operationId);
  expect(await operationOf(failed.operationId)).toMatchObject({
    state: "failed",
    reason: "Hook flush: the cache is in use",
  });
  const runs = await runsOf(failed.operationId);
  expect(runs.map((run) => run.state)).toEqual(["failed", "cancelled", "cancelled"]);
  expect(await stateOf(environmentId)).toBe("ready");
  // One failed hook is run again alone, and the action stays what it came to.
  answer = { answer: "done" };
  const may = tenant.grant("environment.operate");
  must(await retryHook(db.app, may, { hookRunId: runs[0]?.id as Id<"hookRun"> }));
  await expect
    .poll(async () => (await runsOf(failed.operationId)).map((run) => run.state))
    .toEqual(["failed", "succeeded", "cancelled", "cancelled"]);
  expect((await operationOf(failed.operationId))?.state).toBe("failed");

  const aborted = must(await press(environmentId, "flush"));
  await expect
    .poll(async () => (await runsOf(aborted.operationId)).map((run) => run.state))
    .toEqual(["succeeded", "waiting", "ready"]);
  must(await abortEnvironment(db.app, may, { environmentId }));
  expect(await operationOf(aborted.operationId)).toMatchObject({
    state: "aborted",
    reason: "Aborted by Ada.",
  });
  await expect
    .poll(async () => (await runsOf(aborted.operationId)).map((run) => run.state))
    .toEqual(["succeeded", "cancelled", "cancelled"]);
  expect(await stateOf(environmentId)).toBe("ready");

  const last = must(await press(environmentId, "flush"));
  const release = { requestKey: randomUUID(), environmentId, confirmName: "ends" };
  must(await releaseEnvironment(db.app, tenant.grant("environment.release"), release));
  expect((await operationOf(last.operationId))?.state).toBe("superseded");
  await expect
    .poll(async () => (await runsOf(last.operationId)).map((run) => run.state).includes("ready"))
    .toBe(false);
});

test("a script that is run again after an upgrade is given what was entered when its action was pressed", async () => {
  const script = { text: "#!/bin/sh\n", outputs: [] };
  const action = { help: "", confirmation: "", role: "member" as const, hooks: ["drop"] };
  const [own] = await asOperator(db.app, (tx) =>
    tx
      .update(templateVersions)
      .set({
        inputs: [
          anInput({ name: "size", type: "string", changeable: true }),
          anInput({ name: "note", type: "string", changeable: true }),
          anInput({ name: "rack", type: "string" }),
          anInput({ name: "token", type: "secret", changeable: true }),
        ],
        hooks: [aHook({ name: "drop", kind: "script", point: "on_action", script })],
        actions: [
          {
            ...{ ...action, name: "drop", label: "Drop caches" },
            inputs: [
              anInput({ name: "depth", type: "number" }),
              anInput({ name: "note", type: "string" }),
            ],
          },
        ],
      })
      .where(eq(templateVersions.id, fleet.templateVersionId))
      .returning(),
  );
  if (!own) throw new Error("no version");
  const { environmentId, nodeIds } = await ready("upgraded");
  const may = tenant.grant("environment.operate");
  must(await changeInputs(db.app, may, { environmentId, inputs: { size: "large" } }));
  const become = (powerObserved: "on" | "off") =>
    db.worker.update(nodes).set({ powerObserved }).where(inArray(nodes.id, nodeIds));
  await become("off");
  const { operationId } = must(await press(environmentId, "drop", { depth: 3 }));
  await ended(operationId);
  expect((await operationOf(operationId))?.reason).toContain("The node is off.");
  /** Runs it again on nodes that are up; gives what they are told. */
  const again = async () => {
    await become("on");
    const failed = (await runsOf(operationId)).at(-1);
    must(await retryHook(db.app, may, { hookRunId: failed?.id as Id<"hookRun"> }));
    await expect.poll(() => offeredTo(environmentId), { timeout: 20_000 }).toHaveLength(1);
    return (await offeredTo(environmentId))[0];
  };

  // As an earlier version of the portal kept it: without what was left empty.
  const [first] = await runsOf(operationId);
  const keep = (input: Record<string, unknown> = {}) =>
    db.worker.update(hookRuns).set({ input }).where(eq(hookRuns.operationId, operationId));
  const pressed = { name: "drop", label: "Drop caches" };
  await keep({ ...first?.input, action: { ...pressed, inputs: { depth: 3 } } });
  expect((await again())?.action).toEqual({ ...pressed, inputs: { depth: 3, note: null } });
  await keep(first?.input);
  await become("off");
  const isOver = async () => (await runsOf(operationId)).at(-1)?.state;
  await expect.poll(isOver, { timeout: 20_000 }).toBe("failed");

  // The next version asks for something else behind that name, and lets other inputs be changed.
  const newer = newId("templateVersion");
  await asOperator(db.app, (tx) =>
    tx.insert(templateVersions).values({
      ...{ ...own, id: newer, version: own.version + 1 },
      inputs: [anInput({ name: "later", type: "string", changeable: true })],
      actions: [{ ...action, name: "drop", label: "Drop", inputs: [] }],
    }),
  );
  await db.worker
    .update(environments)
    .set({ templateVersionId: newer })
    .where(eq(environments.id, environmentId));
  expect(await again()).toMatchObject({
    action: { name: "drop", inputs: { depth: 3, note: null } },
  });
  // Those that could be changed when it began, as they were: one that came since is as its node has it.
  expect((await offeredTo(environmentId))[0]?.inputs).toEqual({ size: "large", note: null });
  await declare(cache);
});

test("a wait whose node is off has failed at once", async () => {
  const script = { text: "#!/bin/sh\n", outputs: [] };
  await asOperator(db.app, (tx) =>
    tx
      .update(templateVersions)
      .set({
        hooks: [aHook({ name: "mounted", kind: "wait", point: "on_action", script })],
        actions: [
          {
            ...{ name: "look", label: "Look", help: "", role: "member", confirmation: "" },
            ...{ inputs: [], hooks: ["mounted"] },
          },
        ],
      })
      .where(eq(templateVersions.id, fleet.templateVersionId)),
  );
  const { environmentId, nodeIds } = await ready("off");
  await db.worker.update(nodes).set({ powerObserved: "off" }).where(inArray(nodes.id, nodeIds));
  const { operationId } = must(await press(environmentId, "look"));
  await ended(operationId);
  expect((await operationOf(operationId))?.reason).toMatch(
    /^Hook mounted: [^ ]+: The node is off\.$/,
  );
  await declare(cache);
});

/** The scripts that the nodes of an environment are told to run, as each would hear of it. */
async function offeredTo(environmentId: Id<"environment">) {
  const store = postgresScriptStore(db.worker);
  const held = await db.worker
    .select({ allocationId: allocations.id })
    .from(allocations)
    .where(eq(allocations.environmentId, environmentId));
  const due = await Promise.all(held.map((window) => store.next(window as BootWindow)));
  return due.filter((each) => each !== undefined);
}

/** As an admin of the project, which the given member is not. */
const asAdmin = <P extends "environment.act" | "environment.operate">(permission: P) => {
  const memberships = tenant.actor.memberships.map((each) => ({ ...each, role: "admin" as const }));
  const slug = memberships[0]?.tenantSlug ?? "";
  return must(authorizeProject({ ...tenant.actor, memberships }, slug, "research", permission));
};

/** A run of a hook of the launch or the release that has failed. */
async function givenFailed(environmentId: Id<"environment">, point: "on_init" | "after_release") {
  const isRelease = point === "after_release";
  const kind = isRelease ? "environment.release" : "environment.launch";
  const place = { tenantId: tenant.tenantId, projectId: tenant.projectId, environmentId };
  const operationId = newId("operation");
  await db.worker
    .insert(operations)
    .values({ ...place, id: operationId, kind, state: "succeeded", requestKey: randomUUID() });
  const id = newId("hookRun");
  const definition = aHook({ name: "made", kind: "http", providerId: cache, point });
  await db.worker.insert(hookRuns).values({
    ...{ ...place, id, operationId, name: "made", point, definition, position: 0 },
    ...{ isGate: !isRelease, input: { event: isRelease ? "destroy" : "deploy" } },
    ...{ state: "failed", words: "no", finishedAt: new Date() },
  });
  return { id, operationId };
}

test("a failed hook is run again alone only by whom, when and where it could have come by itself", async () => {
  const { environmentId } = await ready("again");
  const may = tenant.grant("environment.operate");
  const admin = asAdmin("environment.operate");
  const told = async (hookRunId: Id<"hookRun">, by: typeof may = admin) => {
    const done = await retryHook(db.app, by, { hookRunId });
    return done.ok || refusalMessage(done.refusal);
  };
  const become = (state: EnvironmentState) =>
    db.worker.update(environments).set({ state }).where(eq(environments.id, environmentId));
  const offered = async (permission: Grant<"environment.read">) =>
    (await environmentDetail(db.app, permission, environmentId))?.hookRuns
      .filter((run) => run.mayRetry)
      .map((run) => run.id);
  const reader = tenant.grant("environment.read");

  answer = { answer: "failed", reason: "the cache is in use" };
  const drain = { requestKey: randomUUID(), environmentId, action: "drain" };
  const { operationId } = must(await runAction(db.app, asAdmin("environment.act"), drain));
  await ended(operationId);
  const id = (await runsOf(operationId))[0]?.id as Id<"hookRun">;
  // As its button: not for a member, not for what is stopped, not beside another action.
  expect(await offered(reader)).toEqual([]);
  expect(await told(id, may)).toBe(
    "This is for a project admin. Ask one to do it, or to change your role.",
  );
  await become("stopped");
  expect(await told(id)).toBe("The environment is stopped: actions are for one that is ready.");
  await become("ready");
  answer = { answer: "done" };
  must(await press(environmentId, "flush"));
  expect(await told(id)).toBe('"Flush the cache" is under way. Wait for its end, or abort it.');
  must(await abortEnvironment(db.app, may, { environmentId }));
  expect((await Promise.all([told(id), told(id)])).sort()).toEqual([
    "It has been run again already. See the newer run.",
    true,
  ]);

  // What makes something is not made where no release comes any more; what takes it back always is.
  const made = await givenFailed(environmentId, "on_init");
  const removed = await givenFailed(environmentId, "after_release");
  expect((await offered(reader))?.sort()).toEqual([made.id, removed.id].sort());
  let asked: ReturnType<typeof told> | undefined;
  await db.worker.transaction(async (tx) => {
    await tx
      .update(environments)
      .set({ state: "releasing" })
      .where(eq(environments.id, environmentId));
    asked = told(made.id);
    await untilWaiting(db.superuserUrl, 1);
  });
  expect(await asked).toBe(
    "The environment is being released: what this hook made now, nothing would take back. Launch another environment instead.",
  );
  expect(await offered(reader)).toEqual([removed.id]);
  expect(await told(removed.id, may)).toBe(true);
  const lastOf = async (of: { operationId: Id<"operation"> }) =>
    (await runsOf(of.operationId)).at(-1);
  await expect.poll(async () => (await lastOf(removed))?.state).toBe("succeeded");

  // What was ordered before the release is not asked after it.
  await become("ready");
  answer = { answer: "again", after: 3_600 };
  expect(await told(made.id, may)).toBe(true);
  await expect.poll(async () => (await lastOf(made))?.state).toBe("waiting");
  await become("releasing");
  await expect
    .poll(() => lastOf(made))
    .toMatchObject({ state: "cancelled", words: "Its environment changed before it was done." });
  answer = { answer: "done" };
});
