"use client";

import { type PasskeyUse, UsePasskey } from "#components/account/use-passkey";

/** Signs in with a passkey, alone or as second factor, and goes on to `next`. */
export function SignInByPasskey({
  next,
  variant,
  ...acts
}: PasskeyUse & { next: string; variant?: "primary" }) {
  return (
    <UsePasskey
      {...acts}
      variant={variant}
      label="Use a passkey"
      // A full load: nothing drawn for nobody is kept.
      done={() => window.location.assign(next)}
    />
  );
}
