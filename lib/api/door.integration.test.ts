import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  aLaunch,
  apiOrigin,
  clientOf,
  givenApiTenant,
  givenOperator,
  givenParts,
  ownToken,
  sendTo,
  serviceToken,
} from "#e2e/fixtures/api";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { type GivenFleet, givenFleet } from "#e2e/fixtures/launchable";
import { openApi } from "#lib/api/openapi";
import { newId } from "#lib/domain/id";

let db: GivenConnections;
let superuser: pg.Client;
let fleet: GivenFleet;
type ApiTenant = Awaited<ReturnType<typeof givenApiTenant>>;
let ours: ApiTenant;
let theirs: ApiTenant;
let member: string;

beforeAll(async () => {
  db = await givenConnections();
  superuser = new pg.Client({ connectionString: db.superuserUrl });
  await superuser.connect();
  fleet = await givenFleet(db.app, { racks: [6] });
  ours = await givenApiTenant(db.app, fleet);
  theirs = await givenApiTenant(db.app, fleet);
  member = await serviceToken(db.app, ours.owner, "member");
});
afterAll(async () => {
  await superuser?.end();
  await db?.close();
});

const launch = (name: string) => aLaunch(fleet, name);

test("no door of the document is without a lock, whoever knocks", async () => {
  const launched = await clientOf(db.app, member)("launchEnvironment", {
    params: ours.place,
    body: launch("walked"),
  });
  expect(launched.status).toBe(202);
  const expired = await serviceToken(db.app, ours.owner, "member");
  const revoked = await serviceToken(db.app, ours.owner, "member");
  const end = (change: string, token: string) =>
    superuser.query(`update api_tokens set ${change} where key = $1`, [token.split("_")[1]]);
  await end("created_at = now() - interval '2 days', expires_at = now()", expired);
  await end("revoked_at = now()", revoked);
  const operator = await ownToken(db.app, await givenOperator(db.app));
  const knockers: Record<string, string | null> = {
    anonymous: null,
    forged: `${member.slice(0, 16)}${"0".repeat(40)}`,
    expired,
    revoked,
    stranger: await serviceToken(db.app, theirs.owner, "member"),
    strangersOwner: await ownToken(db.app, theirs.owner),
    operator,
    viewer: await serviceToken(db.app, ours.owner, "viewer"),
    narrow: await serviceToken(db.app, ours.owner, "member", ["project.read"]),
    member,
    owner: await ownToken(db.app, ours.owner),
  };
  const ids: Record<string, string> = {
    ...ours.place,
    environment: launched.value.environmentId,
    operation: launched.value.operationId,
    // Nobody's: whoever is let in is told that there is none.
    hold: newId("hold"),
    hookRun: newId("hookRun"),
    scriptRun: newId("scriptRun"),
    approval: newId("hookRun"),
    webhook: newId("webhook"),
    delivery: newId("delivery"),
    // Those there are: an operator's answers differ from everyone else's.
    ...(await givenParts(db.app, operator)),
    node: fleet.racks[0]?.at(-1) ?? "",
    item: newId("poolItem"),
    reason: newId("healthReason"),
    silence: newId("healthSilence"),
    image: fleet.imageId,
    nodeType: fleet.nodeTypeId,
    profile: fleet.profileId,
    template: fleet.templateId,
    templateVersion: fleet.templateVersionId,
    dryRun: newId("dryRun"),
    provider: newId("provider"),
    action: "flush",
  };
  const send = sendTo(db.app);
  const document = openApi(apiOrigin);
  const grid: string[] = [];
  for (const [path, methods] of Object.entries(document.paths)) {
    const address = path.replace(/\{(\w+)\}/g, (_, name) => ids[name] ?? "");
    for (const [method, { operationId, requestBody }] of Object.entries(methods)) {
      const cells: string[] = [];
      for (const [who, token] of Object.entries(knockers)) {
        const response = await send(
          new Request(`${document.servers[0]?.url}${address}`, {
            method: method.toUpperCase(),
            headers: {
              // A browser's cookies open nothing here.
              cookie: "ingot-session=whatever",
              ...(token ? { authorization: `Bearer ${token}` } : {}),
              ...(requestBody ? { "content-type": "application/json" } : {}),
            },
            // What does not fit: whoever is let in is told so, and nothing is done.
            ...(requestBody ? { body: '{"no":"such"}' } : {}),
          }),
        );
        const isStream = response.headers.get("content-type") === "text/event-stream";
        const answer = isStream ? "" : await response.text();
        if (isStream) await response.body?.cancel();
        expect(answer.includes(ours.slug) && who.startsWith("stranger"), `${who} ${path}`).toBe(
          false,
        );
        cells.push(String(response.status));
      }
      grid.push(`${operationId.padEnd(21)} ${cells.join(" ")}`);
    }
  }
  // Columns in the order of `knockers`. Beside what is one's own, a stranger is told that nothing is
  // there. 409 and 422 are the domain's own answers to those whom the door has let in.
  expect(grid).toMatchInlineSnapshot(`
    [
      "getMe                 401 401 401 401 200 200 200 200 200 200 200",
      "listProjects          401 401 401 401 200 200 200 200 200 200 200",
      "listSshKeys           401 401 401 401 200 200 200 200 200 200 200",
      "getCatalogue          401 401 401 401 404 404 404 200 200 200 200",
      "listImages            401 401 401 401 404 404 404 200 200 200 200",
      "listProjectKeys       401 401 401 401 404 404 404 200 200 200 200",
      "getProjectQuota       401 401 401 401 404 404 404 200 200 200 200",
      "getProjectUse         401 401 401 401 404 404 404 200 200 200 200",
      "preflight             401 401 401 401 404 404 404 403 403 422 422",
      "launchUserData        401 401 401 401 404 404 404 403 403 422 422",
      "listEnvironments      401 401 401 401 404 404 404 200 403 200 200",
      "launchEnvironment     401 401 401 401 404 404 404 403 403 422 422",
      "setLease              401 401 401 401 404 404 404 403 403 422 422",
      "changeInputs          401 401 401 401 404 404 404 403 403 422 422",
      "getEnvironment        401 401 401 401 404 404 404 200 403 200 200",
      "startEnvironment      401 401 401 401 404 404 404 403 403 409 409",
      "stopEnvironment       401 401 401 401 404 404 404 403 403 409 409",
      "restartEnvironment    401 401 401 401 404 404 404 403 403 409 409",
      "reinstallEnvironment  401 401 401 401 404 404 404 403 403 409 409",
      "upgradeEnvironment    401 401 401 401 404 404 404 403 403 422 422",
      "runAction             401 401 401 401 404 404 404 403 403 422 422",
      "retryEnvironment      401 401 401 401 404 404 404 403 403 409 409",
      "abortEnvironment      401 401 401 401 404 404 404 403 403 202 202",
      "releaseEnvironment    401 401 401 401 404 404 404 403 403 422 422",
      "listOperations        401 401 401 401 404 404 404 200 403 200 200",
      "listEnvironmentHookRuns 401 401 401 401 404 404 404 200 403 200 200",
      "getOperation          401 401 401 401 404 404 404 200 403 200 200",
      "getEnvironmentLog     401 401 401 401 404 404 404 200 403 200 200",
      "listHolds             401 401 401 401 404 404 404 200 403 200 200",
      "placeHold             401 401 401 401 404 404 404 403 403 422 422",
      "letGoHold             401 401 401 401 404 404 404 403 403 404 404",
      "retryHook             401 401 401 401 404 404 404 403 403 404 404",
      "getScriptLog          401 401 401 401 404 404 404 404 403 404 404",
      "listApprovals         401 401 401 401 404 404 404 403 403 403 200",
      "decideApproval        401 401 401 401 404 404 404 403 403 403 422",
      "listFleetApprovals    401 401 401 401 404 404 200 404 404 404 404",
      "decideFleetApproval   401 401 401 401 404 404 422 404 404 404 404",
      "listHookRuns          401 401 401 401 404 404 200 404 404 404 404",
      "getHookRun            401 401 401 401 404 404 404 404 404 404 404",
      "getFleetScriptLog     401 401 401 401 404 404 404 404 404 404 404",
      "retryFleetHook        401 401 401 401 404 404 404 404 404 404 404",
      "stopAsking            401 401 401 401 404 404 422 404 404 404 404",
      "followProjectEvents   401 401 401 401 404 404 404 200 403 200 200",
      "followTenantEvents    401 401 401 401 404 404 404 403 403 403 200",
      "createProject         401 401 401 401 404 404 404 403 403 403 422",
      "listTenants           401 401 401 401 404 404 200 404 404 404 404",
      "createTenant          401 401 401 401 404 404 422 404 404 404 404",
      "getTenant             401 401 401 401 404 404 200 404 404 404 404",
      "listMembers           401 401 401 401 404 404 404 403 403 403 200",
      "listOperators         401 401 401 401 404 404 200 404 404 404 404",
      "getTenantUse          401 401 401 401 404 404 404 403 403 403 200",
      "getFleetUse           401 401 401 401 404 404 200 404 404 404 404",
      "getTenantQuota        401 401 401 401 404 404 404 403 403 403 200",
      "splitQuota            401 401 401 401 404 404 404 403 403 403 422",
      "setTenantQuota        401 401 401 401 404 404 422 404 404 404 404",
      "splitTenantQuota      401 401 401 401 404 404 422 404 404 404 404",
      "listAuditEvents       401 401 401 401 404 404 404 403 403 403 200",
      "verifyAudit           401 401 401 401 404 404 404 403 403 403 200",
      "listFleetAuditEvents  401 401 401 401 404 404 200 404 404 404 404",
      "verifyFleetAudit      401 401 401 401 404 404 200 404 404 404 404",
      "listWebhooks          401 401 401 401 404 404 404 403 403 403 200",
      "createWebhook         401 401 401 401 404 404 404 403 403 403 422",
      "getWebhook            401 401 401 401 404 404 404 403 403 403 404",
      "changeWebhook         401 401 401 401 404 404 404 403 403 403 422",
      "pauseWebhook          401 401 401 401 404 404 404 403 403 403 404",
      "resumeWebhook         401 401 401 401 404 404 404 403 403 403 404",
      "tryWebhook            401 401 401 401 404 404 404 403 403 403 404",
      "removeWebhook         401 401 401 401 404 404 404 403 403 403 404",
      "renewWebhookSecret    401 401 401 401 404 404 404 403 403 403 404",
      "listDeliveries        401 401 401 401 404 404 404 403 403 403 404",
      "replayDelivery        401 401 401 401 404 404 404 403 403 403 404",
      "listFleetWebhooks     401 401 401 401 404 404 200 404 404 404 404",
      "getFleetWebhook       401 401 401 401 404 404 404 404 404 404 404",
      "listFleetDeliveries   401 401 401 401 404 404 404 404 404 404 404",
      "listFleetOperations   401 401 401 401 404 404 200 404 404 404 404",
      "getFleetOperation     401 401 401 401 404 404 404 404 404 404 404",
      "listProviders         401 401 401 401 404 404 200 404 404 404 404",
      "getProvider           401 401 401 401 404 404 404 404 404 404 404",
      "listSites             401 401 401 401 404 404 200 404 404 404 404",
      "createSite            401 401 401 401 404 404 422 404 404 404 404",
      "getSite               401 401 401 401 404 404 200 404 404 404 404",
      "listSiteLeases        401 401 401 401 404 404 200 404 404 404 404",
      "listSiteBootRequests  401 401 401 401 404 404 200 404 404 404 404",
      "setProvisioning       401 401 401 401 404 404 422 404 404 404 404",
      "removeProvisioning    401 401 401 401 404 404 200 404 404 404 404",
      "createRack            401 401 401 401 404 404 422 404 404 404 404",
      "getRack               401 401 401 401 404 404 200 404 404 404 404",
      "listFabrics           401 401 401 401 404 404 200 404 404 404 404",
      "createFabric          401 401 401 401 404 404 422 404 404 404 404",
      "getFabric             401 401 401 401 404 404 200 404 404 404 404",
      "listFabricPorts       401 401 401 401 404 404 200 404 404 404 404",
      "removeFabric          401 401 401 401 404 404 200 404 404 404 404",
      "setNvlinkMembers      401 401 401 401 404 404 422 404 404 404 404",
      "acceptNvlinkDomain    401 401 401 401 404 404 422 404 404 404 404",
      "checkPorts            401 401 401 401 404 404 422 404 404 404 404",
      "placePorts            401 401 401 401 404 404 422 404 404 404 404",
      "listNodes             401 401 401 401 404 404 200 404 404 404 404",
      "enrolNode             401 401 401 401 404 404 422 404 404 404 404",
      "getNode               401 401 401 401 404 404 200 404 404 404 404",
      "getNodeSensors        401 401 401 401 404 404 200 404 404 404 404",
      "orderNode             401 401 401 401 404 404 422 404 404 404 404",
      "inspectNode           401 401 401 401 404 404 422 404 404 404 404",
      "setAsideNode          401 401 401 401 404 404 422 404 404 404 404",
      "flagNode              401 401 401 401 404 404 422 404 404 404 404",
      "retryRotation         401 401 401 401 404 404 409 404 404 404 404",
      "checkEnrolment        401 401 401 401 404 404 422 404 404 404 404",
      "enrolNodes            401 401 401 401 404 404 422 404 404 404 404",
      "listCertificates      401 401 401 401 404 404 200 404 404 404 404",
      "confirmCertificates   401 401 401 401 404 404 422 404 404 404 404",
      "acceptVariant         401 401 401 401 404 404 422 404 404 404 404",
      "withdrawVariant       401 401 401 401 404 404 200 404 404 404 404",
      "setNodePort           401 401 401 401 404 404 422 404 404 404 404",
      "listFleetHolds        401 401 401 401 404 404 200 404 404 404 404",
      "takeBackHold          401 401 401 401 404 404 404 404 404 404 404",
      "listPools             401 401 401 401 404 404 200 404 404 404 404",
      "createPool            401 401 401 401 404 404 422 404 404 404 404",
      "getPool               401 401 401 401 404 404 200 404 404 404 404",
      "changePool            401 401 401 401 404 404 422 404 404 404 404",
      "reservePoolItems      401 401 401 401 404 404 422 404 404 404 404",
      "liftReservation       401 401 401 401 404 404 404 404 404 404 404",
      "retirePool            401 401 401 401 404 404 200 404 404 404 404",
      "listHealth            401 401 401 401 404 404 200 404 404 404 404",
      "acknowledgeHealth     401 401 401 401 404 404 422 404 404 404 404",
      "clearHealth           401 401 401 401 404 404 422 404 404 404 404",
      "silenceHealth         401 401 401 401 404 404 422 404 404 404 404",
      "listHealthSilences    401 401 401 401 404 404 200 404 404 404 404",
      "addHealthSilence      401 401 401 401 404 404 422 404 404 404 404",
      "endHealthSilence      401 401 401 401 404 404 404 404 404 404 404",
      "listHealthRules       401 401 401 401 404 404 200 404 404 404 404",
      "changeHealthRule      401 401 401 401 404 404 422 404 404 404 404",
      "resetHealthRule       401 401 401 401 404 404 422 404 404 404 404",
      "listContexts          401 401 401 401 404 404 200 404 404 404 404",
      "createContext         401 401 401 401 404 404 422 404 404 404 404",
      "getContext            401 401 401 401 404 404 200 404 404 404 404",
      "changeContext         401 401 401 401 404 404 422 404 404 404 404",
      "attachContext         401 401 401 401 404 404 422 404 404 404 404",
      "detachContext         401 401 401 401 404 404 422 404 404 404 404",
      "removeContext         401 401 401 401 404 404 200 404 404 404 404",
      "listFleetImages       401 401 401 401 404 404 200 404 404 404 404",
      "registerImage         401 401 401 401 404 404 422 404 404 404 404",
      "reviewImage           401 401 401 401 404 404 422 404 404 404 404",
      "shareImage            401 401 401 401 404 404 422 404 404 404 404",
      "listNodeTypes         401 401 401 401 404 404 200 404 404 404 404",
      "createNodeType        401 401 401 401 404 404 422 404 404 404 404",
      "getNodeType           401 401 401 401 404 404 200 404 404 404 404",
      "changeNodeType        401 401 401 401 404 404 422 404 404 404 404",
      "listProfiles          401 401 401 401 404 404 200 404 404 404 404",
      "createProfile         401 401 401 401 404 404 422 404 404 404 404",
      "getProfile            401 401 401 401 404 404 200 404 404 404 404",
      "draftProfile          401 401 401 401 404 404 422 404 404 404 404",
      "publishProfile        401 401 401 401 404 404 422 404 404 404 404",
      "discardProfileDraft   401 401 401 401 404 404 422 404 404 404 404",
      "moveProfile           401 401 401 401 404 404 422 404 404 404 404",
      "shareProfile          401 401 401 401 404 404 422 404 404 404 404",
      "setCurrency           401 401 401 401 404 404 422 404 404 404 404",
      "listTemplates         401 401 401 401 404 404 200 404 404 404 404",
      "createTemplate        401 401 401 401 404 404 422 404 404 404 404",
      "getTemplate           401 401 401 401 404 404 200 404 404 404 404",
      "shareTemplate         401 401 401 401 404 404 422 404 404 404 404",
      "addTemplateVersion    401 401 401 401 404 404 422 404 404 404 404",
      "getTemplateVersion    401 401 401 401 404 404 200 404 404 404 404",
      "moveTemplateVersion   401 401 401 401 404 404 422 404 404 404 404",
      "listDryRuns           401 401 401 401 404 404 200 404 404 404 404",
      "startDryRun           401 401 401 401 404 404 422 404 404 404 404",
      "rehearseTemplate      401 401 401 401 404 404 422 404 404 404 404",
      "takeBackNode          401 401 401 401 404 404 404 404 404 404 404",
      "getDryRun             401 401 401 401 404 404 404 404 404 404 404",
      "listReplays           401 401 401 401 404 404 404 404 404 404 404",
      "replayHook            401 401 401 401 404 404 404 404 404 404 404",
      "rehearseHook          401 401 401 401 404 404 422 404 404 404 404",
      "getSharing            401 401 401 401 404 404 200 404 404 404 404",
      "changeShares          401 401 401 401 404 404 422 404 404 404 404",
    ]
  `);
});

