import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { fabrics } from "#db/schema/fabrics";
import { nodes } from "#db/schema/nodes";
import { expect, type OwnTenant, type Portal, test } from "#e2e/fixtures/portal";
import { reading } from "#e2e/world/acting";
import { newId } from "#lib/domain/id";

// Whatever stands in an address, it is no fault of ours: a page shows what there is, a route says what is
// wrong. Every door of the build is asked, by who is let in, with what no column of text takes, in its query
// and in each part of its path.

/** What pages read from their addresses. */
const pageQuery = [
  ...[
    "q",
    "after",
    "tab",
    "state",
    "severity",
    "type",
    "rack",
    "lifecycle",
    "site",
    "kind",
    "show",
  ],
  ...["leaf", "month", "by", "order", "metric", "action", "actor", "object", "tenant", "outcome"],
  ...["hook", "from", "template", "operation", "next", "token", "refused", "provider", "waiting"],
];
/** What route handlers read from theirs, beside which tenant and project. */
const routeQuery: Record<string, Record<string, string>> = {
  "/api/audit": { format: "csv", action: "", actor: "", object: "", tenant: "", after: "" },
  "/api/environments/[id]/hook-runs": { after: "", unfinished: "" },
  "/api/environments/[id]/logs": { after: "" },
  "/api/fleet-gpus": { metric: "" },
  "/api/fleet-search": { q: "" },
  "/api/live": { topic: "gpus", since: "" },
  "/api/preflight": { form: "" },
  "/api/telemetry/[environment]": { window: "", node: "" },
  "/api/telemetry/[environment]/gpus": { metric: "" },
  "/api/telemetry/[environment]/hosts": { window: "", node: "" },
  "/api/use": { month: "", by: "", format: "" },
  "/api/use/[tenant]": { month: "", by: "", format: "" },
};
const wrong = ["a\0b", "🎉".repeat(300), `2026-02-30T00:00:00.000000Z,${newId("auditEvent")}`];

type Ids = Record<string, string>;

/** The door's pattern with an address in it; most of what is named is nowhere. */
const filled = (door: string, ids: Ids) =>
  door.replace(/\[(?:\.\.\.)?(\w+)\]/g, (_, name) => ids[name] ?? "nothing");

function askedWrongly(door: string, ids: Ids, tenant: OwnTenant): string[] {
  const path = filled(door, ids);
  const inPath = [...door.matchAll(/\[(\w+)\]/g)].map(([part]) =>
    filled(door.replace(part, "a%00b"), ids),
  );
  const address = (query: Record<string, string>) => `${path}?${new URLSearchParams(query)}`;
  if (!door.startsWith("/api/")) {
    // A page refuses nothing: all at once.
    const all = wrong.map((text) => Object.fromEntries(pageQuery.map((name) => [name, text])));
    return [...all.map(address), ...inPath];
  }
  const at = { tenant: tenant.slug, project: "research", of: tenant.slug };
  const good: Record<string, string> = { ...at, ...routeQuery[door] };
  const read = Object.entries(good).filter(([, value]) => value !== "");
  const one = Object.keys(good).flatMap((name) =>
    wrong.map((text) => address({ ...Object.fromEntries(read), [name]: text })),
  );
  return [...one, ...inPath];
}

test("no door breaks by what its address asks for", async ({ newBrowser, portal }) => {
  test.setTimeout(600_000);
  const tenant = await portal.ownTenant();
  const asked = { owner: await newBrowser(), operator: await newBrowser() };
  await portal.signIn(asked.owner, tenant.people.owner);
  await portal.signInAs(asked.operator, "operator");
  const ids = await idsOf(portal, tenant);
  const manifest = JSON.parse(readFileSync(".next/app-path-routes-manifest.json", "utf8"));
  const doors = [...new Set(Object.values<string>(manifest))].filter(
    // What has no address, what tells readiness by its status, and what is not ours to read.
    (door) => !/^\/_|^\/api\/(?:ready|auth|v1)\b/.test(door),
  );
  expect(doors.length).toBeGreaterThan(70);
  const broken: string[] = [];
  let walked = 0;
  for (const door of doors) {
    const isFleets = door.startsWith("/fleet") || /^\/api\/(?:fleet-\w+|use)$/.test(door);
    const page = isFleets ? asked.operator : asked.owner;
    await Promise.all(
      askedWrongly(door, ids, tenant).map(async (address) => {
        walked++;
        const status = await statusOf(page, portal.origin + address);
        if (status >= 500) broken.push(`${status}: ${address.slice(0, 200)}`);
      }),
    );
  }
  expect(broken).toEqual([]);
  expect(walked).toBeGreaterThan(350);
});

async function idsOf({ db }: Portal, tenant: OwnTenant): Promise<Ids> {
  const [node] = await reading(db, (tx) => tx.select().from(nodes).limit(1));
  const [fabric] = await reading(db, (tx) => tx.select().from(fabrics).limit(1));
  return {
    ...{
      tenant: tenant.slug,
      project: "research",
      slug: tenant.slug,
      guide: "programs-and-tokens",
    },
    ...{ nodeId: node?.id ?? "", fabricId: fabric?.id ?? "" },
    ...{ id: newId("environment"), environment: newId("environment") },
  };
}

/** What a caller is told; nothing is waited for of a stream, nor is one followed elsewhere. */
async function statusOf(page: Page, url: string): Promise<number> {
  const cookies = await page.context().cookies(url);
  const response = await fetch(url, {
    redirect: "manual",
    headers: { cookie: cookies.map(({ name, value }) => `${name}=${value}`).join("; ") },
  });
  await response.body?.cancel();
  return response.status;
}
