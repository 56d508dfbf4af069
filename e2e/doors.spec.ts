import { existsSync, globSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import type { Page } from "@playwright/test";
import { eq, sql } from "drizzle-orm";
import { inScope } from "#db/client";
import { findUserByEmail } from "#db/queries/users";
import { profiles } from "#db/schema/catalogue";
import { environments } from "#db/schema/environments";
import { fabrics } from "#db/schema/fabrics";
import { hookRuns } from "#db/schema/hooks";
import { images } from "#db/schema/images";
import { nodes, nodeTypes } from "#db/schema/nodes";
import { pools } from "#db/schema/pools";
import { scriptRuns } from "#db/schema/script-runs";
import { racks, sites } from "#db/schema/sites";
import { tenantMembers } from "#db/schema/tenants";
import { sessions, users } from "#db/schema/users";
import {
  type Canaries,
  dumpDatabase,
  plantCanaries,
  plantWhatCameAbout,
  publicKey,
} from "#e2e/fixtures/canaries";
import { startChartsElsewhere } from "#e2e/fixtures/charts-elsewhere";
import { builtDoors } from "#e2e/fixtures/doors";
import { expect, type OwnTenant, type Portal, test } from "#e2e/fixtures/portal";
import { secretSearch } from "#e2e/fixtures/secret-search";
import { people } from "#e2e/seed";
import { must, reading, signedInActor, until } from "#e2e/world/acting";
import { member } from "#e2e/world/people";
import { scopesOfPerson } from "#lib/access/policy";
import { openApi } from "#lib/api/openapi";
import { createOwnToken } from "#lib/commands/create-api-token";

// Every page and route that the build made, at an address where there is something to see, is asked for
// by every kind of caller. A door that is not in the table fails the test, and so does a caller who is
// let in where the table says no. A secret of every kind is there to be found in what they get (pages,
// what their links load, answers of the API, streams), in what is mailed and posted, in the build, the
// log, the traces and the database, and is found nowhere.

/**
 * Columns of the tables below, in this order. "unready" is an owner who has a one-time password still, and
 * "outsider" a member who has a role in no project.
 */
const callers = [
  ...["anonymous", "revoked", "stranger", "expired", "unready", "outsider"],
  ...["viewer", "member", "admin", "owner", "watcher", "operator"],
] as const;

// "in": led to the sign-in page; "new": to the page where a password of one's own is chosen.
const pages = {
  open: "200 200 200 200 200 200 200 200 200 200 200 200",
  own: "in in 200 200 new 200 200 200 200 200 200 200",
  entry: "in in 200 200 200 200 200 200 200 200 200 200",
  fleet: "in in 404 404 new 404 404 404 404 404 200 200",
  fleetActs: "in in 404 404 new 404 404 404 404 404 403 200",
  tenant: "in in 404 404 new 200 200 200 200 200 404 404",
  tenantAdmins: "in in 404 404 new 403 403 403 200 200 404 404",
  project: "in in 404 404 new 404 200 200 200 200 404 404",
  projectMembers: "in in 404 404 new 404 403 200 200 200 404 404",
  projectAdmins: "in in 404 404 new 404 403 403 200 200 404 404",
} as const;
const routes = {
  open: pages.open,
  own: "401 401 200 200 401 200 200 200 200 200 200 200",
  fleet: "401 401 404 404 401 404 404 404 404 404 200 200",
  project: "401 401 404 404 401 404 200 200 200 200 404 404",
  tenantAdmins: "401 401 404 404 401 403 403 403 200 200 404 404",
  projectMembers: "401 401 404 404 401 404 403 400 400 400 404 404",
  // A session opens nothing there: see the walk of its document.
  tokens: "401 401 401 401 401 401 401 401 401 401 401 401",
} as const;

type World = Canaries & { tenant: OwnTenant; ids: Record<string, string> };

/**
 * Each door with the row it has, its address where that is not its pattern filled in, and what is posted to
 * one that is asked so.
 */
function doors({
  tenant,
  environmentId,
  ...world
}: World): Record<string, [string, string?, unknown?]> {
  const at = `tenant=${tenant.slug}&project=research`;
  return {
    "/": [pages.own],
    "/[tenant]": [pages.tenant],
    "/[tenant]/approvals": [pages.tenant],
    "/[tenant]/audit": [pages.tenantAdmins],
    "/[tenant]/members": [pages.tenant],
    "/[tenant]/projects/[project]": [pages.project],
    "/[tenant]/projects/[project]/automation": [pages.projectAdmins],
    "/[tenant]/projects/[project]/catalogue": [pages.project],
    "/[tenant]/projects/[project]/environments/[id]": [pages.project],
    "/[tenant]/projects/[project]/environments/new": [pages.projectMembers],
    "/[tenant]/projects/[project]/keys": [pages.project],
    "/[tenant]/quota": [pages.tenant],
    "/[tenant]/use": [pages.tenantAdmins],
    "/[tenant]/webhooks": [pages.tenantAdmins],
    "/[tenant]/webhooks/[webhookId]": [pages.tenantAdmins],
    "/account": [pages.own],
    "/account/access": [pages.own],
    "/account/notifications": [pages.own],
    "/docs": [pages.own],
    "/docs/[guide]": [pages.own, "/docs/programs-and-tokens"],
    "/docs/api": [pages.own],
    ...Object.fromEntries(
      [
        ...["/contexts", "/contexts/[contextId]", "/hooks/[hookRunId]"],
        ...["/templates/[templateId]/versions/[versionId]/dry-run"],
        ...[
          "",
          "/audit",
          "/fabrics",
          "/fabrics/[fabricId]",
          "/gpus",
          "/health",
          "/health/rules",
          "/hooks",
        ],
        ...["/identity", "/images", "/node-types", "/node-types/[nodeTypeId]", "/nodes"],
        ...[
          "/nodes/[nodeId]",
          "/onboarding",
          "/operations",
          "/operators",
          "/people",
          "/people/[userId]",
        ],
        ...["/pools"],
        ...["/pools/[poolId]", "/profiles", "/profiles/[profileId]", "/providers"],
        ...["/providers/[providerId]", "/racks", "/racks/[rackId]", "/sharing"],
        ...["/sharing/[projectId]", "/sites/[siteId]", "/templates", "/templates/[templateId]"],
        ...["/tenants", "/tenants/[slug]", "/use", "/webhooks"],
      ].map((page) => [`/fleet${page}`, [pages.fleet] as [string]]),
    ),
    "/fleet/webhooks/[webhookId]": [pages.fleet, `/fleet/webhooks/${world.fleetWebhookId}`],
    "/fleet/fabrics/[fabricId]/places": [pages.fleetActs],
    "/fleet/contexts/new": [pages.fleetActs],
    "/fleet/node-types/new": [pages.fleetActs],
    "/fleet/nodes/import": [pages.fleetActs],
    "/fleet/nodes/new": [pages.fleetActs],
    "/fleet/templates/[templateId]/versions/new": [pages.fleetActs],
    "/fleet/templates/new": [pages.fleetActs],
    "/invitation": [pages.open, "/invitation?token=nobodys"],
    "/new-password": [pages.entry],
    "/proved": [pages.open],
    "/second-factor": [pages.entry],
    "/set-up-factor": [pages.own],
    "/setup": [pages.open],
    "/sign-in": [pages.open],
    "/_not-found": [pages.open.replaceAll("200", "404"), "/nowhere/at/all"],
    "/icon.svg": [pages.open],

    "/api/audit": [routes.tenantAdmins, `/api/audit?format=ndjson&of=${tenant.slug}`],
    "/api/auth/[...nextauth]": [routes.open, "/api/auth/csrf"],
    "/api/bell": [routes.own],
    "/api/environments/[id]": [routes.project, `/api/environments/${environmentId}?${at}`],
    "/api/environments/[id]/hook-runs": [
      routes.project,
      `/api/environments/${environmentId}/hook-runs?${at}`,
    ],
    "/api/environments/[id]/logs": [
      routes.project,
      `/api/environments/${environmentId}/logs?${at}`,
    ],
    "/api/fleet-gpus": [routes.fleet],
    "/api/fleet-search": [routes.fleet, "/api/fleet-search?q=gpu"],
    "/api/gpus": [routes.project, `/api/gpus?${at}`],
    "/api/gpus/day": [routes.project, `/api/gpus/day?${at}`],
    "/api/health": [routes.open],
    "/api/live": [routes.project, `/api/live?${at}&topic=environment:${environmentId}`],
    "/api/preflight": [routes.projectMembers, `/api/preflight?${at}&form=x`],
    "/api/ready": [routes.open],
    "/api/script-logs/[id]": [routes.project, `/api/script-logs/${world.ids.scriptRunId}?${at}`],
    "/api/sensors/[node]": [routes.fleet, `/api/sensors/${world.ids.nodeId}`],
    "/api/telemetry/[environment]": [routes.project, `/api/telemetry/${environmentId}?${at}`],
    "/api/telemetry/[environment]/gpus": [
      routes.project,
      `/api/telemetry/${environmentId}/gpus?${at}`,
    ],
    "/api/telemetry/[environment]/hosts": [
      routes.project,
      `/api/telemetry/${environmentId}/hosts?${at}`,
    ],
    "/api/user-data": [
      routes.projectMembers.replaceAll("400", "200"),
      `/api/user-data?${at}`,
      {
        ...{ name: "would-be", templateVersionId: world.versionId, imageId: world.ids.imageId },
        ...{ counts: { workers: 1 }, publicKey },
        inputs: { licence: world.secrets.get("secret input") },
      },
    ],
    "/api/use": [routes.fleet, "/api/use?by=project"],
    "/api/use/[tenant]": [routes.tenantAdmins, `/api/use/${tenant.slug}?by=project`],
    "/api/v1/[...path]": [routes.tokens, "/api/v1/me"],
    "/api/v1/client": [routes.open],
    "/api/v1/openapi.json": [routes.open],
  };
}

test("every door of the build opens to whom it should, and nobody finds a secret behind it", async ({
  newBrowser,
  portal,
}) => {
  const tenant = await portal.ownTenant({ gpus: 8 });
  const strangers = await portal.ownTenant();
  const someone = await newBrowser();
  const canaries = await plantCanaries(portal, tenant, strangers.people.colleague, someone);
  const { secrets, environmentId } = canaries;
  const tokens = {
    owner: await tokenOf(portal, tenant.people.owner),
    operator: await tokenOf(portal, people.operator.email),
  };
  const events = listen(`${portal.origin}/api/v1/tenants/${tenant.slug}/events`, {
    authorization: `Bearer ${tokens.owner}`,
  });
  await until("the environment being ready", async () => {
    const [row] = await reading(portal.db, (tx) =>
      tx.select().from(environments).where(eq(environments.id, environmentId)),
    );
    return row?.state === "ready" ? true : undefined;
  });
  await plantWhatCameAbout(portal, canaries);
  const world = { ...canaries, tenant, ids: await idsOf(portal, tenant, canaries) };
  const table = doors(world);
  expect(builtDoors().filter((door) => !table[door])).toEqual([]);

  const asked: Record<(typeof callers)[number], Page> = Object.create(null);
  for (const who of callers) asked[who] = await newBrowser();
  const joined = async (role: "owner" | "admin" | "member") => {
    const person = { email: `${role}@joined-${tenant.slug}.example`, name: "Jo Inga", role };
    await member(portal.db, portal.may, tenant.tenantId, person, portal.password);
    return person.email;
  };
  const email = {
    ...{ unready: await joined("owner"), outsider: await joined("member") },
    admin: await joined("admin"),
    ...{ stranger: strangers.people.owner, expired: tenant.people.colleague },
    ...{ viewer: tenant.people.viewer, member: tenant.people.member, owner: tenant.people.owner },
    ...{ watcher: people.watcher.email, operator: people.operator.email },
  };
  await portal.signIn(asked.revoked, email.viewer);
  const viewer = await findUserByEmail(portal.db, email.viewer);
  if (!viewer) throw new Error("the tenant has no viewer");
  await portal.db
    .update(sessions)
    .set({ revokedAt: new Date() })
    .where(eq(sessions.userId, viewer.id));
  for (const [who, address] of Object.entries(email)) {
    await portal.signIn(asked[who as keyof typeof email], address);
  }
  for (const who of callers.filter((each) => each !== "anonymous")) {
    const cookies = await asked[who].context().cookies();
    for (const { name, value } of cookies.filter(({ name }) => /session/.test(name)))
      canaries.plant("session", value, `of ${who}, ${name}`);
  }
  await endMembership(portal, email.expired);
  await portal.db
    .update(users)
    .set({ mustChangePassword: true })
    .where(eq(users.email, email.unready));
  // Of the same world, but with its charts from elsewhere: what is said when that fails is looked at, too.
  const elsewhere = await startChartsElsewhere(portal, {
    password: canaries.plant("store of charts"),
    header: canaries.plant("header for the store of charts"),
  });
  expect(canaries.missing()).toEqual([]);

  const search = secretSearch(secrets);
  const found: string[] = [];
  const unbound: string[] = [];
  const look = (text: string, where: string) =>
    void found.push(...search(text).map((what) => `${what}: ${where}`));
  const grid: Record<string, string> = {};
  const wanted: Record<string, string> = {};
  for (const [door, [row, address = filled(door, world), posted]] of Object.entries(table)) {
    const cells = await Promise.all(
      callers.map(async (who) => {
        const { status, text, headers } = await knock(asked[who], portal.origin + address, posted);
        unbound.push(...unboundBy(headers, door).map((what) => `${door}: ${who}: ${what}`));
        look(text, `${who} at ${address}`);
        const isTold = who === "stranger" && text.includes(tenant.name);
        return isTold ? `${status} and the tenant's name` : status;
      }),
    );
    grid[door] = cells.join(" ");
    wanted[door] = row;
  }
  expect(grid).toEqual(wanted);
  expect(unbound).toEqual([]);

  // What a link loads, and not the whole page.
  let loaded = 0;
  for (const [door, [, address = filled(door, world)]] of Object.entries(table)) {
    if (door.startsWith("/api/")) continue;
    for (const who of ["owner", "operator"] as const) {
      const { text, type } = await fetched(asked[who], portal.origin + address, { RSC: "1" });
      if (type.startsWith("text/x-component")) loaded++;
      look(text, `what links load: ${who} at ${address}`);
    }
  }
  expect(loaded).toBeGreaterThan(100);

  for (const { text, where } of await elsewhere.look(asked.owner, world)) look(text, where);
  look(elsewhere.log(), "in the log of charts from elsewhere");
  await elsewhere.stop();

  for (const { text, where } of await monitoringPages(portal)) look(text, where);

  const answered = await answersOfApi(portal, tokens, world);
  for (const { text, where } of answered) look(text, where);
  expect(answered.filter(({ status }) => status === 200).length).toBeGreaterThan(30);

  // What is told of the environment that has the secrets: as an event, by mail, to webhooks.
  const told = {
    "the stream of events": events.text,
    mails: () => mailsIn(portal.mailFile),
    webhooks: canaries.posted,
  };
  for (const [where, text] of Object.entries(told)) {
    await expect.poll(text, where).toContain("keeps-a-secret");
    look(text(), where);
  }
  await events.stop();
  for await (const { table: name, text } of dumpDatabase(portal)) {
    look(text, `in table ${name}`);
  }
  const log = readFileSync(path.join(path.dirname(portal.imageDirectory), "output.log"), "utf8");
  expect(log).toContain("worker: ");
  look(log, "in the log");
  const traces = await (await fetch(portal.traces)).text();
  look(traces, "in the traces");
  for (const file of globSync(".next/{static,server}/**/*.{js,json,html,rsc,css,map}")) {
    // A folder may be called as a file is.
    if (statSync(file).isFile()) look(readFileSync(file, "utf8"), `in the build: ${file}`);
  }
  expect(found).toEqual([]);

  // The search does find what is there.
  expect(search(`x${secrets.get("session secret")}x`)).toEqual(["session secret"]);
  await canaries.remove();
});

/** The door's pattern with an address in it where there is something. */
function filled(door: string, { ids }: World): string {
  return door.replace(/\[(\w+)\]/g, (_, name) => ids[name] ?? "nothing");
}

/** What is the same for everyone, and tells nothing of anybody. */
const mayBeKept = new Set(["/icon.svg", "/api/v1/client", "/api/v1/openapi.json"]);

/** What an answer lacks of the headers that bind the browser, whoever is told what. */
function unboundBy(headers: Headers, door: string): string[] {
  const kept = mayBeKept.has(door) ? {} : { "cache-control": /\bno-store\b/ };
  const wanted = {
    ...kept,
    "content-security-policy": /^default-src 'none'; script-src 'nonce-[^']+' 'strict-dynamic'; /,
    "cross-origin-opener-policy": /^same-origin$/,
    "cross-origin-resource-policy": /^same-origin$/,
    "permissions-policy": /^(?:[a-z-]+=\(\)(?:, |$))+$/,
    "referrer-policy": /^no-referrer$/,
    "x-content-type-options": /^nosniff$/,
    "x-frame-options": /^DENY$/,
  };
  const lacking = Object.entries(wanted).filter(([name, is]) => !is.test(headers.get(name) ?? ""));
  return [
    ...lacking.map(([name]) => `${name} is ${headers.get(name)}`),
    ...(headers.has("x-powered-by") ? ["x-powered-by is told"] : []),
  ];
}