test("the token that was used, and where from, is in the audit log; so is one that is worth nothing", async () => {
  const gone = await serviceToken(db.app, ours.owner, "viewer");
  await clientOf(db.app, gone)("launchEnvironment", { params: ours.place, body: launch("never") });
  await superuser.query("update api_tokens set revoked_at = now() where key = $1", [
    gone.split("_")[1],
  ]);
  await clientOf(db.app, gone)("getMe");
  const { rows } = await superuser.query(
    "select action, outcome, detail, ip_address, request_id, tenant_id, token_name, session_id from audit_events where token_id = (select id from api_tokens where key = $1) order by at",
    [gone.split("_")[1]],
  );
  const common = {
    ip_address: "192.0.2.7",
    request_id: "test",
    token_name: "test",
    session_id: null,
    outcome: "denied",
  };
  expect(rows).toMatchObject([
    { ...common, action: "environment.launch", tenant_id: ours.tenantId },
    {
      ...common,
      action: "api_token.use",
      detail: { standing: "revoked" },
      tenant_id: ours.tenantId,
    },
  ]);
});

test("the same Idempotency-Key launches once, and another caller's key is another", async () => {
  const ask = clientOf(db.app, member);
  const key = { "idempotency-key": `"${randomUUID()}"` };
  const send = () =>
    ask("launchEnvironment", { params: ours.place, body: launch("once"), headers: key });
  const [first, second] = await Promise.all([send(), send()]);
  expect([first.status, second.status]).toEqual([202, 202]);
  expect(second.value).toEqual(first.value);
  const another = clientOf(db.app, await serviceToken(db.app, ours.owner, "member"));
  const third = await another("launchEnvironment", {
    params: ours.place,
    body: launch("once"),
    headers: key,
  });
  expect(third).toMatchObject({ status: 409, problem: { title: "The name is taken" } });
  const bad = await ask("launchEnvironment", {
    params: ours.place,
    body: launch("x"),
    headers: { "idempotency-key": "a b" },
  });
  expect(bad.status).toBe(400);
  // What only asks names the field alike.
  const damaged = { params: ours.place, body: { ...launch("x"), publicKey: "ssh-ed25519 AAAA" } };
  const errors = [{ pointer: "/publicKey", detail: expect.stringContaining("cut off") }];
  for (const said of [
    await ask("launchEnvironment", damaged),
    await ask("launchUserData", damaged),
  ])
    expect(said).toMatchObject({ status: 422, problem: { errors } });
});

