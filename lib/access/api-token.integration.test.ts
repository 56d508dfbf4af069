import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fanOut } from "#db/queries/fan-out";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import {
  actorOf,
  type GivenOrganisation,
  givenMember,
  givenOrganisation,
} from "#e2e/fixtures/people";
import { loadTokenActor } from "#lib/access/api-token";
import { type Actor, authorizeProject, authorizeTenant, type Grant } from "#lib/access/authorize";
import { mostDeniedPerMinute, noteDenied } from "#lib/access/note-denied";
import { noteSecondPlace } from "#lib/access/note-second-place";
import { withGrant } from "#lib/access/with-grant";
import { changeMemberRole } from "#lib/commands/change-member-role";
import { createOwnToken, createServiceToken } from "#lib/commands/create-api-token";
import { createServiceAccount } from "#lib/commands/create-service-account";
import { removeServiceAccount } from "#lib/commands/remove-service-account";
import { revokeOwnToken, revokeServiceToken } from "#lib/commands/revoke-api-token";
import type { TokenScope } from "#lib/domain/access/token-scope";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import { automation, ownTokens } from "#lib/views/automation";
import { bellView } from "#lib/views/bell";

let db: GivenConnections;
let superuser: pg.Client;
let acme: GivenOrganisation;
let owner: Actor;
let may: Grant<"project.automation">;
const request = { requestId: "r", ipAddress: "192.0.2.7" };

beforeAll(async () => {
  db = await givenConnections();
  superuser = new pg.Client({ connectionString: db.superuserUrl });
  await superuser.connect();
  acme = await givenOrganisation(db.app);
  owner = await actorOf(db.app, (await givenMember(db.app, acme, "owner")).userId);
  may = grantOf(owner, "vision", "project.automation");
});
afterAll(async () => {
  await superuser?.end();
  await db?.close();
});

const must = <T>(result: Result<T, Refusal>): T => {
  if (!result.ok) throw new Error(JSON.stringify(result.refusal));
  return result.value;
};
const grantOf = (actor: Actor, project: string, permission: "project.automation") =>
  must(authorizeProject(actor, acme.slug, project, permission));
const shown = (token: string) => loadTokenActor(db.app, token, request);
const unique = () => `robot-${crypto.randomUUID().slice(0, 8)}`;

async function givenToken(scopes: TokenScope[], role: "viewer" | "member" = "member") {
  const name = unique();
  const { serviceAccountId } = must(await createServiceAccount(db.app, may, { name, role }));
  const input = { name: "nightly", scopes, days: 30, serviceAccountId };
  const { token } = must(await createServiceToken(db.app, may, input));
  return { token, serviceAccountId, name };
}

test("a service account may do what its scopes include, in its own project alone", async () => {
  const { token, name } = await givenToken(["environment.read", "environment.launch"]);
  const answer = await shown(token);
  if (answer.standing !== "live") throw new Error(answer.standing);
  const { actor } = answer;
  expect(actor).toMatchObject({ name, operatorRole: null, token: { name: "nightly" } });
  const asks = (project: string, permission: "environment.launch" | "environment.release") =>
    authorizeProject(actor, acme.slug, project, permission);
  expect(asks("vision", "environment.launch").ok).toBe(true);
  expect(asks("vision", "environment.release")).toMatchObject({
    refusal: { kind: "forbidden", by: "token" },
  });
  expect(asks("speech", "environment.launch")).toMatchObject({ refusal: { kind: "not_found" } });
  expect(authorizeTenant(actor, acme.slug, "tenant.read")).toMatchObject({
    refusal: { kind: "forbidden", by: "token" },
  });
  // The database lets it see its own tenant, as it does people.
  const grant = must(asks("vision", "environment.launch"));
  const seen = await withGrant(db.app, grant, (tx) => tx.execute("select id from projects"));
  expect(seen.rows).toHaveLength(2);
});