/** A token of a person's own with all that they can use. */
async function tokenOf({ db, password }: Portal, email: string): Promise<string> {
  const actor = await signedInActor(db, { email, password });
  const input = { name: "walk", days: 1, scopes: [...scopesOfPerson(actor)], projectId: null };
  return must(await createOwnToken(db, actor, input)).token;
}

/** Everything that can be read by the API, as its document has it. */
async function answersOfApi(
  { origin }: Portal,
  tokens: Record<string, string>,
  { ids }: World,
): Promise<{ status: number; text: string; where: string }[]> {
  const answers = [];
  for (const [path, methods] of Object.entries(openApi(origin).paths)) {
    if (!methods.get || path.endsWith("/events")) continue;
    const named = { ...ids, environment: ids.id, webhook: ids.webhookId, hookRun: ids.hookRunId };
    const of: Record<string, string | undefined> = {
      ...named,
      ...{ node: ids.nodeId, pool: ids.poolId, scriptRun: ids.scriptRunId },
    };
    const address = path.replace(/\{(\w+)\}/g, (_, name) => of[name] ?? "nothing");
    for (const [who, token] of Object.entries(tokens)) {
      const response = await fetch(`${origin}/api/v1${address}`, {
        headers: { authorization: `Bearer ${token}` },
      });
      const text = await response.text();
      answers.push({ status: response.status, text, where: `the API: ${who} at ${address}` });
    }
  }
  return answers;
}

