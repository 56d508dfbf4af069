import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { and, desc, eq, ne } from "drizzle-orm";
import pino from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startRuns } from "#db/queries/hook-runs";
import { auditEvents } from "#db/schema/audit-events";
import { templateVersions } from "#db/schema/catalogue";
import { environments } from "#db/schema/environments";
import { hookRuns, providerCalls, providers } from "#db/schema/hooks";
import { notifications } from "#db/schema/notifications";
import { operations } from "#db/schema/operations";
import { givenOperator } from "#e2e/fixtures/api";
import { holder } from "#e2e/fixtures/certificate-holder";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { aHook } from "#e2e/fixtures/hooks";
import {
  asOperator,
  type GivenFleet,
  type GivenTenant,
  givenFleet,
  givenTenant,
} from "#e2e/fixtures/launchable";
import { givenReady } from "#e2e/fixtures/launched";
import { untilWaiting } from "#e2e/fixtures/waiting";
import { must } from "#e2e/world/acting";
import { authorizeFleet } from "#lib/access/authorize";
import { newSealingKeys } from "#lib/access/sealed";
import { changeProvider } from "#lib/commands/change-provider";
import { registerProvider } from "#lib/commands/register-provider";
import { renewProviderSecret } from "#lib/commands/renew-provider-secret";
import { retireProvider } from "#lib/commands/retire-provider";
import { retryHook } from "#lib/commands/retry-hook";
import { stopAsking } from "#lib/commands/stop-asking";
import type { TemplateHook } from "#lib/domain/hook/hook";
import { type Id, newId } from "#lib/domain/id";
import type { EnvironmentOperation } from "#lib/domain/operation/operation";
import { providerCaller } from "#lib/drivers/http-provider/call-provider";
import {
  type ProviderServer,
  reply,
  startProviderServer,
} from "#lib/drivers/http-provider/provider-server.test-support";
import { ProviderError } from "#lib/ports/provider";
import { fleetAttention } from "#lib/views/fleet-attention";
import { environmentRuns, hookRunDetail } from "#lib/views/hook-runs";
import { providerDetail } from "#lib/views/providers";
import { createHookRunner, type HookRunner } from "#lib/worker/hooks/runner";

// The runner of hooks against a database, with providers that answer as each test says.

type Question = { key: string; hook: string; state: unknown; turn: number };
type Reply = (question: Question) => object | Promise<object>;

let db: GivenConnections;
let fleet: GivenFleet;
let tenant: GivenTenant;
let hooks: HookRunner;
let polling: NodeJS.Timeout;
const keys = newSealingKeys();
/** What each provider answers, by its path; "done" unless it is said. */
const replies = new Map<string, Reply>();
const asked: Question[] = [];
/** One that is asked over real TLS, from within the networks that its answers may come from. */
let server: ProviderServer;
const networks = ["127.0.0.0/8"];
const overHttp = providerCaller({ allowedNetworks: networks });
const logged: string[] = [];

beforeAll(async () => {
  db = await givenConnections();
  server = await startProviderServer();
  fleet = await givenFleet(db.app, { racks: [16] });
  tenant = await givenTenant(db.app, { fleet, gpuLimit: 800 });
  hooks = createHookRunner({
    db: db.worker,
    privateKey: keys.privateKey,
    bootSecret: "a secret of this test",
    leaseMs: 5_000,
    log: pino({}, { write: (line: string) => void logged.push(line) }),
    askUrl: () => Promise.reject(new Error("no address is asked here")),
    callProvider: async (endpoint, call) => {
      const { path } = endpoint;
      if (server.secrets.has(path)) return overHttp(endpoint, call);
      const { key, body, signal } = call;
      const question = JSON.parse(body) as Question;
      asked.push(question);
      const said = (replies.get(path) ?? (() => ({ answer: "done" })))(question);
      const brokenOff = new Promise<never>((_, fail) => {
        const why = new ProviderError("the call was broken off", { retryable: true });
        signal?.addEventListener("abort", () => fail(why));
      });
      const answer = await Promise.race([said, brokenOff]);
      const { status = 200, ...words } = answer as { status?: number };
      return { status, text: JSON.stringify({ key, ...words }) };
    },
  });
  polling = setInterval(() => void hooks.poll().catch(() => {}), 50);
});
afterAll(async () => {
  clearInterval(polling);
  await hooks?.stop();
  server?.close();
  await db?.close();
});

