"use client";

import { EditedList } from "#components/templates/edited-list";
import { Field } from "#components/ui/field";
import { Input } from "#components/ui/input";
import { Select } from "#components/ui/select";
import { groupRoleWords } from "#lib/client/catalogue-words";
import type { Id } from "#lib/domain/id";
import {
  type NodeGroupRole,
  nodeGroupRoles,
  roleAgainstProfile,
} from "#lib/domain/template/template";

export type EditedGroup = {
  /** For React only; groups have no id. */
  key: string;
  name: string;
  role: NodeGroupRole;
  profileId: Id<"profile"> | "";
  minCount: number;
  defaultCount: number;
  maxCount: number;
};

export type ProfileChoice = {
  id: Id<"profile">;
  name: string;
  displayName: string;
  gpusPerNode: number;
  state: string;
};

type Props = {
  groups: readonly EditedGroup[];
  profiles: readonly ProfileChoice[];
  errorOf: (field: string) => string | undefined;
  onChange: (groups: EditedGroup[]) => void;
};

const counts = [
  { field: "minCount", label: "Fewest" },
  { field: "defaultCount", label: "Usual" },
  { field: "maxCount", label: "Most" },
] as const;

/** The node groups of a template: name, role, profile, and how many nodes a launch may ask for. */
export function GroupEditor({ groups, profiles, errorOf, onChange }: Props) {
  return (
    <EditedList
      items={groups}
      noun="group"
      addLabel="Add a group"
      kept={groups.length === 1 ? "A template has at least one group." : null}
      make={newGroup}
      onChange={onChange}
    >
      {({ item: group, index, edit, controls }) => {
        const error = (field: string) => errorOf(`groups.${index}.${field}`);
        return (
          <div className="grid items-start gap-3 sm:grid-cols-2 lg:grid-cols-[1fr_9rem_1.5fr_repeat(3,5.5rem)_auto]">
            <Field label="Group" required error={error("name")}>
              <Input
                mono
                value={group.name}
                maxLength={30}
                autoComplete="off"
                onChange={(event) => edit({ name: event.target.value })}
              />
            </Field>
            <Field label="Role" hint={roleWords(group, profiles)} error={error("role")}>
              <Select
                value={group.role}
                onChange={(event) => edit({ role: event.target.value as NodeGroupRole })}
                options={nodeGroupRoles.map((role) => ({
                  value: role,
                  label: groupRoleWords[role],
                }))}
              />
            </Field>
            <Field label="Profile" required error={error("profileId")}>
              <Select
                value={group.profileId}
                placeholder="Choose a profile"
                onChange={(event) => edit({ profileId: event.target.value as Id<"profile"> })}
                options={profilesToChoose(profiles, group.profileId)}
              />
            </Field>
            {counts.map(({ field, label }) => (
              <Field key={field} label={label} required error={error(field)}>
                <Input
                  type="number"
                  min={0}
                  max={64}
                  value={Number.isNaN(group[field]) ? "" : group[field]}
                  onChange={(event) => edit({ [field]: event.target.valueAsNumber })}
                />
              </Field>
            ))}
            <div className="self-end">{controls}</div>
          </div>
        );
      }}
    </EditedList>
  );
}

/** What does not go together, as it is chosen; publishing says more. */
function roleWords({ role, profileId }: EditedGroup, profiles: readonly ProfileChoice[]) {
  const profile = profiles.find(({ id }) => id === profileId);
  const against = profile && roleAgainstProfile({ role, gpusPerNode: profile.gpusPerNode });
  if (!against) return undefined;
  return against === "missing" ? "These nodes have no GPU." : "These nodes have GPUs.";
}

/** A draft profile can be made active before the template is published; what no version can have is not there. */
function profilesToChoose(profiles: readonly ProfileChoice[], chosen: Id<"profile"> | "") {
  const usable = ({ id, state }: ProfileChoice) =>
    id === chosen || state === "active" || state === "draft";
  return profiles.filter(usable).map(({ id, name, state }) => ({
    value: id,
    label: state === "active" ? name : `${name} (${state})`,
  }));
}

let keys = 0;
/** What React knows a row of the editor by; never sent. */
export const newRowKey = () => `row-${keys++}`;

/** A group to begin with; the second and later ones are for other roles. */
export function newGroup(index: number): EditedGroup {
  return {
    key: newRowKey(),
    name: index === 0 ? "workers" : `group-${index + 1}`,
    role: index === 0 ? "gpu_worker" : "cpu",
    profileId: "",
    minCount: index === 0 ? 1 : 0,
    defaultCount: 1,
    maxCount: 8,
  };
}