test("only the key and a hash of a token are kept, and its use is dated", async () => {
  const { token, serviceAccountId } = await givenToken(["project.read"]);
  const [, key, secret] = token.split("_");
  await shown(token);
  const { rows } = await superuser.query("select * from api_tokens where service_account_id = $1", [
    serviceAccountId,
  ]);
  expect(rows).toHaveLength(1);
  expect(JSON.stringify(rows)).not.toContain(secret);
  expect(rows[0]).toMatchObject({ key, last_used_address: "192.0.2.7", window_requests: 1 });
  const audit = await superuser.query(
    "select detail::text from audit_events where action like 'api_token%'",
  );
  expect(JSON.stringify(audit.rows)).not.toContain(secret);
  const [listed] = (await automation(db.app, may)).filter(({ id }) => id === serviceAccountId);
  expect(listed?.tokens).toMatchObject([{ begins: `ingot_${key}`, state: "live" }]);
});

test("a token that was revoked, has expired, or whose account is gone is refused at once", async () => {
  const first = await givenToken(["project.read"]);
  const [account] = (await automation(db.app, may)).filter(
    ({ id }) => id === first.serviceAccountId,
  );
  const tokenId = account?.tokens[0]?.id;
  if (!tokenId) throw new Error("the token is not listed");
  must(await revokeServiceToken(db.app, may, { tokenId }));
  expect(await shown(first.token)).toMatchObject({ standing: "revoked" });
  expect(await revokeServiceToken(db.app, may, { tokenId })).toMatchObject({ ok: false });

  const second = await givenToken(["project.read"]);
  must(await removeServiceAccount(db.app, may, { serviceAccountId: second.serviceAccountId }));
  expect(await shown(second.token)).toMatchObject({ standing: "revoked" });

  const third = await givenToken(["project.read"]);
  await superuser.query(
    "update api_tokens set created_at = now() - interval '30 days', expires_at = now() where service_account_id = $1",
    [third.serviceAccountId],
  );
  expect(await shown(third.token)).toMatchObject({ standing: "expired" });
  const other = `${third.token.slice(0, -1)}${third.token.endsWith("0") ? "1" : "0"}`;
  expect(await shown(other)).toMatchObject({ standing: "unknown" });
});

test("a person's token is never wider than the person is at that moment", async () => {
  const { userId } = await givenMember(db.app, acme, "admin");
  const actor = await actorOf(db.app, userId);
  const make = (scopes: TokenScope[], project: string | null = null) =>
    createOwnToken(db.app, actor, {
      name: "mine",
      days: 7,
      scopes,
      projectId: project === null ? null : (acme.projects[project] ?? null),
    });
  expect(await make(["fleet.read"])).toMatchObject({ refusal: { kind: "invalid_input" } });
  expect(await make(["tenant.read"], "vision")).toMatchObject({
    refusal: { kind: "invalid_input" },
  });
  const everywhere = must(await make(["tenant.audit", "environment.launch"])).token;
  const bound = must(await make(["environment.launch"], "vision")).token;

  const launches = async (token: string, project: string) => {
    const answer = await shown(token);
    if (answer.standing !== "live") return answer.standing;
    return authorizeProject(answer.actor, acme.slug, project, "environment.launch").ok;
  };
  expect([await launches(everywhere, "speech"), await launches(bound, "speech")]).toEqual([
    true,
    false,
  ]);
  expect(await launches(bound, "vision")).toBe(true);

  const edit = must(authorizeTenant(owner, acme.slug, "member.edit"));
  must(await changeMemberRole(db.app, edit, acme.tenantId, { userId, role: "viewer" }));
  expect([await launches(everywhere, "vision"), await launches(bound, "vision")]).toEqual([
    false,
    false,
  ]);
  await superuser.query("update users set disabled_at = now() where id = $1", [userId]);
  expect(await launches(everywhere, "vision")).toBe("owner_gone");
});