async function operatorMay<P extends Parameters<typeof authorizeFleet>[1]>(permission: P) {
  return must(authorizeFleet(await givenOperator(db.app), permission));
}

async function givenProvider(name: string): Promise<Id<"provider">> {
  const about = { name, description: "", url: `https://127.0.0.1:9/${name}`, certificatePem: "" };
  const may = await operatorMay("provider.edit");
  return must(await registerProvider(db.app, may, about, keys.publicKey)).providerId;
}

/** Says where a provider is, as somebody who has just looked at it. */
async function change(providerId: Id<"provider">, path: string) {
  const seen = (await providerDetail(db.app, await operatorMay("fleet.read"), providerId))
    ?.changedAt;
  const about = { description: "", url: `https://127.0.0.1:9/${path}`, certificatePem: "" };
  const may = await operatorMay("provider.edit");
  return changeProvider(db.app, may, { providerId, seen: seen ?? "", ...about });
}

/** Registers the one that is asked over real TLS, or another at its address, at a path of its own. */
async function givenServed(
  name: string,
  certificatePem = server.certificatePem,
  url = server.url(`/${name}`),
): Promise<Id<"provider">> {
  const about = { name, description: "", certificatePem };
  const may = await operatorMay("provider.edit");
  const made = must(await registerProvider(db.app, may, { ...about, url }, keys.publicKey));
  server.secrets.set(`/${name}`, made.secret);
  return made.providerId;
}

const events = { "environment.launch": "deploy", "environment.release": "destroy" } as const;

/** A run of a provider's hook that is due, of an operation of its own. */
async function givenRun(
  environmentId: Id<"environment">,
  kind: EnvironmentOperation & keyof typeof events,
  hook: Partial<TemplateHook> & Pick<TemplateHook, "name" | "providerId">,
): Promise<Id<"hookRun">> {
  const place = { tenantId: tenant.tenantId, projectId: tenant.projectId, environmentId };
  const operationId = newId("operation");
  await db.worker
    .insert(operations)
    .values({ ...place, id: operationId, kind, state: "succeeded", requestKey: randomUUID() });
  const id = newId("hookRun");
  const point = kind === "environment.release" ? "after_release" : "on_success";
  const definition = aHook({ kind: "http", point, ...hook });
  await db.worker.insert(hookRuns).values({
    ...{ ...place, id, operationId, name: hook.name, point, definition, position: 0 },
    ...{ isGate: false, input: { event: events[kind] } },
  });
  return id;
}

const latest = async (environmentId: Id<"environment">, name: string) => {
  const runs = await db.worker
    .select()
    .from(hookRuns)
    .where(and(eq(hookRuns.environmentId, environmentId), eq(hookRuns.name, name)))
    .orderBy(hookRuns.createdAt, hookRuns.round);
  return runs.at(-1);
};
const until = (environmentId: Id<"environment">, name: string, state: object) =>
  expect.poll(() => latest(environmentId, name), { timeout: 20_000 }).toMatchObject(state);

const auditOf = (action: string) =>
  asOperator(db.app, (tx) => tx.select().from(auditEvents).where(eq(auditEvents.action, action)));

