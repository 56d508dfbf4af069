import Papa from "papaparse";
import { afterAll, beforeAll, expect, test } from "vitest";
import { auditEvents } from "#db/schema/audit-events";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { asOperator } from "#e2e/fixtures/launchable";
import {
  actorOf,
  type GivenOrganisation,
  givenFleetGrant,
  givenMember,
  givenOrganisation,
  tenantGrantOf,
} from "#e2e/fixtures/people";
import { must } from "#e2e/world/acting";
import { authorizeTenant, type Grant } from "#lib/access/authorize";
import { createProject } from "#lib/commands/create-project";
import { newId } from "#lib/domain/id";
import { auditFilter } from "#lib/schemas/audit";
import { auditExport } from "#lib/views/audit-export";
import { auditLog } from "#lib/views/audit-log";

let db: GivenConnections;
let acme: GivenOrganisation;
let fleet: Grant<"fleet.audit">;
let tenant: Grant<"tenant.audit">;

beforeAll(async () => {
  db = await givenConnections();
  acme = await givenOrganisation(db.app);
  const other = await givenOrganisation(db.app);
  fleet = await givenFleetGrant(db.app, "fleet.audit");
  const owner = await givenMember(db.app, acme, "owner");
  tenant = await tenantGrantOf(db.app, owner.userId, acme.slug, "tenant.audit");
  // All of one moment: only the id tells them apart.
  const at = new Date("2026-05-01T08:00:00Z");
  await asOperator(db.app, (tx) =>
    tx.insert(auditEvents).values(
      Array.from({ length: 120 }, (_, i) => ({
        id: newId("auditEvent"),
        at,
        tenantId: i % 2 ? acme.tenantId : other.tenantId,
        actorName: i % 3 ? "Ada" : "100%_Bob",
        action: i % 5 ? "environment.launch" : "quota.set_tenant",
        outcome: i % 4 ? ("done" as const) : ("denied" as const),
        objectName: `thing ${i}`,
        detail: { i },
      })),
    ),
  );
});
afterAll(() => db?.close());

async function everyPage(grant: Grant<"fleet.audit"> | Grant<"tenant.audit">, query = {}) {
  const seen: string[] = [];
  let after: string | null = null;
  let pages = 0;
  do {
    const page = await auditLog(
      db.app,
      grant,
      auditFilter.parse({ ...query, after: after ?? undefined }),
    );
    seen.push(...page.events.map((event) => event.id));
    after = page.after;
    pages++;
  } while (after);
  return { seen, pages };
}

test("the pages together hold every event once, though all are of the same moment", async () => {
  const { seen, pages } = await everyPage(fleet);
  expect(seen).toHaveLength(120);
  expect(new Set(seen).size).toBe(120);
  expect(pages).toBe(3);
});

test("a tenant reads its own events and no other's, whatever it filters by", async () => {
  expect((await everyPage(tenant)).seen).toHaveLength(60);
  const all = await auditLog(db.app, tenant, auditFilter.parse({ tenant: "" }));
  expect(new Set(all.events.map((event) => event.tenant))).toEqual(new Set([acme.slug]));
});

test("filters narrow, together, and take wildcards for what they are", async () => {
  expect((await everyPage(fleet, { action: "quota" })).seen).toHaveLength(24);
  expect((await everyPage(fleet, { outcome: "denied" })).seen).toHaveLength(30);
  expect((await everyPage(fleet, { actor: "100%_" })).seen).toHaveLength(40);
  expect((await everyPage(fleet, { actor: "%" })).seen).toHaveLength(40);
  expect((await everyPage(fleet, { object: "thing 7" })).seen).toHaveLength(11);
  expect((await everyPage(fleet, { tenant: acme.slug, action: "quota" })).seen).toHaveLength(12);
});

test("the whole log is had as lines, and no spreadsheet runs what is in it", async () => {
  await asOperator(db.app, (tx) =>
    tx.insert(auditEvents).values({
      id: newId("auditEvent"),
      tenantId: acme.tenantId,
      actorName: '=HYPERLINK("https://evil.example")',
      action: "x",
      outcome: "done",
      objectName: 'a, "b"\nc',
    }),
  );
  const text = async (format: "csv" | "ndjson", query = {}) => {
    const parts = [];
    const filter = auditFilter.parse(query);
    for await (const part of auditExport(db.app, tenant, filter, format)) parts.push(part);
    return parts.join("");
  };
  const lines = (await text("ndjson"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines).toHaveLength(61);
  expect(new Set(lines.map((line) => line.sequence)).size).toBe(61);
  const { data } = Papa.parse<Record<string, string>>((await text("csv", { action: "x" })).trim(), {
    header: true,
  });
  expect(data).toMatchObject([
    { actor: '\'=HYPERLINK("https://evil.example")', objectName: 'a, "b"\nc', tenant: acme.slug },
  ]);
});

test("an act in a browser says of which session it was, in the log and in both of its files", async () => {
  const owner = await actorOf(db.app, (await givenMember(db.app, acme, "owner")).userId);
  const allowed = must(authorizeTenant(owner, acme.slug, "project.create"));
  must(await createProject(db.app, allowed, acme.tenantId, { slug: "of-a-session", name: "One" }));
  const filter = auditFilter.parse({ action: "project.create" });
  const { events } = await auditLog(db.app, tenant, filter);
  expect(owner.sessionId).toMatch(/^ses_/);
  expect(events).toMatchObject([{ sessionId: owner.sessionId, token: null }]);
  for (const format of ["csv", "ndjson"] as const) {
    for await (const part of auditExport(db.app, tenant, filter, format)) {
      if (!part.startsWith("sequence,")) expect(part).toContain(owner.sessionId);
    }
  }
  // Of one from before, nothing is said.
  const before = await auditLog(db.app, tenant, auditFilter.parse({ object: "thing 7" }));
  expect(before.events[0]).toMatchObject({ sessionId: null });
});

test("a query that makes no sense narrows nothing and breaks nothing", () => {
  const odd = { action: ["a", "b"], outcome: "perhaps", after: "'; drop table", actor: {} };
  expect(auditFilter.parse(odd)).toMatchObject({ action: "", actor: "", outcome: undefined });
  expect(auditFilter.parse(odd).after).toBeUndefined();
});
