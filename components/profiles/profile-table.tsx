"use client";

import type { ReactNode } from "react";
import { useTransition } from "react";
import { LeaseLimitDialog } from "#components/profiles/lease-limit-dialog";
import { ProfileStateText } from "#components/profiles/profile-state";
import { ShareDialog, type ShareTarget } from "#components/sharing/share-dialog";
import { Button } from "#components/ui/button";
import { DropdownMenu, MenuItem } from "#components/ui/dropdown-menu";
import { type Column, DataTable } from "#components/ui/table";
import { notify } from "#components/ui/toaster";
import { whyRefused } from "#lib/client/ask";
import { formatQuantity } from "#lib/client/format";
import { leaseWords } from "#lib/domain/environment/lease";
import type { Id } from "#lib/domain/id";
import { type ProfileState, profileMovesFrom } from "#lib/domain/profile/profile";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { LimitLeaseInput, MoveProfileInput, ShareProfileInput } from "#lib/schemas/profile";

export type ProfileRow = {
  id: Id<"profile">;
  name: string;
  displayName: string;
  description: string;
  state: ProfileState;
  nodeType: string;
  gpusPerNode: number;
  gpuModel: string | null;
  longestLeaseHours: number | null;
  image: string;
  freeNodes: number;
  onHoldNodes: number;
  heldNodes: number;
  sharedWith: Id<"project">[];
};

type Edit = {
  move: (input: MoveProfileInput) => Promise<Result<unknown, Refusal>>;
  limitLease: (input: LimitLeaseInput) => Promise<Result<unknown, Refusal>>;
  share: (input: ShareProfileInput) => Promise<Result<unknown, Refusal>>;
};

type Props = {
  profiles: ProfileRow[];
  shareTargets: ShareTarget[];
  /** Absent for those who may only look. */
  edit?: Edit;
  empty: ReactNode;
};

/** Every compute profile: what it is, who may use it, how much of it is free. */
export function ProfileTable({ profiles, shareTargets, edit, empty }: Props) {
  const columns: Column<ProfileRow>[] = [
    {
      id: "name",
      header: "Profile",
      rowHeader: true,
      cell: (profile) => (
        <>
          {profile.displayName}
          <span className="block font-mono text-faint text-xs">{profile.name}</span>
        </>
      ),
    },
    { id: "state", header: "State", cell: (profile) => <ProfileStateText state={profile.state} /> },
    {
      id: "node",
      header: "A node",
      cell: (profile) => (
        <>
          {profile.gpusPerNode > 0 ? `${profile.gpusPerNode} × ${profile.gpuModel}` : "no GPUs"}
          <span className="block text-faint text-xs">{profile.nodeType}</span>
        </>
      ),
    },
    { id: "image", header: "Default image", cell: (profile) => profile.image },
    {
      id: "lease",
      header: "Longest lease",
      cell: (profile) =>
        profile.longestLeaseHours === null ? (
          <span className="text-faint">no limit</span>
        ) : (
          leaseWords(profile.longestLeaseHours)
        ),
    },
    {
      id: "free",
      header: "Free nodes",
      align: "end",
      cell: (profile) => (
        <>
          {profile.freeNodes}
          {profile.onHoldNodes > 0 && (
            <span className="block text-faint text-xs">{profile.onHoldNodes} more on hold</span>
          )}
        </>
      ),
    },
    { id: "held", header: "Held nodes", align: "end", cell: (profile) => profile.heldNodes },
    {
      id: "shared",
      header: "Shared with",
      cell: (profile) =>
        profile.sharedWith.length > 0 ? (
          formatQuantity(profile.sharedWith.length, "project")
        ) : (
          <span className="text-faint">nobody</span>
        ),
    },
  ];
  if (edit) {
    columns.push({
      id: "act",
      header: "Acts",
      headerHidden: true,
      align: "end",
      cell: (profile) => (
        <span className="inline-flex flex-wrap justify-end gap-1.5">
          <ShareDialog
            what={profile.name}
            effect="These projects may take nodes of it, as far as their quota reaches."
            targets={shareTargets}
            sharedWith={profile.sharedWith}
            share={(projectIds) => edit.share({ profileId: profile.id, projectIds })}
          />
          <LeaseLimitDialog
            profile={profile}
            save={(longestLeaseHours) =>
              edit.limitLease({ profileId: profile.id, longestLeaseHours })
            }
          />
          <MoveMenu profile={profile} move={edit.move} />
        </span>
      ),
    });
  }
  return (
    <DataTable
      label="Profiles"
      columns={columns}
      rows={profiles}
      rowKey={(profile) => profile.id}
      empty={empty}
    />
  );
}

const moveWords = {
  draft: { label: "Make a draft", hint: "" },
  active: { label: "Activate", hint: "offered to its projects" },
  deprecated: { label: "Deprecate", hint: "keeps what runs" },
  disabled: { label: "Disable", hint: "keeps what runs" },
} as const satisfies Record<ProfileState, { label: string; hint: string }>;

function MoveMenu({ profile, move }: { profile: ProfileRow; move: Edit["move"] }) {
  const [pending, startTransition] = useTransition();
  return (
    <DropdownMenu
      align="end"
      trigger={
        <Button size="sm" pending={pending} aria-label={`Change the state of ${profile.name}`}>
          State
        </Button>
      }
    >
      {profileMovesFrom(profile.state).map((to) => (
        <MenuItem
          key={to}
          hint={moveWords[to].hint}
          onSelect={() =>
            startTransition(async () => {
              const refused = await whyRefused(() => move({ profileId: profile.id, to }));
              if (refused) notify(refused, { kind: "critical" });
            })
          }
        >
          {moveWords[to].label}
        </MenuItem>
      ))}
    </DropdownMenu>
  );
}