test("what takes back is asked until it is done or late; late is told once and counted until it is done", async () => {
  const { environmentId } = await givenReady(db, { fleet, tenant, nodeCount: 1, name: "undo" });
  const providerId = await givenProvider("dns");
  const may = await operatorMay("provider.edit");
  replies.set("/dns", () => {
    throw new ProviderError("it does not show a certificate that is trusted (SELF_SIGNED)", {
      retryable: false,
      certificate: "unknown",
    });
  });
  // Both would be asked again in minutes: who sets the provider right has them asked at once.
  const patient = { providerId, seconds: 900, backoffSeconds: 300 };
  await givenRun(environmentId, "environment.release", { name: "dns", ...patient });
  await until(environmentId, "dns", {
    ...{ state: "waiting", attempt: 1 },
    words: expect.stringMatching(/^it does not show a certificate that is trusted/),
  });
  replies.set("/dns", () => ({ status: 401 }));
  must(await change(providerId, "dns"));
  await until(environmentId, "dns", {
    ...{ state: "waiting", attempt: 2 },
    words:
      "it answered 401: it does not know the secret that it is asked with; renew it under Providers",
  });
  // That it cannot just now is no answer either, however few tries the hook has.
  replies.set("/dns", () => ({ answer: "transient", reason: "its database is away" }));
  must(await change(providerId, "dns"));
  await until(environmentId, "dns", {
    ...{ state: "waiting", attempt: 3, words: "its database is away" },
  });
  replies.set("/dns", () => ({ answer: "done" }));
  must(await renewProviderSecret(db.app, may, { providerId }, keys.publicKey));
  await until(environmentId, "dns", { state: "succeeded" });

  // What makes something ends at once, as ever; what takes it back is lost only when its time is over.
  replies.set("/dns", () => ({ status: 401 }));
  await givenRun(environmentId, "environment.launch", { name: "made", ...patient });
  await until(environmentId, "made", { state: "failed" });
  const reader = await operatorMay("fleet.read");
  const leftOver = async () => (await fleetAttention(db.app, reader)).leftOver;
  const told = async () =>
    (
      await asOperator(db.app, (tx) =>
        tx.select().from(notifications).where(eq(notifications.kind, "release.left_over")),
      )
    ).map(({ audience, data }) => ({ audience, data }));
  expect(await leftOver()).toBe(0);
  const brief = { name: "volume", providerId, seconds: 1, backoffSeconds: 300 };
  const hookRunId = await givenRun(environmentId, "environment.release", brief);
  await until(environmentId, "volume", {
    state: "failed",
    words: expect.stringMatching(/^It was not done within 1 seconds\. Last: it answered 401/),
  });
  expect(await leftOver()).toBe(1);
  const operate = tenant.grant("environment.operate");
  must(await retryHook(db.app, operate, { hookRunId }));
  await until(environmentId, "volume", { state: "failed", round: 1 });
  expect(await leftOver()).toBe(1);
  expect(await told()).toMatchObject([
    { audience: "operators", data: { environment: "undo", hook: "volume" } },
  ]);
  replies.delete("/dns");
  const again = (await latest(environmentId, "volume"))?.id as Id<"hookRun">;
  must(await retryHook(db.app, operate, { hookRunId: again }));
  await until(environmentId, "volume", { state: "succeeded", round: 2 });
  expect(await leftOver()).toBe(0);
});

test("an operator has a provider asked no more to take back; its late answer changes nothing", async () => {
  const { environmentId } = await givenReady(db, { fleet, tenant, nodeCount: 1, name: "given-up" });
  const providerId = await givenProvider("mute");
  const may = await operatorMay("node.operate");
  const reader = await operatorMay("fleet.read");
  const leftOver = async () => (await fleetAttention(db.app, reader)).leftOver;
  const before = await leftOver();
  const stop = (hookRunId: Id<"hookRun">) =>
    stopAsking(db.app, may, { hookRunId, reason: "the array is scrapped" });
  const letGo: (() => void)[] = [];
  replies.set("/mute", () => new Promise((done) => letGo.push(() => done({ answer: "done" }))));
  const made = await givenRun(environmentId, "environment.launch", { name: "array", providerId });
  const hookRunId = await givenRun(environmentId, "environment.release", {
    ...{ name: "scrap", providerId },
  });
  await expect.poll(() => letGo.length, { timeout: 20_000 }).toBe(2);
  // What makes something ends with its operation, and is not an operator's to leave behind.
  expect(await stop(made)).toMatchObject({ refusal: { kind: "not_now" } });
  const ended = { state: "failed", words: expect.stringMatching(/asking: the array is scrapped$/) };
  let stopping: ReturnType<typeof stop>[] = [];
  await db.worker.transaction(async (tx) => {
    await tx.select().from(hookRuns).where(eq(hookRuns.id, hookRunId)).for("update");
    stopping = [stop(hookRunId), stop(hookRunId)];
    await untilWaiting(db.superuserUrl, 2);
  });
  const both = await Promise.all(stopping);
  expect(both.filter(({ ok }) => ok)).toHaveLength(1);
  expect(both).toContainEqual(
    expect.objectContaining({
      refusal: expect.objectContaining({ reason: "Its provider is asked no more." }),
    }),
  );
  for (const go of letGo) go();
  await until(environmentId, "array", { state: "succeeded" });
  await until(environmentId, "scrap", ended);
  expect(await leftOver()).toBe(before + 1);
  expect(await auditOf("hook.stop_asking")).toMatchObject([
    { detail: { hook: "scrap", reason: "the array is scrapped" } },
  ]);
  replies.delete("/mute");
  must(await retryHook(db.app, tenant.grant("environment.operate"), { hookRunId }));
  await until(environmentId, "scrap", { state: "succeeded", round: 1 });
  expect(await leftOver()).toBe(before);
});

