import { expect, test } from "vitest";
import type { Actor } from "#lib/access/authorize";
import { newId } from "#lib/domain/id";
import { ownAccess } from "#lib/views/own-access";

const person = (more: Partial<Actor>): Actor => ({
  userId: newId("user"),
  name: "Ada",
  email: "ada@example.com",
  operatorRole: null,
  memberships: [],
  requestId: "r",
  ipAddress: null,
  ...more,
});

const member: Actor = person({
  memberships: [
    {
      tenantId: newId("tenant"),
      tenantSlug: "acme",
      tenantName: "Acme",
      role: "viewer",
      projects: [
        { projectId: newId("project"), slug: "vision", name: "Vision", role: "admin" },
        { projectId: newId("project"), slug: "speech", name: "Speech", role: undefined },
      ],
    },
  ],
});

test("a person reads what they may do in each place, and which role the rest takes", () => {
  const shown = ownAccess(member).map(({ name, role, lines }) => ({
    at: `${name} as ${role}`,
    may: lines.filter((line) => line.allowed).map((line) => line.permission),
    not: lines
      .filter((line) => !line.allowed)
      .map((line) => `${line.permission}: ${line.roles.join(" or ")}`),
  }));
  expect(shown).toEqual([
    {
      at: "Acme as viewer",
      may: ["tenant.read", "member.read", "approval.answer"],
      not: [
        "tenant.audit: owner or admin",
        "tenant.use: owner or admin",
        "member.edit: owner or admin",
        "project.create: owner or admin",
        "quota.split: owner or admin",
        "tenant.webhooks: owner or admin",
      ],
    },
    {
      at: "Acme / Vision as viewer, as viewer of the tenant",
      may: ["project.read", "environment.read"],
      not: [
        "environment.launch: admin or member",
        "environment.operate: admin or member",
        "environment.act: admin or member",
        "environment.release: admin or member",
        "environment.keys: admin or member",
        "project.keys: admin",
        "project.automation: admin",
      ],
    },
  ]);
});

test("beside each it is said what else it takes, and whether a token can", () => {
  const [, project] = ownAccess(member);
  const besides = Object.fromEntries(
    (project?.lines ?? []).map((line) => [line.permission, line.besides]),
  );
  expect(besides).toMatchObject({
    "environment.launch": "a token can, too",
    "environment.act": "each action says who presses it; a token can, too",
    "environment.release": "of more than 1 node at once with a fresh proof; a token can, too",
    "project.keys": "with a fresh proof that it is you; no token can",
  });
});

test("nobody has a place that is not theirs", () => {
  expect(ownAccess(person({}))).toEqual([]);
  expect(ownAccess(person({ operatorRole: "fleet_viewer" })).map((each) => each.name)).toEqual([
    "Fleet",
  ]);
});
