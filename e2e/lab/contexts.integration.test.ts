import { randomUUID } from "node:crypto";
import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { auditEvents } from "#db/schema/audit-events";
import { bootWindows } from "#db/schema/boot-windows";
import { contextSecrets, environmentContexts } from "#db/schema/contexts";
import { hookRuns, providerCalls } from "#db/schema/hooks";
import { scriptRuns } from "#db/schema/script-runs";
import { aHook, anInput, givenProvider, givenTemplate } from "#e2e/fixtures/hooks";
import { givenLab, type Lab } from "#e2e/fixtures/lab";
import { asOperator, type GivenTenant, givenTenant } from "#e2e/fixtures/launchable";
import { startWorker, untilEnvironment, untilNode } from "#e2e/fixtures/worker";
import { must } from "#e2e/world/acting";
import { openInputs } from "#lib/boot/sealed-inputs";
import { attachContext } from "#lib/commands/attach-context";
import { changeContext } from "#lib/commands/change-context";
import { createContext } from "#lib/commands/create-context";
import { decideApproval } from "#lib/commands/decide-approval";
import { launchEnvironment } from "#lib/commands/launch-environment";
import { releaseEnvironment } from "#lib/commands/release-environment";
import { removeContext } from "#lib/commands/remove-context";
import { setContextSecret } from "#lib/commands/set-context-secret";
import { renderUserData } from "#lib/domain/boot/cloud-config";
import type { ContextFile } from "#lib/domain/context/context";
import type { Id } from "#lib/domain/id";
import {
  type ProviderServer,
  reply,
  startProviderServer,
} from "#lib/drivers/http-provider/provider-server.test-support";
import { launchUserDataInput } from "#lib/schemas/environment";
import { contextDetail } from "#lib/views/contexts";
import { launchUserData } from "#lib/views/launch-user-data";
import { pruneEvidence } from "#lib/worker/reconcilers/prune-evidence";

// Config contexts of a launch on a simulated rack, with the real worker and a provider over real TLS.

let lab: Lab;
let tenant: GivenTenant;
let worker: ReturnType<typeof startWorker>;
let server: ProviderServer;
let nodeId: Id<"node">;

beforeAll(async () => {
  lab = await givenLab({ network: 77, rack: { nodes: [{ name: "a", flavour: "plain" }] } });
  tenant = await givenTenant(lab.app.db, { fleet: lab.fleet, gpuLimit: 16, gpuModel: "H100" });
  server = await startProviderServer();
  worker = startWorker(lab);
  nodeId = await lab.enrol("a");
});

afterAll(async () => {
  await worker?.stop();
  server?.close();
  await lab?.close();
});

type To = Id<"template"> | Id<"project"> | Id<"provider">;

async function given(
  name: string,
  to: To,
  variables: Record<string, string>,
  secrets: Record<string, string> = {},
  files: ContextFile[] = [],
): Promise<Id<"context">> {
  const may = lab.operator("context.edit");
  const { contextId } = must(
    await createContext(lab.app.db, may, {
      ...{ name, description: "", files },
      variables: Object.entries(variables).map(([key, value]) => ({ name: key, value })),
    }),
  );
  for (const [key, value] of Object.entries(secrets)) await rotate(contextId, key, value);
  must(await attachContext(lab.app.db, may, { contextId, to }));
  return contextId;
}

async function rotate(contextId: Id<"context">, name: string, value: string): Promise<void> {
  const may = lab.operator("context.edit");
  must(await setContextSecret(lab.app.db, may, { contextId, name, value }, lab.sealingKey));
}

/** A cloud-config as cloud-init reads it: its files by path, and the rest. */
function asRead(text: string) {
  const { write_files, ...rest } = JSON.parse(text.slice(text.indexOf("\n")));
  const files: { path: string; content: string }[] = write_files;
  return { rest, files: Object.fromEntries(files.map(({ path, content }) => [path, content])) };
}

async function untilRun(environmentId: Id<"environment">, name: string, state: string) {
  const read = async () => {
    const rows = await lab.worker.db
      .select()
      .from(hookRuns)
      .where(eq(hookRuns.environmentId, environmentId));
    return rows.find((row) => row.name === name);
  };
  await expect
    .poll(async () => (await read())?.state, { timeout: 60_000, interval: 50 })
    .toBe(state);
  const run = await read();
  if (!run) throw new Error("no run");
  return run;
}