test("what a provider kept goes on to the next hook that asks it about the environment, its release too", async () => {
  const { environmentId } = await givenReady(db, { fleet, tenant, nodeCount: 1, name: "kept" });
  const providerId = await givenProvider("store");
  const other = await givenProvider("other");
  replies.set("/store", () => ({ answer: "again", after: 3_600, state: { volume: 7 } }));
  const making = await givenRun(environmentId, "environment.launch", { name: "make", providerId });
  await until(environmentId, "make", { state: "waiting", turn: 1 });
  // Ended by an abort, before the provider was done.
  await db.worker
    .update(hookRuns)
    .set({ state: "cancelled", finishedAt: new Date() })
    .where(eq(hookRuns.id, making));
  // What was answered last counts, also when a clock that was set back says that it began before.
  replies.set("/store", () => ({ answer: "again", after: 3_600, state: { volume: 8 } }));
  const growing = await givenRun(environmentId, "environment.launch", { name: "grow", providerId });
  await until(environmentId, "grow", { state: "waiting", turn: 1 });
  await db.worker
    .update(hookRuns)
    .set({ state: "cancelled", finishedAt: new Date(), startedAt: new Date(0) })
    .where(eq(hookRuns.id, growing));
  // One that was never answered has nothing to hand on.
  replies.set("/store", () => ({ status: 403 }));
  await givenRun(environmentId, "environment.launch", { name: "deaf", providerId });
  await until(environmentId, "deaf", { state: "failed", turn: 0, saved: { volume: 8 } });
  replies.delete("/store");
  await givenRun(environmentId, "environment.release", { name: "beside", providerId: other });
  await givenRun(environmentId, "environment.release", { name: "remove", providerId });
  await until(environmentId, "beside", { state: "succeeded" });
  await until(environmentId, "remove", { state: "succeeded" });
  const own = ["make", "grow", "deaf", "beside", "remove"];
  const states = asked.filter(({ hook }) => own.includes(hook));
  expect(states.map(({ hook, state, turn }) => [hook, state, turn]).sort()).toEqual([
    ["beside", null, 0],
    ["deaf", { volume: 8 }, 0],
    ["grow", { volume: 7 }, 0],
    ["make", null, 0],
    ["remove", { volume: 8 }, 0],
  ]);
});

test("of a run what came with each answer is kept, and how each call went, which operators alone are told", async () => {
  const { environmentId } = await givenReady(db, { fleet, tenant, nodeCount: 1, name: "told" });
  const providerId = await givenProvider("told");
  const said = [
    { answer: "again", after: 1, reason: "it makes it", log: "begun" },
    { status: 503 },
    { answer: "done", log: "made" },
  ];
  replies.set("/told", () => said.shift() ?? { answer: "failed", reason: "asked too often" });
  const hook = { name: "tell", providerId, retries: 1, backoffSeconds: 1 };
  const id = await givenRun(environmentId, "environment.launch", hook);
  await until(environmentId, "tell", { state: "succeeded" });
  const kept = { calls: 3, log: "[call 1, again]\nbegun\n[call 3, done]\nmade\n" };
  const seen = await hookRunDetail(db.app, await operatorMay("fleet.read"), id);
  expect(seen).toMatchObject({
    ...kept,
    latestCalls: [
      { outcome: "done", words: "" },
      { outcome: "none", words: "it answered 503" },
      { outcome: "again", words: "it makes it" },
    ],
  });
  const read = tenant.grant("environment.read");
  const theirs = (await environmentRuns(db.app, read, environmentId, { limit: 9 }))?.runs;
  const [run] = (theirs ?? []).filter((each) => each.id === id);
  expect(run).toMatchObject(kept);
  expect(run).not.toHaveProperty("latestCalls");
  // Of a provider all calls are told, each with the run that it was for.
  const all = await providerDetail(db.app, await operatorMay("fleet.read"), providerId);
  expect(all?.calls.map((call) => call.hookRunId)).toEqual([id, id, id]);
});