/** What an operator's monitoring is told, with its token, and who comes without. */
async function monitoringPages({ monitoring, secrets }: Portal) {
  const pages = [
    ...Object.values(monitoring).map((server) => `${server}/metrics`),
    ...["dcgm", "node"].map((exporter) => `${monitoring.worker}/sd/${exporter}`),
  ];
  const answers = [];
  for (const page of pages) {
    for (const [status, token] of [[200, secrets.metricsToken] as const, [401, "x"] as const]) {
      const response = await fetch(page, { headers: { authorization: `Bearer ${token}` } });
      expect(response.status, page).toBe(status);
      answers.push({ text: await response.text(), where: `monitoring: ${page}` });
    }
  }
  return answers;
}

/** Follows a stream, and has what came so far. */
function listen(url: string, headers: Record<string, string>) {
  const enough = new AbortController();
  let text = "";
  const read = async () => {
    const response = await fetch(url, { headers, signal: enough.signal });
    expect(response.status, url).toBe(200);
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? [])
      text += chunk;
  };
  const ended = read().catch((error) => {
    if (!enough.signal.aborted) throw error;
  });
  return {
    text: () => text,
    stop: async () => {
      enough.abort();
      await ended;
    },
  };
}

/** The mails as they are read: their lines whole again. */
function mailsIn(file: string): string {
  if (!existsSync(file)) return "";
  return readFileSync(file, "utf8").replace(/=\r?\n/g, "");
}