test("pages follow one another by Link, hold each environment once, and an ETag saves an answer", async () => {
  const ask = clientOf(db.app, member);
  for (const name of ["page-a", "page-b"]) {
    const { status } = await ask("launchEnvironment", { params: ours.place, body: launch(name) });
    expect(status).toBe(202);
  }
  const names: string[] = [];
  let url: string | undefined =
    `${apiOrigin}/api/v1/tenants/${ours.slug}/projects/research/environments?limit=1&state=held`;
  while (url) {
    const response: Response = await sendTo(db.app)(
      new Request(url, { headers: { authorization: `Bearer ${member}` } }),
    );
    const page = (await response.json()) as { items: { name: string }[] };
    names.push(...page.items.map((item) => item.name));
    url = /^<(.*)>; rel="next"$/.exec(response.headers.get("link") ?? "")?.[1];
  }
  expect(names.length).toBeGreaterThanOrEqual(2);
  expect(new Set(names).size).toBe(names.length);

  const { value } = await ask("listEnvironments", { params: ours.place, query: { limit: 1 } });
  const params = { ...ours.place, environment: value.items[0]?.id ?? "" };
  const read = await ask("getEnvironment", { params });
  const etag = read.headers.get("etag") ?? "";
  expect(read.headers.get("cache-control")).toBe("no-store");
  expect(read.headers.get("ratelimit")).toMatch(/^"token";r=\d+;t=\d+, "read";r=\d+;t=\d+$/);
  expect(
    await ask("getEnvironment", { params, headers: { "if-none-match": `W/"x", ${etag}` } }),
  ).toMatchObject({ status: 304, value: null });
  expect(read.value).not.toHaveProperty("may");
  // So has a list, until something on it changes.
  const list = { params: ours.place, query: { limit: 1 } };
  const tag = (await ask("listEnvironments", list)).headers.get("etag") ?? "";
  const known = { ...list, headers: { "if-none-match": tag } };
  expect((await ask("listEnvironments", known)).status).toBe(304);
  await ask("launchEnvironment", { params: ours.place, body: launch("page-c") });
  expect((await ask("listEnvironments", known)).status).toBe(200);
});

