"use client";

import { useState } from "react";
import { FormDialog } from "#components/forms/form-dialog";
import type { GroupPlace, Provider, ProviderEdit } from "#components/identity/identity";
import { Button } from "#components/ui/button";
import { Field } from "#components/ui/field";
import { Input } from "#components/ui/input";
import { Select } from "#components/ui/select";
import { textOf } from "#lib/client/form-values";
import { operatorRoles, projectRoles, tenantRoles } from "#lib/domain/access/role";
import type { AddGroupRoleInput } from "#lib/schemas/identity";

type Props = { provider: Provider; places: GroupPlace[]; add: ProviderEdit["addRole"] };

/** Gives a provider's group a role in the fleet, a tenant or a project. */
export function GroupRoleDialog({ provider, places, add }: Props) {
  const [place, setPlace] = useState("fleet");
  const roles = place.includes("/")
    ? projectRoles
    : place === "fleet"
      ? operatorRoles
      : tenantRoles;
  return (
    <FormDialog
      trigger={
        <Button size="sm" aria-label={`Give a group of ${provider.label} a role`}>
          Add a role
        </Button>
      }
      title="Give a group a role"
      description="From their next sign-in, people of the group have it. Of several roles in one place the most powerful holds."
      submitLabel="Add role"
      pendingLabel="Adding…"
      send={(form) => add(inputOf(form, provider, place))}
    >
      {(errorOf) => (
        <>
          <Field
            label="Group"
            required
            error={errorOf("group")}
            hint={`As it stands in the claim ${provider.groupsClaim}.`}
          >
            <Input name="group" maxLength={200} autoComplete="off" />
          </Field>
          <Field label="Place" required>
            <Select
              name="place"
              value={place}
              onChange={(event) => setPlace(event.target.value)}
              options={[
                { value: "fleet", label: "Fleet, as operator" },
                ...places.flatMap((tenant) => [
                  { value: tenant.tenantId as string, label: tenant.name },
                  ...tenant.projects.map((project) => ({
                    value: `${tenant.tenantId}/${project.id}`,
                    label: `${tenant.name} / ${project.name}`,
                  })),
                ]),
              ]}
            />
          </Field>
          <Field label="Role" required error={errorOf("role")}>
            <Select
              key={place}
              name="role"
              defaultValue={roles.at(-1)}
              options={roles.map((role) => ({ value: role, label: role.replace("_", " ") }))}
            />
          </Field>
        </>
      )}
    </FormDialog>
  );
}

/** What the form says; whether the ids and the role are any is asked where it arrives. */
function inputOf(form: FormData, provider: Provider, place: string): AddGroupRoleInput {
  const [tenantId, projectId] = place.split("/");
  const common = {
    providerId: provider.id,
    group: textOf(form, "group"),
    role: textOf(form, "role"),
  };
  const input =
    place === "fleet"
      ? { ...common, place: "fleet" }
      : projectId
        ? { ...common, place: "project", tenantId, projectId }
        : { ...common, place: "tenant", tenantId };
  return input as AddGroupRoleInput;
}
