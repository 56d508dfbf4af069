import { createHash, randomUUID } from "node:crypto";
import { and, eq, lte, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { listen } from "#db/listen";
import { changedChannel } from "#db/queries/operations";
import { templateVersions } from "#db/schema/catalogue";
import { allocations, environments } from "#db/schema/environments";
import { hookRuns } from "#db/schema/hooks";
import { operations } from "#db/schema/operations";
import { givenOperator } from "#e2e/fixtures/api";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { aHook } from "#e2e/fixtures/hooks";
import { asOperator, givenFleet, givenTenant, givenTerms } from "#e2e/fixtures/launchable";
import { givenLaunched } from "#e2e/fixtures/launched";
import { must } from "#e2e/world/acting";
import { authorizeFleet, authorizeTenant } from "#lib/access/authorize";
import { decideApproval } from "#lib/commands/decide-approval";
import { retryEnvironment } from "#lib/commands/retry-environment";
import { createLog } from "#lib/config/log";
import type { Id } from "#lib/domain/id";
import { fleetApprovals, tenantApprovals } from "#lib/views/hook-runs";
import { createHookRunner, type HookRunner } from "#lib/worker/hooks/runner";
import { takeNodes } from "#lib/worker/hooks/take-nodes";

// Approvals whose time is over. A worker looks at them when the test says so, and not before.

const log = createLog("test", "fatal");
let db: GivenConnections;
let hooks: HookRunner;
beforeAll(async () => {
  db = await givenConnections();
  hooks = createHookRunner({
    db: db.worker,
    callProvider: () => Promise.reject(new Error("nobody is called")),
    askUrl: () => Promise.reject(new Error("nobody is called")),
    ...{ privateKey: "", bootSecret: "", leaseMs: 5_000, log },
  });
});
afterAll(async () => {
  await hooks?.stop();
  await db?.close();
});

test("a launch that nobody approves in time fails, a late yes is refused, and tried again it is asked anew", async () => {
  const fleet = await givenFleet(db.app, { racks: [1] });
  const tenant = await givenTenant(db.app, { fleet, gpuLimit: 8 });
  const lead = aHook({
    ...{ name: "lead", kind: "approval", point: "before_allocate", seconds: 1 },
    approvers: { kind: "tenant_admins", emails: [] },
  });
  await asOperator(db.app, (tx) =>
    tx
      .update(templateVersions)
      .set({ hooks: [lead] })
      .where(eq(templateVersions.id, fleet.templateVersionId)),
  );
  const { environmentId } = await givenLaunched(db, { fleet, tenant, nodeCount: 1 });
  const lastRun = async () => {
    const runs = await db.worker
      .select()
      .from(hookRuns)
      .where(eq(hookRuns.environmentId, environmentId))
      .orderBy(hookRuns.createdAt);
    const last = runs.at(-1);
    if (!last) throw new Error("nothing asks for a decision");
    return last;
  };
  /** A worker looks once, and finds the one run to be due. */
  const look = async (state: string) => {
    expect(await hooks.poll()).toBe(1);
    await expect.poll(async () => (await lastRun()).state).toBe(state);
    return lastRun();
  };
  /** As it is when a worker has given nodes to every launch that may have them. */
  const environment = async () => {
    await takeNodes({ db: db.worker, log });
    const [row] = await db.worker
      .select()
      .from(environments)
      .where(eq(environments.id, environmentId));
    return row;
  };
  const held = () => db.worker.$count(allocations, eq(allocations.environmentId, environmentId));
  const memberships = tenant.actor.memberships.map((each) => ({ ...each, role: "owner" as const }));
  const approve = async () => {
    const slug = memberships[0]?.tenantSlug ?? "";
    const owner = authorizeTenant({ ...tenant.actor, memberships }, slug, "approval.answer");
    const { id: hookRunId } = await lastRun();
    return decideApproval(db.app, must(owner), { hookRunId, decision: "approve", words: "" });
  };

  const { id, deadlineAt } = await look("waiting");
  const isOver = and(eq(hookRuns.id, id), lte(hookRuns.deadlineAt, sql`now()`));
  await expect.poll(() => db.worker.$count(hookRuns, isOver)).toBe(1);
  // No worker has come to say so yet.
  expect(await approve()).toEqual({
    ok: false,
    refusal: {
      kind: "not_now",
      reason: `Its time was over on ${deadlineAt?.toISOString()}.`,
      advice: "Try the operation again to have it asked anew.",
    },
  });
  expect(await environment()).toMatchObject({ state: "queued" });

  const words = "It was not decided in time by an owner or admin of the tenant.";
  expect(await look("failed")).toMatchObject({ id, words, decidedBy: null, decidedAt: null });
  expect(await environment()).toMatchObject({
    state: "failed",
    stateReason: `Hook lead: ${words}`,
  });
  expect(await approve()).toMatchObject({
    refusal: { kind: "not_now", reason: "Nothing waits for this decision any more." },
  });
  expect(await held()).toBe(0);

  // As the advice says: its time begins anew, and a yes within it takes the node.
  const retry = { requestKey: randomUUID(), environmentId };
  must(await retryEnvironment(db.app, tenant.grant("environment.operate"), retry));
  expect((await lastRun()).id).not.toBe(id);
  must(await approve());
  await environment();
  expect(await held()).toBe(1);
});

test("whoever decides is told what is asked for, and reads its scripts, which nobody else is", async () => {
  const fleet = await givenFleet(db.app, { racks: [2] });
  const tenant = await givenTenant(db.app, { fleet, gpuLimit: 16 });
  await givenTerms(db.app, fleet.profileId, { priceCents: 250 });
  const script = (text: string) => ({ script: { text, outputs: [] } });
  const hooks = [
    aHook({
      ...{ name: "lead", kind: "approval", point: "before_allocate" },
      approvers: { kind: "tenant_admins", emails: [] },
    }),
    aHook({ name: "prepare", kind: "script", point: "after_bootstrap", ...script("mount /é\n") }),
    aHook({ name: "flush", kind: "script", point: "on_action", ...script("sync\n") }),
  ];
  await asOperator(db.app, (tx) =>
    tx
      .update(templateVersions)
      .set({ hooks })
      .where(eq(templateVersions.id, fleet.templateVersionId)),
  );
  const { environmentId } = await givenLaunched(db, { fleet, tenant, nodeCount: 2 });
  await db.worker
    .update(environments)
    .set({ endsAt: sql`${environments.createdAt} + interval '8 hours'` })
    .where(eq(environments.id, environmentId));
  const memberships = tenant.actor.memberships.map((each) => ({ ...each, role: "owner" as const }));
  const slug = memberships[0]?.tenantSlug ?? "";
  const owner = must(authorizeTenant({ ...tenant.actor, memberships }, slug, "approval.answer"));
  const about = {
    template: { version: 1 },
    counts: { workers: 2 },
    leaseHours: 8,
    cost: "USD 5.00 an hour: USD 40.00 for the whole lease.",
  };
  const sha256 = createHash("sha256").update("mount /é\n").digest("hex");
  expect((await tenantApprovals(db.app, owner)).approvals).toMatchObject([
    {
      ...{ mayDecide: true, environment: { id: environmentId } },
      about: {
        ...about,
        scripts: [{ name: "prepare", point: "after_bootstrap", sha256, text: "mount /é\n" }],
      },
    },
  ]);
  // An operator sees that it waits, and for what; it is not theirs to decide.
  const admin = must(authorizeFleet(await givenOperator(db.app), "fleet.read"));
  const { approvals } = await fleetApprovals(db.app, admin);
  expect(approvals.filter((each) => each.environment.id === environmentId)).toMatchObject([
    { mayDecide: false, about: { ...about, scripts: [] } },
  ]);
  // Behind an action: of what it starts, and of nothing else.
  const action = { name: "tidy", label: "Tidy", inputs: {} };
  await db.worker
    .update(hookRuns)
    .set({ input: sql`${hookRuns.input} || ${JSON.stringify({ action })}::jsonb` })
    .where(eq(hookRuns.environmentId, environmentId));
  const actions = [
    {
      ...action,
      help: "",
      role: "member" as const,
      confirmation: "",
      inputs: [],
      hooks: ["flush"],
    },
  ];
  await asOperator(db.app, (tx) =>
    tx
      .update(templateVersions)
      .set({ actions })
      .where(eq(templateVersions.id, fleet.templateVersionId)),
  );
  const [pressed] = (await tenantApprovals(db.app, owner)).approvals;
  expect(pressed?.about.scripts.map(({ name }) => name)).toEqual(["flush"]);
});

test("its tenant's open inboxes are told when an approval waits, is decided or ends", async () => {
  const fleet = await givenFleet(db.app, { racks: [2] });
  const tenant = await givenTenant(db.app, { fleet, gpuLimit: 16 });
  const lead = aHook({
    ...{ name: "lead", kind: "approval", point: "before_allocate", seconds: 60 },
    approvers: { kind: "tenant_admins", emails: [] },
  });
  await asOperator(db.app, (tx) =>
    tx
      .update(templateVersions)
      .set({ hooks: [lead] })
      .where(eq(templateVersions.id, fleet.templateVersionId)),
  );
  const heard: string[] = [];
  const inbox = `approvals:${tenant.tenantId}`;
  const listening = Promise.withResolvers<void>();
  const ears = listen({
    ...{ url: db.superuserUrl, role: "ingot_app", channels: [changedChannel], log },
    onNotice: (_, topic) => void (topic.startsWith("approvals:") && heard.push(topic)),
    onConnect: listening.resolve,
  });
  await listening.promise;
  /** Does it, and sees that these inboxes were told. */
  const told = async (act: () => Promise<unknown>) => {
    heard.length = 0;
    await act();
    await expect.poll(() => heard).toContain(inbox);
  };
  try {
    const first = await givenLaunched(db, { fleet, tenant, nodeCount: 1 });
    await told(() => hooks.poll());
    const [run] = await db.worker
      .select()
      .from(hookRuns)
      .where(eq(hookRuns.environmentId, first.environmentId));
    const memberships = tenant.actor.memberships.map((each) => ({
      ...each,
      role: "owner" as const,
    }));
    const slug = memberships[0]?.tenantSlug ?? "";
    const owner = must(authorizeTenant({ ...tenant.actor, memberships }, slug, "approval.answer"));
    const no = { decision: "refuse" as const, words: "no budget" };
    await told(async () =>
      must(await decideApproval(db.app, owner, { hookRunId: run?.id as Id<"hookRun">, ...no })),
    );
    const second = await givenLaunched(db, { fleet, tenant, nodeCount: 1, name: "second" });
    await told(() => hooks.poll());
    await db.worker
      .update(operations)
      .set({ state: "aborted", finishedAt: new Date() })
      .where(eq(operations.environmentId, second.environmentId));
    await told(() => hooks.poll());
  } finally {
    await ears.stop();
  }
});
