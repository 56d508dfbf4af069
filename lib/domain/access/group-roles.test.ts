import { expect, test } from "vitest";
import { type GroupRole, rolesOfGroups } from "#lib/domain/access/group-roles";
import { newId } from "#lib/domain/id";

const acme = newId("tenant");
const vision = newId("project");
const table: GroupRole[] = [
  { group: "platform", place: "fleet", role: "fleet_admin" },
  { group: "watch", place: "fleet", role: "fleet_viewer" },
  { group: "leads", place: "tenant", tenantId: acme, role: "admin" },
  { group: "staff", place: "tenant", tenantId: acme, role: "viewer" },
  { group: "vision", place: "project", tenantId: acme, projectId: vision, role: "member" },
  { group: "vision-leads", place: "project", tenantId: acme, projectId: vision, role: "admin" },
];

test("nothing follows from no group, and from groups that have no role", () => {
  const nothing = { operator: null, tenants: [], projects: [] };
  expect(rolesOfGroups(table, [])).toEqual(nothing);
  expect(rolesOfGroups(table, ["Platform", "platform ", "leads2"])).toEqual(nothing);
});

test("of several roles in one place the most powerful holds, in whatever order they come", () => {
  for (const lines of [table, table.toReversed()]) {
    const given = rolesOfGroups(lines, ["staff", "leads", "watch", "platform"]);
    expect(given.operator).toEqual({ role: "fleet_admin", group: "platform" });
    expect(given.tenants).toEqual([{ tenantId: acme, role: "admin", group: "leads" }]);
    expect(rolesOfGroups(lines, ["vision", "vision-leads"]).projects).toMatchObject([
      { role: "admin", group: "vision-leads" },
    ]);
  }
});

test("a role in a project brings its tenant with it, and no more of it than the table says", () => {
  expect(rolesOfGroups(table, ["vision"]).tenants).toEqual([
    { tenantId: acme, role: "member", group: "vision" },
  ]);
  expect(rolesOfGroups(table, ["vision", "staff"]).tenants).toEqual([
    { tenantId: acme, role: "viewer", group: "staff" },
  ]);
});
