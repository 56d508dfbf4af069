"use client";

import { ShareDialog, type ShareTarget } from "#components/sharing/share-dialog";
import type { Id } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { ShareProfileInput } from "#lib/schemas/profile";

type Props = {
  profile: {
    id: Id<"profile">;
    name: string;
    sharedWith: readonly Id<"project">[];
    sharedWithTenants: readonly Id<"tenant">[];
    shareTargets: readonly ShareTarget[];
  };
  share: (input: ShareProfileInput) => Promise<Result<unknown, Refusal>>;
  size?: "sm" | "md";
};

/** Chooses the tenants and projects that may take nodes of a profile. */
export function ShareProfileButton({ profile, share, size = "md" }: Props) {
  return (
    <ShareDialog
      what={profile.name}
      effect="Whoever is ticked may take nodes of it, as far as the quota reaches."
      targets={profile.shareTargets}
      sharedWith={profile}
      size={size}
      share={(holders) => share({ profileId: profile.id, ...holders })}
    />
  );
}