test("what cannot be read is refused in words, and never breaks the door", async () => {
  const send = sendTo(db.app);
  const address = `${apiOrigin}/api/v1/tenants/${ours.slug}/projects/research/environments`;
  const post = (body: string, type = "application/json") =>
    send(
      new Request(address, {
        method: "POST",
        headers: { authorization: `Bearer ${member}`, "content-type": type },
        body,
      }),
    );
  expect((await post("{")).status).toBe(400);
  expect((await post("{}", "text/plain")).status).toBe(415);
  // A length that nothing can be compared with.
  expect((await post('{"name":{"length":{"toString":0,"valueOf":0}}}')).status).toBe(422);
  expect((await post(`"${"x".repeat(70_000)}"`)).status).toBe(413);
  const invalid = await post(JSON.stringify({ ...launch("Bad Name"), extra: 1 }));
  expect(invalid.status).toBe(422);
  expect(invalid.headers.get("content-type")).toBe("application/problem+json");
  expect(await invalid.json()).toMatchObject({
    type: `${apiOrigin}/docs/api#problem-invalid_input`,
    errors: [{ pointer: "/name" }, { pointer: "" }],
  });
  for (const query of ["limit=0", "limit=x", "stat=held", "state=held&state=held", "after=1"]) {
    const response = await send(
      new Request(`${address}?${query}`, { headers: { authorization: `Bearer ${member}` } }),
    );
    expect(response.status, query).toBe(422);
  }
  expect((await send(new Request(address, { method: "DELETE" }))).status).toBe(405);
  expect((await send(new Request(`${apiOrigin}/api/v1/nothing`))).status).toBe(404);
  const broken = await send(
    new Request(`${address}/%ff%00/stop`, {
      method: "POST",
      headers: { authorization: `Bearer ${member}` },
    }),
  );
  expect(broken.status).toBe(404);
});

