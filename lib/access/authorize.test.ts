import { expect, test } from "vitest";
import {
  type Actor,
  authorizeFleet,
  authorizeProject,
  authorizeTenant,
} from "#lib/access/authorize";
import {
  type FleetPermission,
  fleetPolicy,
  type ProjectPermission,
  projectPolicy,
  type TenantPermission,
  tenantPolicy,
} from "#lib/access/policy";
import type { ProjectRole, TenantRole } from "#lib/domain/access/role";
import { newId } from "#lib/domain/id";

const person = (memberships: Actor["memberships"] = []): Actor => ({
  userId: newId("user"),
  name: "Ada",
  email: "ada@example.com",
  operatorRole: null,
  memberships,
  requestId: "r",
  ipAddress: null,
});

const member = (role: TenantRole, projectRole?: ProjectRole) =>
  person([
    {
      tenantId: newId("tenant"),
      tenantSlug: "acme",
      tenantName: "Acme",
      role,
      projects: [
        { projectId: newId("project"), slug: "vision", name: "Vision", role: projectRole },
        { projectId: newId("project"), slug: "speech", name: "Speech", role: undefined },
      ],
    },
  ]);

const operator = (role: "fleet_admin" | "fleet_viewer") => ({ ...person(), operatorRole: role });
const fleet = Object.keys(fleetPolicy) as FleetPermission[];
const tenant = Object.keys(tenantPolicy) as TenantPermission[];
const project = Object.keys(projectPolicy) as ProjectPermission[];

test("to a stranger nothing exists, whatever they ask for", () => {
  const strangers = [person(), operator("fleet_admin"), member("owner")];
  for (const actor of strangers) {
    for (const permission of tenant) {
      expect(authorizeTenant(actor, "other", permission)).toMatchObject({
        refusal: { kind: "not_found" },
      });
    }
    for (const permission of project) {
      expect(authorizeProject(actor, "other", "vision", permission)).toMatchObject({
        refusal: { kind: "not_found" },
      });
    }
  }
  for (const permission of fleet) {
    expect(authorizeFleet(member("owner"), permission)).toMatchObject({
      refusal: { kind: "not_found" },
    });
  }
});

test("an operator is a stranger in a tenant they are no member of", () => {
  expect(authorizeTenant(operator("fleet_admin"), "acme", "tenant.read").ok).toBe(false);
});

test("a member without the permission is told so", () => {
  expect(authorizeTenant(member("viewer"), "acme", "member.edit")).toMatchObject({
    refusal: { kind: "forbidden", permission: "member.edit" },
  });
  expect(
    authorizeProject(member("member", "viewer"), "acme", "vision", "environment.launch"),
  ).toMatchObject({ refusal: { kind: "forbidden" } });
  expect(authorizeFleet(operator("fleet_viewer"), "node.enrol")).toMatchObject({
    refusal: { kind: "forbidden" },
  });
});

test("a project one has no role in does not exist, though one is in the tenant", () => {
  expect(
    authorizeProject(member("member", "member"), "acme", "speech", "project.read"),
  ).toMatchObject({ refusal: { kind: "not_found", resource: "project" } });
  expect(authorizeProject(member("owner"), "acme", "speech", "project.read").ok).toBe(true);
});

test("a tenant's viewer stays a viewer whatever the project says", () => {
  expect(
    authorizeProject(member("viewer", "admin"), "acme", "vision", "environment.launch"),
  ).toMatchObject({ refusal: { kind: "forbidden" } });
});

test("a grant names who, what and where", () => {
  const actor = member("admin");
  const [membership] = actor.memberships;
  const answer = authorizeProject(actor, "acme", "vision", "environment.launch");
  expect(answer).toMatchObject({
    ok: true,
    value: {
      scope: "project",
      permission: "environment.launch",
      actorId: actor.userId,
      tenantId: membership?.tenantId,
      projectId: membership?.projects[0]?.projectId,
      role: "admin",
    },
  });
});