async function fetched(page: Page, url: string, headers: Record<string, string>) {
  const cookies = await page.context().cookies(url);
  const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join("; ");
  const response = await fetch(url, { headers: { ...headers, cookie } });
  return { text: await response.text(), type: response.headers.get("content-type") ?? "" };
}

/** What a caller gets; of a stream what comes at once. */
async function knock(
  page: Page,
  url: string,
  posted?: unknown,
): Promise<{ status: string; text: string; headers: Headers }> {
  const cookies = await page.context().cookies(url);
  const response = await fetch(url, {
    ...(posted === undefined ? {} : { method: "POST", body: JSON.stringify(posted) }),
    redirect: "manual",
    headers: {
      cookie: cookies.map(({ name, value }) => `${name}=${value}`).join("; "),
      ...(posted === undefined ? {} : { origin: new URL(url).origin }),
    },
  });
  const { headers } = response;
  if (headers.get("content-type")?.startsWith("text/event-stream")) {
    const reader = response.body?.getReader();
    const first = await Promise.race([
      reader?.read(),
      new Promise<undefined>((resolve) => setTimeout(resolve, 1_000)),
    ]);
    await reader?.cancel();
    const text = Buffer.from(first?.value ?? []).toString();
    return { status: String(response.status), text, headers };
  }
  const text = await response.text();
  const leadsTo = headers.get("location") ?? "";
  if (/\/sign-in/.test(leadsTo)) return { status: "in", text, headers };
  if (/\/new-password/.test(leadsTo)) return { status: "new", text, headers };
  // A page that leads elsewhere has let its caller in.
  return { status: leadsTo ? "200" : String(response.status), text, headers };
}