test("a token that asks too often is told when to come back", async () => {
  const token = await serviceToken(db.app, ours.owner, "viewer");
  await superuser.query(
    "update api_tokens set window_at = now(), window_requests = 599 where key = $1",
    [token.split("_")[1]],
  );
  const ask = clientOf(db.app, token);
  expect((await ask("getMe")).status).toBe(200);
  const late = await ask("getMe");
  expect(late.status).toBe(429);
  expect(Number(late.headers.get("retry-after"))).toBeGreaterThan(0);
  await superuser.query(
    "update api_tokens set window_at = now() - interval '61 seconds' where key = $1",
    [token.split("_")[1]],
  );
  expect((await ask("getMe")).status).toBe(200);
});

test("an operator enrols a list of nodes, and what was enrolled stays as it is", async () => {
  const ask = clientOf(db.app, await ownToken(db.app, await givenOperator(db.app)));
  const { rows } = await superuser.query(
    "select t.name as type, s.name || '/' || r.name as rack from node_types t, racks r join sites s on s.id = r.site_id limit 1",
  );
  const body = {
    text: `name,controller,node_type,rack,unit\nnew-1,10.0.0.9,${rows[0].type},${rows[0].rack},40\nnew-2,,${rows[0].type},${rows[0].rack},41`,
    username: "admin",
    password: "hunter2-and-more",
  };
  const first = await ask("enrolNodes", { body });
  expect(first.value.items.map((line) => line.outcome)).toEqual(["enrol", "refused"]);
  expect((await ask("enrolNodes", { body })).value.items[0]?.outcome).not.toBe("enrol");
  expect(JSON.stringify(first.value)).not.toContain("hunter2");
});
