import { expect, test } from "vitest";
import {
  effectiveProjectRole,
  fleetPolicy,
  needsFreshProof,
  operatorMay,
  projectPolicy,
  projectRoleMay,
  tenantPolicy,
  tenantRoleMay,
} from "#lib/access/policy";
import { operatorRoles, projectRoles, tenantRoles } from "#lib/domain/access/role";
import { tokenScopes } from "#lib/domain/access/token-scope";

// The whole table of who may do what. A change here is a change of the product: read it as one.

const grid = <P extends string, R extends string>(
  permissions: readonly P[],
  roles: readonly R[],
  may: (role: R, permission: P) => boolean,
) =>
  Object.fromEntries(
    permissions.map((permission) => [
      permission,
      roles.filter((role) => may(role, permission)).join(" ") || "nobody",
    ]),
  );
const keysOf = <T extends object>(object: T) => Object.keys(object) as (keyof T & string)[];

test("what operators may do", () => {
  expect(grid(keysOf(fleetPolicy), operatorRoles, operatorMay)).toMatchInlineSnapshot(`
    {
      "approval.decide": "fleet_admin",
      "catalogue.edit": "fleet_admin",
      "context.edit": "fleet_admin",
      "credential.edit": "fleet_admin",
      "fleet.audit": "fleet_admin fleet_viewer",
      "fleet.read": "fleet_admin fleet_viewer",
      "identity.edit": "fleet_admin",
      "node.enrol": "fleet_admin",
      "node.operate": "fleet_admin",
      "operator.edit": "fleet_admin",
      "pool.edit": "fleet_admin",
      "provider.edit": "fleet_admin",
      "quota.edit": "fleet_admin",
      "tenant.create": "fleet_admin",
      "tenant.edit": "fleet_admin",
      "webhook.edit": "fleet_admin",
    }
  `);
});

test("what members may do in a tenant", () => {
  expect(grid(keysOf(tenantPolicy), tenantRoles, tenantRoleMay)).toMatchInlineSnapshot(`
    {
      "approval.answer": "owner admin member viewer",
      "member.edit": "owner admin",
      "member.read": "owner admin member viewer",
      "project.create": "owner admin",
      "quota.split": "owner admin",
      "tenant.audit": "owner admin",
      "tenant.read": "owner admin member viewer",
      "tenant.use": "owner admin",
      "tenant.webhooks": "owner admin",
    }
  `);
});

test("what members may do in a project", () => {
  expect(grid(keysOf(projectPolicy), projectRoles, projectRoleMay)).toMatchInlineSnapshot(`
    {
      "environment.act": "admin member",
      "environment.keys": "admin member",
      "environment.launch": "admin member",
      "environment.operate": "admin member",
      "environment.read": "admin member viewer",
      "environment.release": "admin member",
      "project.automation": "admin",
      "project.keys": "admin",
      "project.read": "admin member viewer",
    }
  `);
});

test("what is used with a fresh proof only, and no scope of a token is among it", () => {
  const permissions = [fleetPolicy, tenantPolicy, projectPolicy].flatMap(keysOf);
  expect(permissions.filter(needsFreshProof)).toEqual([
    "credential.edit",
    "provider.edit",
    "tenant.edit",
    "operator.edit",
    "identity.edit",
    "member.edit",
    "environment.keys",
    "project.keys",
    "project.automation",
  ]);
  expect(tokenScopes.filter(needsFreshProof)).toEqual([]);
});

test("the role in a project follows from both roles, and the narrower one wins", () => {
  const rows = tenantRoles.flatMap((tenantRole) =>
    [undefined, ...projectRoles].map(
      (given) =>
        `${tenantRole} + ${given ?? "none"} = ${effectiveProjectRole(tenantRole, given) ?? "no access"}`,
    ),
  );
  expect(rows).toMatchInlineSnapshot(`
    [
      "owner + none = admin",
      "owner + admin = admin",
      "owner + member = admin",
      "owner + viewer = admin",
      "admin + none = admin",
      "admin + admin = admin",
      "admin + member = admin",
      "admin + viewer = admin",
      "member + none = no access",
      "member + admin = admin",
      "member + member = member",
      "member + viewer = viewer",
      "viewer + none = no access",
      "viewer + admin = viewer",
      "viewer + member = viewer",
      "viewer + viewer = viewer",
    ]
  `);
});
