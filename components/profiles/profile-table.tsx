"use client";

import type { ReactNode } from "react";
import { MoveProfileMenu } from "#components/profiles/move-profile-menu";
import { ProfileStateText } from "#components/profiles/profile-state";
import { ShareProfileButton } from "#components/profiles/share-profile-button";
import type { ShareTarget } from "#components/sharing/share-dialog";
import { type Column, DataTable } from "#components/ui/table";
import { TextLink } from "#components/ui/text-link";
import { sharedWithWords } from "#lib/client/shared-with";
import { leaseWords } from "#lib/domain/environment/lease";
import type { Id } from "#lib/domain/id";
import { amountWords } from "#lib/domain/profile/price";
import type { ProfileState } from "#lib/domain/profile/profile";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { MoveProfileInput, ShareProfileInput } from "#lib/schemas/profile";

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
  priceCents: number | null;
  image: string;
  freeNodes: number;
  onHoldNodes: number;
  heldNodes: number;
  sharedWith: Id<"project">[];
  sharedWithTenants: Id<"tenant">[];
};

type Edit = {
  move: (input: MoveProfileInput) => Promise<Result<unknown, Refusal>>;
  share: (input: ShareProfileInput) => Promise<Result<unknown, Refusal>>;
};

type Props = {
  profiles: ProfileRow[];
  currency: string;
  shareTargets: ShareTarget[];
  /** Absent for those who may only look. */
  edit?: Edit;
  empty: ReactNode;
};

/** Every compute profile: what it is, who may use it, how much of it is free. */
export function ProfileTable({ profiles, currency, shareTargets, edit, empty }: Props) {
  const columns: Column<ProfileRow>[] = [
    {
      id: "name",
      header: "Profile",
      rowHeader: true,
      cell: (profile) => (
        <>
          <TextLink quiet href={`/fleet/profiles/${profile.id}`}>
            {profile.displayName}
          </TextLink>
          <span className="block font-mono font-normal text-faint text-xs">{profile.name}</span>
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
      id: "price",
      header: `Price an hour, ${currency}`,
      align: "end",
      cell: (profile) =>
        profile.priceCents === null ? (
          <span className="text-faint">none</span>
        ) : (
          amountWords(profile.priceCents)
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
      cell: (profile) => sharedWithWords(profile) ?? <span className="text-faint">nobody</span>,
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
          <ShareProfileButton profile={{ ...profile, shareTargets }} share={edit.share} size="sm" />
          <MoveProfileMenu profile={profile} move={edit.move} />
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
