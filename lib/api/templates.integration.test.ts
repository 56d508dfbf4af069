import { afterAll, beforeAll, expect, test } from "vitest";
import { dryCalls } from "#db/schema/dry-runs";
import { hookRuns } from "#db/schema/hooks";
import { clientOf, givenApiTenant, givenOperator, ownToken } from "#e2e/fixtures/api";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { aHook, anInput } from "#e2e/fixtures/hooks";
import { asOperator, type GivenFleet, givenFleet } from "#e2e/fixtures/launchable";
import { actorOf, givenFleetGrant, givenUser } from "#e2e/fixtures/people";
import { must } from "#e2e/world/acting";
import { newSealingKeys } from "#lib/access/sealed";
import { registerProvider } from "#lib/commands/register-provider";
import { type Id, newId } from "#lib/domain/id";

// Templates as a program keeps them: what is read of one is what is sent, and it is tried before it is used.

let db: GivenConnections;
let fleet: GivenFleet;
let ours: Awaited<ReturnType<typeof givenApiTenant>>;
let operate: ReturnType<typeof clientOf>;
let look: ReturnType<typeof clientOf>;
let providerId: Id<"provider">;

beforeAll(async () => {
  db = await givenConnections();
  fleet = await givenFleet(db.app, { racks: [2] });
  ours = await givenApiTenant(db.app, fleet);
  operate = clientOf(db.app, await ownToken(db.app, await givenOperator(db.app)));
  const { userId } = await givenUser(db.app, { operatorRole: "fleet_viewer" });
  look = clientOf(db.app, await ownToken(db.app, await actorOf(db.app, userId)));
  const may = await givenFleetGrant(db.app, "provider.edit");
  const about = {
    name: "tickets",
    description: "",
    url: "https://tickets.test/",
    certificatePem: "",
  };
  const { publicKey } = newSealingKeys();
  providerId = must(await registerProvider(db.app, may, about, publicKey)).providerId;
});
afterAll(() => db?.close());

const script = (line: string) => `#!/bin/bash\n${line}\n${"# why it is so\n".repeat(3_000)}`;

/** A definition with something of everything, longer than other bodies may be. */
const definition = () => ({
  groups: [
    {
      ...{ name: "workers", role: "gpu_worker" as const, profileId: fleet.profileId },
      ...{ minCount: 1, defaultCount: 2, maxCount: 8 },
    },
  ],
  bootConfig: { packages: ["nvtop"], commands: [["sh", "-c", "echo 'a  b' > /etc/motd"]] },
  longestLeaseHours: 336,
  network: { isPrivate: true, hasPartition: false, publicAddresses: "none" as const },
  inputs: [
    anInput({ name: "storage", type: "enum", options: ["nfs", "none"], default: "none" }),
    anInput({ name: "size", type: "number", min: 1, default: 10, help: "In TiB." }),
    anInput({ name: "token", type: "secret", required: true }),
  ],
  hooks: [
    aHook({ name: "ticket", kind: "http", providerId, retries: 3 }),
    aHook({ name: "lead", kind: "approval", approvers: { kind: "operators", emails: [] } }),
    ...["data", "warm"].map((name) =>
      aHook({
        ...{ name, kind: "script", point: "after_bootstrap" },
        script: { text: script(name), outputs: ["DONE"] },
        skipIf: { input: "storage", is: "equal", value: "none" },
      }),
    ),
    aHook({
      ...{ name: "settled", kind: "wait", point: "after_bootstrap", backoffSeconds: 30 },
      script: { text: "#!/bin/sh\nmountpoint -q /data\n", outputs: [] },
    }),
    aHook({ name: "flush", kind: "http", point: "on_action", providerId }),
  ],
  actions: [
    {
      ...{ name: "flush", label: "Flush", help: "", role: "member" as const, confirmation: "Now?" },
      inputs: [
        anInput({ name: "how", type: "string", default: "soft" }),
        anInput({ name: "depth", type: "number", required: true, min: 3 }),
      ],
      hooks: ["flush"],
    },
  ],
});