test("a done without what its hook declares is a no that names it; what was given goes to nobody, its state does", async () => {
  const { environmentId } = await givenReady(db, { fleet, tenant, nodeCount: 1, name: "short" });
  const providerId = await givenProvider("short");
  const hook = { providerId, outputs: ["ticket", "url"], retries: 3 };
  replies.set("/short", () => ({ answer: "done", outputs: { ticket: "OPS-1" }, state: { at: 1 } }));
  await givenRun(environmentId, "environment.launch", { ...hook, name: "open" });
  const words = "Its provider said that it is done, without its outputs: url.";
  await until(environmentId, "open", { state: "failed", words, outputs: null, turn: 1 });
  expect(asked.filter((each) => each.hook === "open")).toHaveLength(1);
  const all = { ticket: "OPS-1", url: "https://tickets.test/1", more: 1 };
  replies.set("/short", () => ({ answer: "done", outputs: all }));
  await givenRun(environmentId, "environment.launch", { ...hook, name: "open-again" });
  await until(environmentId, "open-again", { state: "succeeded", outputs: all });
  expect(asked.find((each) => each.hook === "open-again")).toMatchObject({ state: { at: 1 } });
  // Taking it back hands nothing on.
  replies.set("/short", () => ({ answer: "done" }));
  await givenRun(environmentId, "environment.release", { ...hook, name: "open-again" });
  await until(environmentId, "open-again", { state: "succeeded" });
});

test("what runs once is not begun beside itself, and asks again with the key that nobody heard the answer to", async () => {
  const { environmentId } = await givenReady(db, { fleet, tenant, nodeCount: 1, name: "once" });
  const providerId = await givenProvider("licence");
  const hook = { name: "licence", providerId, executeOnce: true };
  const keysOf = () => asked.filter((each) => each.hook === "licence").map(({ key }) => key);
  // It took a licence at the second question, and its answer was lost.
  replies.set("/licence", ({ turn }) => {
    if (turn === 0) return { answer: "again", after: 1, state: { at: 1 } };
    throw new ProviderError("no whole answer within 20 seconds", { retryable: true });
  });
  await givenRun(environmentId, "environment.launch", hook);
  await until(environmentId, "licence", { state: "failed", turn: 1 });
  replies.set("/licence", () => ({ answer: "failed", reason: "None is left" }));
  await givenRun(environmentId, "environment.launch", hook);
  await until(environmentId, "licence", { state: "failed", words: "None is left" });
  // That was an answer: asked once more, it is another question.
  replies.set("/licence", () => ({ answer: "again", after: 3_600 }));
  const going = await givenRun(environmentId, "environment.launch", hook);
  await until(environmentId, "licence", { state: "waiting" });
  const at = (turn: number) => `${environmentId}-licence.${turn}`;
  expect(keysOf()).toEqual([at(0), at(1), at(1), at(2)]);

  const other = await givenRun(environmentId, "environment.launch", { name: "other", providerId });
  const [{ operationId } = { operationId: newId("operation") }] = await db.worker
    .select()
    .from(hookRuns)
    .where(eq(hookRuns.id, other));
  const begin = (name: string) =>
    db.worker.transaction((tx) =>
      startRuns(tx, {
        ...{ environmentId, operationId, isGate: false },
        hooks: [aHook({ ...hook, name, kind: "http", point: "on_success" })],
      }),
    );
  await begin("licence");
  expect(await latest(environmentId, "licence")).toMatchObject({
    ...{ state: "skipped", operationId },
    words: "It is under way for this environment already, and runs once.",
  });
  await db.worker.update(hookRuns).set({ state: "cancelled" }).where(eq(hookRuns.id, going));
});

