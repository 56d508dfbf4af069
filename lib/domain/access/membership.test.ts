import { expect, test } from "vitest";
import { admitRoleChange } from "#lib/domain/access/membership";
import { tenantRoles } from "#lib/domain/access/role";

test("who may change which role into which, while another owner stays", () => {
  const roles = [...tenantRoles, null];
  const grid = (["operator", "owner", "admin"] as const).flatMap((by) =>
    roles.map((from) => {
      const allowed = roles
        .filter((to) => admitRoleChange({ by, from, to, otherOwners: 1 }).ok)
        .map((to) => to ?? "none");
      return `${by}: ${from ?? "none"} → ${allowed.join(", ")}`;
    }),
  );
  expect(grid).toMatchInlineSnapshot(`
    [
      "operator: owner → owner, admin, member, viewer, none",
      "operator: admin → owner, admin, member, viewer, none",
      "operator: member → owner, admin, member, viewer, none",
      "operator: viewer → owner, admin, member, viewer, none",
      "operator: none → owner, admin, member, viewer, none",
      "owner: owner → owner, admin, member, viewer, none",
      "owner: admin → owner, admin, member, viewer, none",
      "owner: member → owner, admin, member, viewer, none",
      "owner: viewer → owner, admin, member, viewer, none",
      "owner: none → owner, admin, member, viewer, none",
      "admin: owner → owner",
      "admin: admin → admin, member, viewer, none",
      "admin: member → admin, member, viewer, none",
      "admin: viewer → admin, member, viewer, none",
      "admin: none → admin, member, viewer, none",
    ]
  `);
});

test("the last owner is neither demoted nor removed, by nobody", () => {
  for (const by of ["operator", "owner"] as const) {
    for (const to of ["admin", "member", "viewer", null] as const) {
      expect(admitRoleChange({ by, from: "owner", to, otherOwners: 0 })).toMatchObject({
        refusal: { kind: "last_owner" },
      });
    }
    expect(admitRoleChange({ by, from: "owner", to: "owner", otherOwners: 0 }).ok).toBe(true);
  }
});