test("a template's version is read, sent again as the next one, and is the same; changed, it says in what", async () => {
  const words = { description: "Kept in git.", readme: "# Begin" };
  const about = { name: "in-git", ...words };
  const made = await operate("createTemplate", { body: { ...about, ...definition() } });
  expect(made.status).toBe(200);
  expect((await operate("createTemplate", { body: { ...about, ...definition() } })).status).toBe(
    409,
  );
  const template = made.value.templateId;
  const get = async (templateVersion: string) =>
    (await look("getTemplateVersion", { params: { templateVersion } })).value;
  type Definition = Awaited<ReturnType<typeof get>>["definition"];
  type Word = keyof typeof words | "longestLeaseHours";
  const add = (body: Omit<Definition, Word> & Partial<Pick<Definition, Word>>) =>
    operate("addTemplateVersion", { params: { template }, body });

  const first = await get(made.value.templateVersionId);
  expect(first).toMatchObject({ version: 1, changes: null, profiles: [{ state: "active" }] });
  expect(first.definition).toEqual({ ...words, ...definition() });
  const second = await add(first.definition);
  expect(second).toMatchObject({ status: 200, value: { version: 2 } });
  const again = await get(second.value.templateVersionId);
  expect(again).toMatchObject({ version: 2, state: "draft", changes: [] });
  expect(again.definition).toEqual(first.definition);
  expect(again.userData).toEqual(first.userData);

  // A definition from before versions had words of their own keeps those of the version before.
  const { description: _, readme: __, longestLeaseHours: ___, ...wordless } = again.definition;
  wordless.bootConfig.packages.push("htop");
  const third = await add(wordless);
  const changed = await get(third.value.templateVersionId);
  expect(changed.definition).toMatchObject({ ...words, longestLeaseHours: 336 });
  expect(changed.changes).toHaveLength(1);
  expect(JSON.stringify(changed.changes)).toContain("htop");
  // Any two are compared, either way.
  const compare = (query: { from?: number; to?: number }) =>
    look("getTemplate", { params: { template }, query });
  const [htop] = changed.changes ?? [];
  expect((await compare({ from: 1, to: 3 })).value.comparison).toEqual({
    ...{ from: 1, to: 3, changes: [htop] },
  });
  expect((await compare({ from: 3, to: 1 })).value.comparison).toMatchObject({
    changes: [{ before: htop?.after, after: htop?.before }],
  });
  expect((await compare({})).value.comparison).toBeNull();
  expect(await compare({ to: 7 })).toMatchObject({
    ...{ status: 422, problem: { errors: [{ detail: "There is no version 7." }] } },
  });
  // Not the definition but all that was read; what contradicts itself; nodes of nothing.
  expect((await add(first as never)).status).toBe(422);
  const [group] = definition().groups;
  if (!group) throw new Error("no group");
  expect(await add({ ...definition(), groups: [{ ...group, maxCount: 0 }] })).toMatchObject({
    ...{ status: 422, problem: { errors: [{ pointer: "/groups/0/maxCount" }, {}] } },
  });
  // A default of a secret is kept in no draft, neither of an input nor of an action's.
  const leaky = anInput({ name: "token", type: "secret", default: "hunter2" });
  const [action] = definition().actions;
  if (!action) throw new Error("no action");
  const detail =
    "A secret has no default: whoever reads the template would read it. Leave it empty.";
  for (const [pointer, body] of [
    ["/inputs/0/default", { ...definition(), inputs: [leaky] }],
    ["/actions/0/inputs/0/default", { ...definition(), actions: [{ ...action, inputs: [leaky] }] }],
  ] satisfies [string, ReturnType<typeof definition>][]) {
    expect(await add(body)).toMatchObject({
      ...{ status: 422, problem: { errors: [{ pointer, detail }] } },
    });
  }
  const nobodys = { ...group, profileId: newId("profile") };
  expect((await add({ ...definition(), groups: [nobodys] })).status).toBe(404);

  const move = (templateVersion: string, to: "published" | "retired") =>
    operate("moveTemplateVersion", { params: { templateVersion }, body: { to } });
  const params = { template };
  const told = async () => (await look("getTemplate", { params })).value.versions[0];
  const tried = { params: { templateVersion: third.value.templateVersionId } };
  const reason = expect.stringContaining("This version has not passed a dry run.");
  expect(await move(third.value.templateVersionId, "published")).toMatchObject({
    ...{ status: 409, problem: { detail: reason } },
  });
  expect(await told()).toMatchObject({ state: "draft", whyNotPublished: reason });
  const body = { counts: {}, inputs: { token: "s3cret" } };
  expect((await operate("startDryRun", { ...tried, body })).status).toBe(202);
  // While it is under way it has not passed.
  expect((await move(third.value.templateVersionId, "published")).status).toBe(409);
  const answered = (answer: "failed" | "done") =>
    db.worker.update(dryCalls).set({ state: "ended", answer, words: "As it said." });
  await answered("failed");
  expect(await move(third.value.templateVersionId, "published")).toMatchObject({
    ...{ status: 409, problem: { detail: expect.stringContaining("As it said.") } },
  });
  await answered("done");
  expect(await told()).toMatchObject({ whyNotPublished: null });
  expect((await move(third.value.templateVersionId, "published")).status).toBe(200);
  expect((await move(third.value.templateVersionId, "published")).status).toBe(409);
  expect((await move(template, "retired")).status).toBe(404);
  const share = { projectIds: [ours.projectId] };
  expect((await operate("shareTemplate", { params, body: share })).value).toEqual({ projects: 1 });
  const { value } = await look("getTemplate", { params });
  expect(value).toMatchObject({ sharedWith: [ours.projectId] });
  expect(value.versions.map((each) => [each.version, each.state, each.isOffered])).toEqual([
    ...[
      [3, "published", true],
      [2, "draft", false],
      [1, "draft", false],
    ],
  ]);
  // A draft with other words: what tenants launch still has its own.
  const said = { description: "In git.", readme: "" };
  const fourth = await add({ ...wordless, ...said });
  expect((await get(fourth.value.templateVersionId)).changes).toEqual([
    { what: "Description", before: words.description, after: said.description },
    { what: "Read me", before: words.readme, after: "none" },
  ]);
  expect((await look("listTemplates")).value.items).toContainEqual(
    expect.objectContaining({
      ...{ id: template, description: words.description, publishedVersion: 3, projects: 1 },
    }),
  );
});

