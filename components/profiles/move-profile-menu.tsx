"use client";

import { useTransition } from "react";
import { Button } from "#components/ui/button";
import { DropdownMenu, MenuItem } from "#components/ui/dropdown-menu";
import { notify } from "#components/ui/toaster";
import { whyRefused } from "#lib/client/ask";
import type { Id } from "#lib/domain/id";
import { type ProfileState, profileMovesFrom } from "#lib/domain/profile/profile";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { MoveProfileInput } from "#lib/schemas/profile";

const moveWords = {
  draft: { label: "Make a draft", hint: "" },
  active: { label: "Activate", hint: "offered to its projects" },
  deprecated: { label: "Deprecate", hint: "for templates that have it" },
  disabled: { label: "Disable", hint: "no new environments" },
} as const satisfies Record<ProfileState, { label: string; hint: string }>;

type Props = {
  profile: { id: Id<"profile">; name: string; state: ProfileState };
  move: (input: MoveProfileInput) => Promise<Result<unknown, Refusal>>;
  size?: "sm" | "md";
};

/** Moves a profile to another state. */
export function MoveProfileMenu({ profile, move, size = "sm" }: Props) {
  const [pending, startTransition] = useTransition();
  return (
    <DropdownMenu
      align="end"
      trigger={
        <Button size={size} pending={pending} aria-label={`Change the state of ${profile.name}`}>
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
