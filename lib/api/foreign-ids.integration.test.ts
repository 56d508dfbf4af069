import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { apiOrigin, clientOf, givenApiTenant, letPass, ownToken, sendTo } from "#e2e/fixtures/api";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { furnish } from "#e2e/fixtures/furnished";
import { type GivenFleet, givenFleet } from "#e2e/fixtures/launchable";
import { actorOf } from "#e2e/fixtures/people";
import { aValue } from "#e2e/fixtures/value-of-schema";
import { openApi } from "#lib/api/openapi";
import { routeList } from "#lib/api/table";
import { type Id, newId } from "#lib/domain/id";

// Every route that names a thing by its id below a place is asked, in a place of one's own, for things
// that are elsewhere: of another tenant, and of another project of one's own tenant. They are as
// little there as an id that nobody ever had. Routes, bodies and things are found by the table of
// routes, so that one that is added is asked too, or fails here.

let db: GivenConnections;
let superuser: pg.Client;
let fleet: GivenFleet;
type Place = Awaited<ReturnType<typeof givenApiTenant>>;
let ours: Place;
let theirs: Place;
/** The slug of a second project of ours. */
const elsewhere = "elsewhere";
let owner: string;

beforeAll(async () => {
  db = await givenConnections();
  superuser = new pg.Client({ connectionString: db.superuserUrl });
  await superuser.connect();
  fleet = await givenFleet(db.app, { racks: [6] });
  ours = await givenApiTenant(db.app, fleet);
  theirs = await givenApiTenant(db.app, fleet);
  const first = clientOf(db.app, await ownToken(db.app, ours.owner));
  const made = await first("createProject", {
    params: { tenant: ours.slug },
    body: { slug: elsewhere, name: "Elsewhere" },
  });
  expect(made.status).toBe(200);
  owner = await ownToken(db.app, await actorOf(db.app, ours.owner.userId));
  await furnish(db.app, superuser, fleet, ours);
  await furnish(db.app, superuser, fleet, theirs);
});
afterAll(async () => {
  await superuser?.end();
  await db?.close();
});

/** Parts of a path that are no ids: places, and names within what an id names. */
const names = ["tenant", "project", "action"];
/** Tables that are not called as the part of the path is. */
const tableOf: Record<string, string> = { approval: "hook_runs" };

async function idIn(part: string, tenantId: Id<"tenant">): Promise<string | undefined> {
  const table = tableOf[part] ?? `${part.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`)}s`;
  const { rows } = await superuser.query<{ id: string }>(
    `select id from ${table === "deliverys" ? "deliveries" : table} where tenant_id = $1 limit 1`,
    [tenantId],
  );
  return rows[0]?.id;
}

/** Bodies of which more is asked than their schema tells. */
const bodies: Record<string, unknown> = {
  changeWebhook: {
    ...{ url: "", certificatePem: "", form: "standard" },
    kinds: ["environment.failed"],
  },
  upgradeEnvironment: { templateVersionId: newId("templateVersion"), confirmName: "words" },
};

const document = openApi(apiOrigin);

/** The routes below a tenant or a project that name something by an id. */
const routes = routeList.flatMap(({ name, route }) => {
  const parts = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, part]) => part ?? "");
  const part = parts.find((each) => !names.includes(each));
  const isBelowPlace = route.place === "tenant" || route.place === "project";
  return part && isBelowPlace ? [{ name, route, part }] : [];
});

test.for(routes.map((each) => [each.name, each] as const))(
  "%s finds nothing that is elsewhere",
  async ([, { name, route, part }]) => {
    const method = route.method.toLowerCase() as "get" | "post";
    const schema =
      document.paths[route.path]?.[method]?.requestBody?.content["application/json"]?.schema;
    const ask = async (project: string, id: string) => {
      await letPass(db.app, "61 seconds");
      const of: Record<string, string> = {
        tenant: ours.slug,
        project,
        action: "flush",
        [part]: id,
      };
      const path = route.path.replace(/\{(\w+)\}/g, (_, word) => of[word] ?? "");
      const response = await sendTo(db.app)(
        new Request(`${apiOrigin}/api/v1${path}`, {
          method: route.method,
          headers: {
            authorization: `Bearer ${owner}`,
            ...(schema ? { "content-type": "application/json" } : {}),
          },
          ...(schema ? { body: JSON.stringify(bodies[name] ?? aValue(schema)) } : {}),
        }),
      );
      return { status: response.status, body: (await response.text()).replaceAll(id, "ID") };
    };
    const [own, foreign] = await Promise.all([
      idIn(part, ours.tenantId),
      idIn(part, theirs.tenantId),
    ]);
    if (!own || !foreign) throw new Error(`nothing is furnished that {${part}} names`);
    // As many characters of chance under the same letters.
    const nobodys = `${foreign.slice(0, -8)}00000000`;

    const nothing = await ask("research", nobodys);
    expect(nothing.status).toBe(404);
    expect(await ask("research", foreign)).toEqual(nothing);
    if (route.place === "project") expect(await ask(elsewhere, own)).toEqual(nothing);
    // The same request does find what is where it is asked for.
    expect(await ask("research", own)).not.toEqual(nothing);
    await superuser.query("update webhooks set removed_at = null where tenant_id = $1", [
      ours.tenantId,
    ]);
  },
);
