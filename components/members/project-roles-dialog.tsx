"use client";

import { useState, useTransition } from "react";
import {
  daysOf,
  type Member,
  type MemberEdit,
  type MemberProject,
  termOptions,
} from "#components/members/member";
import { Button } from "#components/ui/button";
import { Dialog } from "#components/ui/dialog";
import { Field } from "#components/ui/field";
import { FormMessage } from "#components/ui/form-message";
import { RelativeTime } from "#components/ui/relative-time";
import { Select } from "#components/ui/select";
import { whyRefused } from "#lib/client/ask";
import { type ProjectRole, projectRoles, runsTenant } from "#lib/domain/access/role";
import type { SetProjectRoleInput } from "#lib/schemas/tenant";

type Props = {
  member: Member;
  projects: MemberProject[];
  setProjectRole: MemberEdit["setProjectRole"];
};

/** Gives a member a role in each project, or takes it away. Each choice holds at once. */
export function ProjectRolesDialog({ member, projects, setProjectRole }: Props) {
  const [pending, startTransition] = useTransition();
  const [refused, setRefused] = useState<string>();
  const send = (choice: SetProjectRoleInput) =>
    startTransition(async () => setRefused(await whyRefused(() => setProjectRole(choice))));
  const hasAll = runsTenant(member.role);
  const reason = hasAll
    ? `As ${member.role} of the tenant they have every project.`
    : projects.length === 0
      ? "There is no project yet."
      : null;
  return (
    <Dialog
      trigger={
        <Button
          size="sm"
          disabledReason={reason}
          aria-label={`Roles of ${member.name} in projects`}
        >
          Projects
        </Button>
      }
      title={`${member.name} in projects`}
      description={
        member.role === "viewer"
          ? "A viewer of the tenant only looks, whatever the project says."
          : "A choice holds from their next request on."
      }
    >
      <div className="flex flex-col gap-4" aria-busy={pending}>
        {projects.map((project) => (
          <Field
            key={project.id}
            label={project.name}
            hint={
              member.projectManagers[project.id]
                ? `Managed ${member.projectManagers[project.id]}. Taken away, it comes back when they next sign in, unless the group is changed there.`
                : undefined
            }
            aside={<Term member={member} project={project} send={send} />}
          >
            <Select
              value={member.projectRoles[project.id] ?? ""}
              placeholder="No role"
              options={rolesFor(member, project).map((role) => ({ value: role, label: role }))}
              onChange={(event) => {
                const role = event.target.value === "" ? null : (event.target.value as ProjectRole);
                send({ projectId: project.id, userId: member.userId, role });
              }}
            />
          </Field>
        ))}
        <FormMessage message={refused} />
      </div>
    </Dialog>
  );
}

/** The roles that people may give here: where a provider gives it, theirs is kept or taken. */
function rolesFor(member: Member, project: MemberProject): readonly ProjectRole[] {
  const theirs = member.projectRoles[project.id];
  return theirs && member.projectManagers[project.id] ? [theirs] : projectRoles;
}

const unchosen = "?";

/** When a role in a project ends, and the way to choose it. */
function Term({
  member,
  project,
  send,
}: {
  member: Member;
  project: MemberProject;
  send: (choice: SetProjectRoleInput) => void;
}) {
  const role = member.projectRoles[project.id];
  const until = member.projectEnds[project.id];
  if (!role || member.projectManagers[project.id]) return null;
  return (
    <span className="inline-flex gap-1.5">
      {until ? (
        <>
          ends <RelativeTime at={until} />
        </>
      ) : (
        "does not end"
      )}
      <Select
        aria-label={`How long from now, in ${project.name}`}
        value={unchosen}
        onChange={(event) =>
          send({
            projectId: project.id,
            userId: member.userId,
            role,
            days: daysOf(event.target.value),
          })
        }
        options={[{ value: unchosen, label: "Change" }, ...termOptions]}
      />
    </span>
  );
}
