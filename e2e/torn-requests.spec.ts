import { and, eq } from "drizzle-orm";
import { findUserByEmail } from "#db/queries/users";
import { auditEvents } from "#db/schema/audit-events";
import { projects } from "#db/schema/tenants";
import { actorOf } from "#e2e/fixtures/people";
import { expect, test, unique } from "#e2e/fixtures/portal";
import { answersTo, tornRequests, whole } from "#e2e/fixtures/torn-requests";
import { must, reading } from "#e2e/world/acting";
import { createOwnToken } from "#lib/commands/create-api-token";

test("the portal refuses a request whose end can be read in two ways, and does nothing of what follows it", async ({
  portal,
}) => {
  const { db } = portal;
  const mine = await portal.ownTenant();
  const user = await findUserByEmail(db, mine.people.owner);
  if (!user) throw new Error("the tenant has no owner");
  const wish = { name: "pipe", scopes: ["project.create" as const], days: 1, projectId: null };
  const { token } = must(await createOwnToken(db, await actorOf(db, user.id), wish));
  const { host, port } = new URL(portal.origin);
  const head = [
    `POST /api/v1/tenants/${mine.slug}/projects HTTP/1.1`,
    `Host: ${host}`,
    `Authorization: Bearer ${token}`,
    "Content-Type: application/json",
  ].join("\r\n");
  const creating = (slug: string) => whole(head, JSON.stringify({ slug, name: "Behind another" }));
  const statuses = async (bytes: string) =>
    (await answersTo(Number(port), bytes)).map((answer) => Number(answer.split(" ")[1]));
  const found = (slug: string) =>
    reading(db, async (tx) => ({
      projects: await tx.$count(
        projects,
        and(eq(projects.tenantId, mine.tenantId), eq(projects.slug, slug)),
      ),
      events: await tx.$count(auditEvents, eq(auditEvents.objectName, `${mine.slug}/${slug}`)),
    }));

  // Where the first ends as it says, the second is done.
  const plain = unique("plain");
  expect(await statuses(whole(head, "{}") + creating(plain))).toEqual([422, 200]);
  expect(await found(plain)).toEqual({ projects: 1, events: 1 });

  const hidden = unique("hidden");
  const answered = Object.entries(tornRequests(head, creating(hidden))).map(
    async ([what, torn]) => [what, await statuses(torn)] as const,
  );
  for (const [what, said] of await Promise.all(answered))
    expect([what, said]).toEqual([what, [400]]);
  expect(await found(hidden)).toEqual({ projects: 0, events: 0 });
});