test("a provider that hangs has four calls at once and no more, and keeps no other from being asked", async () => {
  const { environmentId } = await givenReady(db, { fleet, tenant, nodeCount: 1, name: "hangs" });
  const [hung, quick] = [await givenProvider("hung"), await givenProvider("quick")];
  const letGo: (() => void)[] = [];
  replies.set("/hung", () => new Promise((done) => letGo.push(() => done({ answer: "done" }))));
  for (let n = 0; n < 16; n++) {
    await givenRun(environmentId, "environment.launch", { name: `hung-${n}`, providerId: hung });
  }
  await expect.poll(() => letGo.length).toBe(4);
  await givenRun(environmentId, "environment.launch", { name: "quick", providerId: quick });
  await until(environmentId, "quick", { state: "succeeded" });
  expect(letGo).toHaveLength(4);
  // The others come in turn.
  replies.delete("/hung");
  for (const go of letGo) go();
  const open = async () =>
    db.worker.$count(
      hookRuns,
      and(eq(hookRuns.environmentId, environmentId), ne(hookRuns.state, "succeeded")),
    );
  await expect.poll(open, { timeout: 20_000 }).toBe(0);
});

test("a provider is silent after a question that it let hang, and answers after the next that it does", async () => {
  const { environmentId } = await givenReady(db, { fleet, tenant, nodeCount: 1, name: "silent" });
  const providerId = await givenServed("silent");
  const reader = await operatorMay("fleet.read");
  const health = async () => (await providerDetail(db.app, reader, providerId))?.health;
  expect(await health()).toBe("unknown");
  server.replies.set("/silent", () => {});
  const brief = { name: "hang", providerId, seconds: 1 };
  await givenRun(environmentId, "environment.launch", brief);
  const words = "no whole answer within 1 seconds (tried once)";
  await until(environmentId, "hang", { state: "failed", words });
  expect(await health()).toBe("silent");
  server.replies.delete("/silent");
  await givenRun(environmentId, "environment.launch", { name: "good", providerId });
  await until(environmentId, "good", { state: "succeeded" });
  expect(await health()).toBe("answers");
});

test("of two operators who change a provider at once one wins, and the other reads who was first", async () => {
  const providerId = await givenProvider("moved");
  const reader = await operatorMay("fleet.read");
  const before = await providerDetail(db.app, reader, providerId);
  const changing: ReturnType<typeof change>[] = [];
  await asOperator(db.app, async (tx) => {
    await tx.update(providers).set({ description: "" }).where(eq(providers.id, providerId));
    changing.push(change(providerId, "here"), change(providerId, "there"));
    await untilWaiting(db.superuserUrl, 2);
  });
  const both = await Promise.all(changing);
  expect(both.filter(({ ok }) => ok)).toHaveLength(1);
  expect(both.find(({ ok }) => !ok)).toMatchObject({
    refusal: { kind: "not_now", reason: "Changed meanwhile by Ada." },
  });
  const after = await providerDetail(db.app, reader, providerId);
  expect(after?.url).toBe(`https://127.0.0.1:9/${both[0]?.ok ? "here" : "there"}`);
  expect(after?.changedAt).not.toBe(before?.changedAt);
});

test("what is wrong with a provider's certificate is told with what to do about it", async () => {
  const { environmentId } = await givenReady(db, { fleet, tenant, nodeCount: 1, name: "shown" });
  const [ours, theirs] = [await holder("authority"), await holder("another authority")];
  const elsewhere = await holder("elsewhere", { by: ours, host: "provider.example" });
  const expired = await holder("expired", {
    ...{ by: ours, host: "127.0.0.1", until: new Date(Date.now() - 3_600_000) },
  });
  for (const [shown, entered, words] of [
    [elsewhere, theirs.pem, "it shows another certificate; enter it under Providers"],
    [elsewhere, "", "enter it, or its authority's, under Providers"],
    [
      ...([elsewhere, ours.pem] as const),
      "have one made for the address that it is asked at, or enter this one itself under Providers",
    ],
    [
      ...([expired, ours.pem] as const),
      "renew it, and enter the new one under Providers where the old one is entered",
    ],
  ] as const) {
    const other = createServer({ key: shown.keyPem, cert: shown.pem });
    other.listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    const name = `shown-${port}`;
    const providerId = await givenServed(name, entered, `https://127.0.0.1:${port}/${name}`);
    await givenRun(environmentId, "environment.launch", { name, providerId });
    await until(environmentId, name, { state: "failed" });
    expect((await latest(environmentId, name))?.words.split("): ")[1]).toBe(words);
    other.close();
  }
});

