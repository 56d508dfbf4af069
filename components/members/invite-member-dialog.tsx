"use client";

import { useState } from "react";
import { FormDialog } from "#components/forms/form-dialog";
import { tenantRoleWords } from "#components/members/add-member-dialog";
import {
  daysOf,
  type InvitationEdit,
  type MemberProject,
  termOptions,
} from "#components/members/member";
import { InvitationLink } from "#components/members/pending-invitations";
import { Button } from "#components/ui/button";
import { Field, FieldGroup } from "#components/ui/field";
import { Input } from "#components/ui/input";
import { RadioCards } from "#components/ui/radio-cards";
import { Select } from "#components/ui/select";
import { textOf } from "#lib/client/form-values";
import { type ProjectRole, projectRoles, type TenantRole } from "#lib/domain/access/role";

type Props = {
  projects: MemberProject[];
  origin: string;
  mayMakeOwners: boolean;
  invite: InvitationEdit["invite"];
};

/** Invites someone by a link that is shown once. */
export function InviteMemberDialog({ projects, origin, mayMakeOwners, invite }: Props) {
  const [role, setRole] = useState<string>("member");
  const inProjects = role === "member" || role === "viewer" ? projects : [];
  return (
    <FormDialog
      trigger={<Button variant="primary">Invite someone</Button>}
      title="Invite someone"
      description="They choose a password of their own, or come with an identity provider."
      submitLabel="Make the link"
      pendingLabel="Making…"
      send={(form) =>
        invite({
          email: textOf(form, "email"),
          role: role as TenantRole,
          days: daysOf(textOf(form, "days")),
          projects: inProjects.flatMap((project) => {
            const given = textOf(form, `project ${project.id}`);
            return given ? [{ projectId: project.id, role: given as ProjectRole }] : [];
          }),
        })
      }
      result={({ path }) => <InvitationLink link={origin + path} />}
    >
      {(errorOf) => (
        <>
          <Field label="Email address" required error={errorOf("email")}>
            <Input name="email" type="email" maxLength={254} autoComplete="off" />
          </Field>
          <RadioCards
            name="role"
            legend="Role in the tenant"
            columns={2}
            value={role}
            onValueChange={setRole}
            error={errorOf("role")}
            options={(["member", "viewer", "admin", "owner"] as const).map((each) => ({
              value: each,
              title: each.charAt(0).toUpperCase() + each.slice(1),
              description: tenantRoleWords[each],
              disabledReason:
                each === "owner" && !mayMakeOwners ? "Only an owner makes owners." : null,
            }))}
          />
          {inProjects.length > 0 && (
            <FieldGroup legend="Roles in projects" error={errorOf("projects")}>
              <div className="grid gap-3 sm:grid-cols-2">
                {inProjects.map((project) => (
                  <Field key={project.id} label={project.name}>
                    <Select
                      name={`project ${project.id}`}
                      placeholder="No role"
                      options={projectRoles.map((each) => ({ value: each, label: each }))}
                    />
                  </Field>
                ))}
              </div>
            </FieldGroup>
          )}
          <Field label="Membership" error={errorOf("days")} hint="Counted from when they accept.">
            <Select name="days" defaultValue="" options={termOptions} />
          </Field>
        </>
      )}
    </FormDialog>
  );
}