test("a version is dry-run with values that a launch would take, one at a time; a past run is replayed", async () => {
  const { value } = await look("listTemplates");
  const template = value.items.find(({ name }) => name === "in-git")?.id ?? "";
  const { versions } = (await look("getTemplate", { params: { template } })).value;
  const params = { templateVersion: versions[2]?.id ?? "" };
  const start = (inputs: Record<string, string>) =>
    operate("startDryRun", { params, body: { counts: { workers: 2 }, inputs } });
  expect(await start({})).toMatchObject({
    ...{ status: 422, problem: { errors: [{ pointer: "/inputs/token" }] } },
  });
  // Of one hook alone, what keeps it from being asked is said.
  const alone = (hook: string) =>
    operate("startDryRun", { params, body: { counts: {}, inputs: { token: "s3cret" }, hook } });
  expect((await alone("lead")).problem?.detail).toContain("Hook lead asks no provider.");
  expect((await alone("gone")).problem?.detail).toContain("It has no hook named gone.");
  const started = await start({ token: "s3cret" });
  expect(started.status).toBe(202);
  expect((await start({ token: "s3cret" })).status).toBe(409);
  const dryRun = started.value.dryRunId;
  const run = await look("getDryRun", { params: { dryRun } });
  expect(run.value).toMatchObject({ id: dryRun, isOpen: true });
  expect(run.value.calls).toMatchObject([
    { name: "ticket", provider: "tickets", state: "ready", input: { inputs: { size: 10 } } },
    {
      ...{ name: "flush", operation: "environment.act", state: "ready" },
      input: { event: "action", action: { name: "flush", inputs: { how: "soft", depth: 3 } } },
    },
  ]);
  expect((await look("listDryRuns", { params })).value.items).toEqual([run.value]);
  expect(JSON.stringify(run.value)).not.toContain("s3cret");

  const owner = clientOf(db.app, await ownToken(db.app, ours.owner));
  const launched = await owner("launchEnvironment", {
    params: ours.place,
    body: {
      ...{ name: "past", templateVersionId: fleet.templateVersionId, imageId: fleet.imageId },
      ...{ counts: { workers: 1 } },
      publicKey:
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGPKSUTyz1HwHReFVvD5obVsALAgJRNarH4TRpNePnAS ci",
    },
  });
  const hookRun = newId("hookRun");
  await asOperator(db.app, (tx) =>
    tx.insert(hookRuns).values({
      ...{ id: hookRun, tenantId: ours.tenantId, projectId: ours.projectId, name: "ticket" },
      environmentId: launched.value.environmentId as Id<"environment">,
      operationId: launched.value.operationId as Id<"operation">,
      ...{ state: "failed", point: "after_allocate", position: 0, isGate: false, input: { n: 1 } },
      definition: aHook({ name: "ticket", kind: "http", providerId }),
    }),
  );
  const past = { params: { hookRun } };
  expect((await look("replayHook", past)).status).toBe(403);
  const replay = await operate("replayHook", past);
  expect(replay.status).toBe(202);
  expect((await operate("replayHook", past)).status).toBe(409);
  expect((await look("listReplays", past)).value.items).toMatchObject([
    { id: replay.value.dryRunId, calls: [{ name: "ticket", input: { n: 1 } }] },
  ]);
  expect((await look("listReplays", { params: { hookRun: dryRun } })).status).toBe(404);
  // A node is lent by who operates nodes alone, and to no question to a provider.
  const lend = { ...past, body: { nodeId: newId("node") } };
  expect((await look("rehearseHook", lend)).status).toBe(403);
  expect((await operate("rehearseHook", lend)).status).toBe(409);
  expect(
    (await operate("rehearseHook", { params: { hookRun: dryRun }, body: lend.body })).status,
  ).toBe(404);
});

