"use client";

import { useTransition } from "react";
import { Button } from "#components/ui/button";

/** Ends the session and leads to the sign-in page. */
export function SignOutButton({ signOut }: { signOut: () => Promise<unknown> }) {
  const [pending, startTransition] = useTransition();
  return (
    <Button
      variant="ghost"
      pending={pending}
      pendingLabel="Signing out…"
      onClick={() =>
        startTransition(async () => {
          await signOut();
        })
      }
    >
      Sign out
    </Button>
  );
}
