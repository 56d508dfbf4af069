import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { tenantMembers } from "#db/schema/tenants";
import { apiOrigin, clientOf, givenApiTenant, ownToken, sendTo } from "#e2e/fixtures/api";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { asOperator, type GivenFleet, givenFleet } from "#e2e/fixtures/launchable";
import { actorOf, givenMember, givenUser } from "#e2e/fixtures/people";
import { must } from "#e2e/world/acting";
import type { Actor } from "#lib/access/authorize";
import { fleetPolicy, projectPolicy, scopesOfProjectRole, tenantPolicy } from "#lib/access/policy";
import type { AnyRoute } from "#lib/api/route";
import { routeList } from "#lib/api/table";
import { createOwnToken } from "#lib/commands/create-api-token";
import type { ProjectRole } from "#lib/domain/access/role";
import { isId } from "#lib/domain/id";

// Whom the door lets in, of the roles that the walk of the document does not have: what each is told is
// held against the policy's own table, so that a route that is added is looked at as well.

let db: GivenConnections;
let fleet: GivenFleet;
let ours: Awaited<ReturnType<typeof givenApiTenant>>;

beforeAll(async () => {
  db = await givenConnections();
  fleet = await givenFleet(db.app, { racks: [2] });
  ours = await givenApiTenant(db.app, fleet);
});
afterAll(() => db?.close());

type Told = "in" | "forbidden" | "not found";

const rolesOf = (policy: Record<string, readonly string[]>, { permission }: AnyRoute) =>
  policy[permission ?? ""] ?? [];

/** What somebody with these roles is told, for each place; none of a place is a stranger to it. */
function expected(
  route: AnyRoute,
  roles: { operator?: string; tenant?: string; project?: string },
): Told {
  if (route.place === "own") return "in";
  const [role, policy] = {
    fleet: [roles.operator, fleetPolicy],
    tenant: [roles.tenant, tenantPolicy],
    project: [roles.project, projectPolicy],
  }[route.place] as [string | undefined, Record<string, readonly string[]>];
  if (role === undefined) return "not found";
  return rolesOf(policy, route).includes(role) ? "in" : "forbidden";
}

/** What the door tells the token; where there is nothing of that id, it has let it in. */
async function told(route: AnyRoute, token: string): Promise<Told> {
  const path = route.path.replace(/\{(\w+)\}/g, (_, name) =>
    name === "tenant" ? ours.slug : name === "project" ? "research" : "nobodys",
  );
  const response = await sendTo(db.app)(
    new Request(`${apiOrigin}/api/v1${path}`, {
      method: route.method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(route.body ? { "content-type": "application/json" } : {}),
      },
      // What does not fit: nothing is done.
      ...(route.body ? { body: '{"no":"such"}' } : {}),
    }),
  );
  if (response.headers.get("content-type") === "text/event-stream") {
    await response.body?.cancel();
    return "in";
  }
  const { detail } = await response.json();
  if (response.status === 403) return "forbidden";
  // Of the place itself, and not of what is in it.
  const isClosed = /^There is no such (tenant|project),/.test(detail);
  return response.status === 404 && isClosed ? "not found" : "in";
}

const walk = async (token: string) => {
  const all: Record<string, Told> = {};
  for (const { name, route } of routeList) all[name] = await told(route, token);
  return all;
};
const wanted = (roles: Parameters<typeof expected>[1]) =>
  Object.fromEntries(routeList.map(({ name, route }) => [name, expected(route, roles)]));

async function member(...how: [role: "admin" | "member", projectRole?: "member"]) {
  const [role, projectRole] = how;
  const organisation = {
    ...{ tenantId: ours.tenantId, slug: ours.slug },
    projects: { research: ours.projectId },
  };
  const given: Record<string, ProjectRole> = projectRole ? { research: projectRole } : {};
  const { userId } = await givenMember(db.app, organisation, role, given);
  return { userId, actor: await actorOf(db.app, userId) };
}

test("an operator who may only look reads the fleet, and is a stranger to every tenant", async () => {
  const { userId } = await givenUser(db.app, { operatorRole: "fleet_viewer" });
  const token = await ownToken(db.app, await actorOf(db.app, userId));
  expect(await walk(token)).toEqual(wanted({ operator: "fleet_viewer" }));
});

test("an admin of the tenant does what the policy gives admins, and is a stranger to the fleet", async () => {
  const { actor } = await member("admin");
  const token = await ownToken(db.app, actor);
  expect(await walk(token)).toEqual(wanted({ tenant: "admin", project: "admin" }));
});

test("a member does what the policy gives members, until their time is over", async () => {
  const { actor, userId } = await member("member", "member");
  const token = await ownToken(db.app, actor);
  expect(await walk(token)).toEqual(wanted({ tenant: "member", project: "member" }));
  await asOperator(db.app, (tx) =>
    tx
      .update(tenantMembers)
      .set({ until: new Date(Date.now() - 1_000) })
      .where(eq(tenantMembers.userId, userId)),
  );
  expect(await walk(token)).toEqual(wanted({}));
});

test("an owner's token for one project is good there, for nothing of the tenant, and nowhere else", async () => {
  const first = clientOf(db.app, await ownToken(db.app, ours.owner));
  const body = { slug: "elsewhere", name: "Elsewhere" };
  const made = await first("createProject", { params: { tenant: ours.slug }, body });
  const bound = async (owner: Actor, projectId: string) => {
    if (!isId("project", projectId)) throw new Error("there is no such project");
    const scopes = scopesOfProjectRole("admin");
    const input = { name: "bound", days: 1, projectId, scopes };
    return must(await createOwnToken(db.app, owner, input)).token;
  };
  const owner = await actorOf(db.app, ours.owner.userId);
  const all = await walk(await bound(owner, ours.projectId));
  // A member of the tenant, since its person is; but no scope of the tenant's is left to the token.
  const noTenant = Object.fromEntries(
    routeList.map(({ name, route }) => [
      name,
      route.place === "tenant" ? "forbidden" : expected(route, { project: "admin" }),
    ]),
  );
  expect(all).toEqual(noTenant);
  const strange = await walk(await bound(owner, made.value.projectId));
  for (const { name, route } of routeList) {
    if (route.place === "project") expect(strange[name], name).toBe("not found");
  }
});
