import { afterAll, beforeAll, expect, test } from "vitest";
import { tenantMembers } from "#db/schema/tenants";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { asOperator, givenFleet, givenTenant } from "#e2e/fixtures/launchable";
import { givenFleetGrant, givenUser, tenantGrantOf } from "#e2e/fixtures/people";
import { newSealingKeys } from "#lib/access/sealed";
import { createProject } from "#lib/commands/create-project";
import { createWebhook, type WebhookGrant } from "#lib/commands/create-webhook";
import { createLog } from "#lib/config/log";
import type { ToldEvent } from "#lib/domain/notification/event";
import type { ToldAuditEvent } from "#lib/domain/notification/notification";
import { webhookCaller } from "#lib/drivers/http-provider/call-webhook";
import {
  startWebhookServer,
  type WebhookServer,
} from "#lib/drivers/http-provider/webhook-server.test-support";
import { auditLog } from "#lib/views/audit-log";
import { createDeliverer } from "#lib/worker/notifications/deliverer";

let connections: GivenConnections;
let receiver: WebhookServer;
const keys = newSealingKeys();

beforeAll(async () => {
  connections = await givenConnections();
  receiver = await startWebhookServer();
});
afterAll(async () => {
  receiver?.close();
  await connections?.close();
});

async function givenOwner() {
  const { app } = connections;
  const tenant = await givenTenant(app, {
    fleet: await givenFleet(app, { racks: [1] }),
    gpuLimit: 8,
  });
  const owner = await givenUser(app);
  await asOperator(app, (tx) =>
    tx
      .insert(tenantMembers)
      .values({ tenantId: tenant.tenantId, userId: owner.userId, role: "owner" }),
  );
  const slug = tenant.actor.memberships[0]?.tenantSlug ?? "";
  return {
    slug,
    tenantId: tenant.tenantId,
    webhooks: await tenantGrantOf(app, owner.userId, slug, "tenant.webhooks"),
    audit: await tenantGrantOf(app, owner.userId, slug, "tenant.audit"),
    projects: await tenantGrantOf(app, owner.userId, slug, "project.create"),
  };
}

async function streamTo(path: string, grant: WebhookGrant) {
  const { certificatePem } = receiver;
  const made = await createWebhook(
    connections.app,
    grant,
    {
      ...{ name: path, form: "standard", url: receiver.url(path), certificatePem },
      kinds: ["audit.event"],
    },
    keys.publicKey,
  );
  if (!made.ok) throw new Error(JSON.stringify(made.refusal));
  receiver.secrets.set(path, made.value.secret);
}

const eventsAt = (path: string): ToldAuditEvent[] =>
  receiver
    .received(path)
    .map(({ body }) => (body as ToldEvent).data.event as ToldAuditEvent)
    .sort((a, b) => a.sequence - b.sequence);

test("each event of the log goes to the webhooks that asked, as the log has it, and to no other tenant's", async () => {
  const [ours, theirs] = [await givenOwner(), await givenOwner()];
  await streamTo("/ours", ours.webhooks);
  await streamTo("/theirs", theirs.webhooks);
  await streamTo("/fleet", await givenFleetGrant(connections.app, "webhook.edit"));
  for (const slug of ["one", "two", "one"]) {
    await createProject(connections.app, ours.projects, ours.tenantId, { slug, name: slug });
  }
  const working = createDeliverer({
    db: connections.worker,
    callWebhook: webhookCaller({ allowedNetworks: ["127.0.0.0/8"], guarded: [] }),
    sendMail: null,
    privateKey: keys.privateKey,
    origin: "https://ingot.example.com",
    leaseMs: 60_000,
    callMs: 20_000,
    log: createLog("test", "fatal"),
  });
  const made = (path: string) =>
    eventsAt(path)
      .filter(({ action, tenant }) => action === "project.create" && tenant === ours.slug)
      .map(({ objectName }) => objectName?.split("/").at(-1));
  await expect
    .poll(async () => {
      await working.poll();
      return [made("/ours"), made("/fleet"), eventsAt("/theirs").length];
    })
    .toEqual([["one", "two"], ["one", "two"], 1]);
  await working.stop();

  const log = await auditLog(connections.app, ours.audit, {
    ...{ action: "", actor: "", object: "", tenant: "" },
  });
  const told = eventsAt("/ours");
  expect(told).toEqual([...log.events].reverse().slice(-told.length));
  expect(receiver.received("/ours").every(({ isSigned }) => isSigned)).toBe(true);
  expect(eventsAt("/theirs")).toMatchObject([{ action: "webhook.create", tenant: theirs.slug }]);
});