async function idsOf(
  { db }: Portal,
  tenant: OwnTenant,
  canaries: Canaries,
): Promise<Record<string, string>> {
  const [node] = await reading(db, (tx) => tx.select().from(nodes).limit(1));
  const [nodeType] = await reading(db, (tx) => tx.select().from(nodeTypes).limit(1));
  const [pool] = await reading(db, (tx) => tx.select().from(pools).limit(1));
  const [fabric] = await reading(db, (tx) => tx.select().from(fabrics).limit(1));
  const [rack] = await reading(db, (tx) => tx.select().from(racks).limit(1));
  const [site] = await reading(db, (tx) =>
    tx.select().from(sites).where(eq(sites.name, "Luleå")).limit(1),
  );
  const [profile] = await reading(db, (tx) =>
    tx.select().from(profiles).where(eq(profiles.name, tenant.profile)),
  );
  const [hookRun] = await reading(db, (tx) =>
    tx.select().from(hookRuns).where(eq(hookRuns.environmentId, canaries.environmentId)),
  );
  const [scriptRun] = await reading(db, (tx) =>
    tx
      .select({ id: scriptRuns.id })
      .from(scriptRuns)
      .where(eq(scriptRuns.environmentId, canaries.environmentId)),
  );
  const [image] = await reading(db, (tx) =>
    tx.select().from(images).where(eq(images.name, "Ubuntu")),
  );
  const owner = await findUserByEmail(db, tenant.people.owner);
  return {
    imageId: image?.id ?? "",
    userId: owner?.id ?? "",
    ...{ tenant: tenant.slug, project: "research", slug: tenant.slug },
    ...{ id: canaries.environmentId, webhookId: canaries.webhookId },
    ...{ providerId: canaries.providerId, projectId: tenant.project.id },
    ...{ nodeId: node?.id ?? "", nodeTypeId: nodeType?.id ?? "", poolId: pool?.id ?? "" },
    ...{ fabricId: fabric?.id ?? "", rackId: rack?.id ?? "", siteId: site?.id ?? "" },
    ...{ profileId: profile?.id ?? "", templateId: canaries.templateId },
    ...{ versionId: canaries.versionId, contextId: canaries.contextId },
    ...{ hookRunId: hookRun?.id ?? "", scriptRunId: scriptRun?.id ?? "" },
  };
}

/** Ends a membership by its time: the session goes on. */
async function endMembership({ db }: Portal, address: string): Promise<void> {
  const user = await findUserByEmail(db, address);
  if (!user) throw new Error(`nobody has the address ${address}`);
  await inScope(db, { tenant: "", user: "", fleet: "write" }, (tx) =>
    tx
      .update(tenantMembers)
      .set({ until: sql`now() - interval '1 second'` })
      .where(eq(tenantMembers.userId, user.id)),
  );
}