test("a provider whose network is taken from the list is sent nothing; what takes back waits until it is there again", async () => {
  const { environmentId } = await givenReady(db, { fleet, tenant, nodeCount: 1, name: "listed" });
  const providerId = await givenServed("listed");
  const begin = (name: string, kind: keyof typeof events) =>
    givenRun(environmentId, kind, { name, providerId, seconds: 900, backoffSeconds: 300 });
  await begin("before", "environment.launch");
  await until(environmentId, "before", { state: "succeeded" });
  const listed = networks.splice(0);
  const words = "its address is in no network that may be asked";
  await begin("made", "environment.launch");
  await until(environmentId, "made", { state: "failed", words });
  // Operators read of their own provider where it was looked for; its tenant does not.
  const [call] = await asOperator(db.app, (tx) =>
    tx
      .select({ words: providerCalls.words })
      .from(providerCalls)
      .where(eq(providerCalls.providerId, providerId))
      .orderBy(desc(providerCalls.id))
      .limit(1),
  );
  expect(call?.words).toBe("127.0.0.1 is not in a network that providers may be in");
  const undo = await begin("undo", "environment.release");
  await until(environmentId, "undo", { state: "waiting", attempt: 1, words });
  expect(server.questions.get("/listed")?.map(({ hook }) => hook)).toEqual(["before"]);
  networks.push(...listed);
  await db.worker.update(hookRuns).set({ runAfter: new Date() }).where(eq(hookRuns.id, undo));
  await until(environmentId, "undo", { state: "succeeded" });
  expect(server.questions.get("/listed")?.map(({ hook }) => hook)).toEqual(["before", "undo"]);
});

test("an answer that comes when its operation was aborted changes nothing, and the log says so", async () => {
  const { environmentId } = await givenReady(db, { fleet, tenant, nodeCount: 1, name: "aborted" });
  const providerId = await givenServed("slow");
  const held: (() => void)[] = [];
  server.replies.set("/slow", ({ key }, response) => {
    held.push(() => reply(response, { key, answer: "done", outputs: { volume: 7 }, state: 7 }));
  });
  const id = await givenRun(environmentId, "environment.launch", { name: "slow", providerId });
  await expect.poll(() => held.length, { timeout: 20_000 }).toBe(1);
  const [run] = await db.worker
    .update(hookRuns)
    .set({ isGate: true })
    .where(eq(hookRuns.id, id))
    .returning();
  const operationId = run?.operationId ?? newId("operation");
  await db.worker
    .update(operations)
    .set({ state: "aborted" })
    .where(eq(operations.id, operationId));
  await until(environmentId, "slow", { state: "cancelled" });
  for (const answer of held) answer();
  const told = () =>
    logged.filter(
      (line) => line.includes(id) && line.includes("came too late and changes nothing"),
    );
  await expect.poll(() => told().length, { timeout: 20_000 }).toBe(1);
  expect(await latest(environmentId, "slow")).toMatchObject({
    ...{ state: "cancelled", words: "Its operation ended before it did." },
    ...{ outputs: null, saved: null, turn: 0 },
  });
});

test("a provider is not retired while the release of an environment would ask it", async () => {
  const providerId = await givenProvider("kept-on");
  const { environmentId } = await givenReady(db, { fleet, tenant, nodeCount: 1, name: "asks" });
  const hooks = [aHook({ name: "remove", kind: "http", point: "after_release", providerId })];
  await asOperator(db.app, (tx) =>
    tx
      .update(templateVersions)
      .set({ hooks, state: "retired" })
      .where(eq(templateVersions.id, fleet.templateVersionId)),
  );
  const retire = async () =>
    retireProvider(db.app, await operatorMay("provider.edit"), { providerId });
  const slug = tenant.actor.memberships[0]?.tenantSlug;
  expect(await retire()).toMatchObject({
    refusal: { kind: "in_use", by: expect.arrayContaining([`asks of ${slug}`]) },
  });
  // Released, and its provider still to be asked.
  await db.worker.update(environments).set({ state: "released" });
  replies.set("/kept-on", () => ({ answer: "again", after: 3_600 }));
  await givenRun(environmentId, "environment.release", { name: "remove", providerId });
  await until(environmentId, "remove", { state: "waiting" });
  expect(await retire()).toMatchObject({ refusal: { kind: "in_use", by: [`asks of ${slug}`] } });
  await db.worker.update(hookRuns).set({ state: "succeeded" }).where(eq(hookRuns.name, "remove"));
  expect(await retire()).toMatchObject({ ok: true });
});