test("an environment keeps the contexts of its launch; a provider gets its own; no secret is shown", async () => {
  await untilNode(lab, nodeId, "available");
  const { db } = lab.app;
  const ticket = await givenProvider(lab, server, "ticket");
  server.replies.set("/ticket", ({ key }, response) =>
    reply(response, {
      key,
      answer: "done",
      outputs: { with: "ticket-secret" },
      log: "ticket-secret",
    }),
  );
  const script = {
    text: '#!/bin/sh\necho "$REGISTRY_URL"\necho "$REGISTRY_TOKEN"\necho "$CACHE"\n',
    outputs: [],
  };
  await givenTemplate(lab, {
    inputs: [anInput({ name: "cache", type: "string" })],
    hooks: [
      aHook({ name: "ticket", kind: "http", providerId: ticket }),
      aHook({ name: "show", kind: "script", point: "after_bootstrap", script }),
      aHook({
        ...{ name: "look", kind: "approval", point: "after_bootstrap" },
        approvers: { kind: "operators", emails: [] },
      }),
    ],
  });
  const conf = { path: "/etc/registry.conf", mode: "0644", content: "mirror = true\n" };
  const registry = await given(
    "registry",
    lab.fleet.templateId,
    { REGISTRY_URL: "https://template", CACHE: "/cache" },
    { REGISTRY_TOKEN: "first-value" },
    [conf],
  );
  await given("team", tenant.projectId, { REGISTRY_URL: "https://team" });
  await given("tickets", ticket, { QUEUE: "gpu" }, { TICKET_TOKEN: "ticket-secret" });

  const input = {
    requestKey: randomUUID(),
    name: "train",
    templateVersionId: lab.fleet.templateVersionId,
    imageId: lab.fleet.imageId,
    counts: { workers: 1 },
    sshKeyIds: [tenant.keyId],
    pastedKey: "",
    inputs: { cache: "/fast" },
  };
  const launching = tenant.grant("environment.launch");
  const { requestKey: _, pastedKey: __, ...shownInput } = input;
  const shown = must(await launchUserData(db, launching, launchUserDataInput.parse(shownInput)));
  const { environmentId } = must(await launchEnvironment(db, launching, input, lab.sealingKey));

  // Whatever is changed now is for the next launch.
  await rotate(registry, "REGISTRY_TOKEN", "second-value");
  const may = lab.operator("context.edit");
  const looking = lab.operator("fleet.read");
  const before = await contextDetail(db, looking, registry);
  const change = { contextId: registry, description: "", variables: [], files: [] };
  const seen = before?.changedAt ?? "";
  must(await changeContext(db, may, { ...change, seen }));
  expect(await changeContext(db, may, { ...change, seen })).toMatchObject({
    refusal: { reason: "Somebody has changed it since this page was loaded." },
  });

  const look = await untilRun(environmentId, "look", "waiting");
  const [window] = await lab.worker.db
    .select()
    .from(bootWindows)
    .where(eq(bootWindows.environmentId, environmentId));
  if (!window?.sealedInputs || !window.seed) throw new Error("no window, or nothing sealed in it");
  expect(window.seed).toMatchObject({
    files: [conf],
    launch: {
      inputs: { cache: "/fast" },
      context: { REGISTRY_URL: "https://team", CACHE: "/fast" },
    },
  });
  expect(openInputs(lab.settings.bootSecret, window.id, window.sealedInputs)).toEqual({
    "context/REGISTRY_TOKEN": "first-value",
  });
  // What was shown before the launch is what the node is told, but for what is hidden or given since.
  const told = asRead(
    renderUserData({
      ...window.seed,
      ...{ phoneHomeUrl: "http://…/p/…", eventUrl: "http://…/e/…", hooksUrl: "http://…/h/…" },
      startedUrl: window.purpose === "install" ? "http://…/s/…" : null,
      secrets: { "context/REGISTRY_TOKEN": "••••••" },
    }),
  );
  const read = asRead(shown.groups[0]?.userData ?? "");
  expect(read.rest).toEqual(told.rest);
  expect(Object.keys(read.files)).toEqual(Object.keys(told.files));
  for (const path of [conf.path, "/etc/ingot/inputs.sh"]) {
    expect(read.files[path], path).toBe(told.files[path]);
  }
  const [ran] = await lab.worker.db
    .select()
    .from(scriptRuns)
    .where(eq(scriptRuns.environmentId, environmentId));
  expect(ran?.log).toBe("https://team\n••••••\n/fast\n");

  // The provider is asked with its own and with no other; what it gives back of it is hidden.
  expect(server.questions.get("/ticket")?.[0]?.context).toEqual({
    variables: { QUEUE: "gpu" },
    secrets: { TICKET_TOKEN: "ticket-secret" },
    files: [],
  });
  const ended = await untilRun(environmentId, "ticket", "succeeded");
  expect(ended).toMatchObject({ outputs: { with: "••••••" }, log: "[call 1, done]\n••••••\n" });

  // Operators see who has the older value, and are told what a context is attached to.
  const detail = await contextDetail(db, looking, registry);
  expect(detail?.environments).toMatchObject([
    { id: environmentId, olderSecrets: ["REGISTRY_TOKEN"] },
  ]);
  expect(detail?.secrets).toMatchObject([{ name: "REGISTRY_TOKEN", older: 1 }]);
  const refused = await removeContext(db, may, { contextId: registry });
  expect(refused).toMatchObject({
    refusal: { kind: "not_now", reason: expect.stringContaining("It is attached to template ") },
  });
  const audit = await asOperator(db, (tx) => tx.select().from(auditEvents));
  const runs = await lab.worker.db.select().from(hookRuns);
  const calls = await lab.worker.db.select().from(providerCalls);
  expect(JSON.stringify([detail, audit, runs, calls, ran])).not.toMatch(
    /first-value|second-value|ticket-secret/,
  );

  const approval = { hookRunId: look.id, decision: "approve" as const, words: "" };
  must(await decideApproval(db, lab.operator("approval.decide"), approval));
  await untilEnvironment(lab, environmentId, "ready");

  // While it has it, the older value stays; once it is released nobody needs it.
  const values = async () => {
    const age = sql`update context_secrets set ended_at = ended_at - interval '1 hour'`;
    await asOperator(db, (tx) => tx.execute(age));
    await pruneEvidence(lab.worker.db, 30);
    const kept = await lab.worker.db.select().from(environmentContexts);
    const rows = await lab.worker.db
      .select()
      .from(contextSecrets)
      .where(eq(contextSecrets.contextId, registry));
    return [kept.length, rows.length];
  };
  expect(await values()).toEqual([2, 2]);
  const ending = { requestKey: randomUUID(), environmentId, confirmName: "train" };
  must(await releaseEnvironment(db, tenant.grant("environment.release"), ending));
  await untilNode(lab, nodeId, "available");
  expect(await values()).toEqual([0, 1]);
});