test("a node is lent to a dry run, by who operates nodes alone; it is told of and taken back", async () => {
  const { value } = await look("listTemplates");
  const template = value.items.find(({ name }) => name === "in-git")?.id ?? "";
  const { versions } = (await look("getTemplate", { params: { template } })).value;
  const params = { templateVersion: versions[3]?.id ?? "" };
  const { items } = (await look("listNodes")).value;
  const node = items.find(({ lifecycle }) => lifecycle === "available")?.id ?? "";
  const body = { counts: {}, inputs: { storage: "nfs", token: "s3cret" }, nodeId: node };
  expect((await look("rehearseTemplate", { params, body })).status).toBe(403);
  const started = await operate("rehearseTemplate", { params, body });
  expect(started.status).toBe(202);
  const dryRun = { params: { dryRun: started.value.dryRunId } };
  const run = (await look("getDryRun", dryRun)).value;
  expect(run).toMatchObject({
    lent: { node: { id: node, lifecycle: "reserved" }, isTakenBack: false },
    calls: [
      { name: "ticket" },
      { name: "data", kind: "script", script: null },
      { name: "warm" },
      { name: "settled", kind: "wait" },
      { name: "flush" },
    ],
  });
  expect(JSON.stringify(run)).not.toContain("s3cret");
  const lent = { template: { id: template }, version: { id: params.templateVersion } };
  expect((await look("getNode", { params: { node } })).value).toMatchObject({ lent });
  expect((await look("takeBackNode", dryRun)).status).toBe(403);
  expect((await operate("takeBackNode", dryRun)).status).toBe(202);
  expect((await look("getDryRun", dryRun)).value).toMatchObject({ lent: { isTakenBack: true } });
});