test("nobody lists or revokes the token of another, and a role widens no token", async () => {
  const ada = await actorOf(
    db.app,
    (await givenMember(db.app, acme, "member", { vision: "member" })).userId,
  );
  const bob = await actorOf(db.app, (await givenMember(db.app, acme, "owner")).userId);
  must(
    await createOwnToken(db.app, ada, {
      name: "a",
      days: 1,
      scopes: ["project.read"],
      projectId: null,
    }),
  );
  const tokenId = (await ownTokens(db.app, ada)).tokens[0]?.id;
  if (!tokenId) throw new Error("the token is not listed");
  expect((await ownTokens(db.app, bob)).tokens).toEqual([]);
  expect(await revokeOwnToken(db.app, bob, { tokenId })).toMatchObject({ ok: false });
  expect(await revokeServiceToken(db.app, may, { tokenId })).toMatchObject({ ok: false });
  const viewer = await givenToken(["project.read"], "viewer");
  const input = { name: "x", days: 1, scopes: ["environment.launch" as const] };
  expect(
    await createServiceToken(db.app, may, { ...input, serviceAccountId: viewer.serviceAccountId }),
  ).toMatchObject({ refusal: { kind: "invalid_input" } });
  const elsewhere = grantOf(owner, "speech", "project.automation");
  expect(
    await removeServiceAccount(db.app, elsewhere, { serviceAccountId: viewer.serviceAccountId }),
  ).toMatchObject({ refusal: { kind: "not_found" } });
});

test("a caller that is refused without end fills no log, and what was left out is told", async () => {
  const caller = await actorOf(db.app, (await givenMember(db.app, acme, "viewer")).userId);
  const act = { action: "environment.launch", place: `${acme.slug}/vision` };
  const now = Date.now();
  for (let i = 0; i < mostDeniedPerMinute + 12; i++) await noteDenied(db.app, caller, act, now);
  await noteDenied(db.app, caller, act, now + 60_000);
  const { rows } = await superuser.query(
    "select detail from audit_events where actor_id = $1 and outcome = 'denied' order by at, id",
    [caller.userId],
  );
  expect(rows).toHaveLength(mostDeniedPerMinute + 1);
  expect(rows.at(-1)).toMatchObject({ detail: { place: act.place, unwritten: 12 } });
});

// Guarantee: whose token is used from two places at a time is told, once a day; nobody else is.
test("a token that is used from two addresses is told of, to its person or its tenant's admins", async () => {
  const from = async (token: string, ipAddress: string) => {
    const shown = await loadTokenActor(db.app, token, { requestId: "r", ipAddress });
    if (shown.standing !== "live") throw new Error(shown.standing);
    await noteSecondPlace(db.app, shown, ipAddress);
  };
  const told = async () => {
    const { rows } = await superuser.query(
      "select audience, user_id, tenant_id, data from notifications where kind = 'token.in_two_places' order by id",
    );
    return rows;
  };
  const { token, name } = await givenToken(["project.read"]);
  await from(token, "192.0.2.7");
  await from(token, "192.0.2.7");
  expect(await told()).toEqual([]);
  for (const address of ["198.51.100.1", "192.0.2.7", "203.0.113.5"]) await from(token, address);
  const account = { tenant: acme.slug, project: "vision", name };
  const addresses = ["192.0.2.7", "198.51.100.1"];
  const ofAccount = {
    ...{ audience: "tenant_admins", user_id: null, tenant_id: acme.tenantId },
    data: { token: "nightly", account, addresses },
  };
  expect(await told()).toEqual([ofAccount]);

  const input = { name: "laptop", days: 1, scopes: ["project.read" as const], projectId: null };
  const own = must(await createOwnToken(db.app, owner, input)).token;
  // The same machine may have both kinds of address; one that comes later may have moved.
  await from(own, "192.0.2.9");
  await from(own, "2001:db8::2");
  await superuser.query(
    "update api_tokens set last_used_at = now() - interval '11 minutes' where name = 'laptop'",
  );
  await from(own, "198.51.100.1");
  expect(await told()).toEqual([ofAccount]);
  await from(own, "192.0.2.7");
  expect(await told()).toEqual([
    ofAccount,
    {
      ...{ audience: "person", user_id: owner.userId, tenant_id: null },
      data: { token: "laptop", account: null, addresses: ["198.51.100.1", "192.0.2.7"] },
    },
  ]);

  while ((await fanOut(db.worker, { mail: false })) > 0);
  const { newest } = await bellView(db.app, owner);
  expect(newest.map(({ title }) => title)).toEqual([
    "Token laptop is used from two addresses",
    `Token nightly of ${name} is used from two addresses`,
  ]);
});
