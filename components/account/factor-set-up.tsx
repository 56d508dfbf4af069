"use client";

import { useState } from "react";
import { AddPasskey, type PasskeyActs } from "#components/account/add-passkey";
import { RecoveryCodes } from "#components/account/recovery-codes";
import { type TotpActs, TotpSetUp } from "#components/account/totp-set-up";

/** Sets up the second factor that the portal's rule asks for, then goes on to `next`. */
export function FactorSetUp({
  next,
  whyNoPasskeys,
  ...acts
}: TotpActs & PasskeyActs & { next: string; whyNoPasskeys: string | null }) {
  const [codes, setCodes] = useState<string[]>();
  const goOn = () => window.location.assign(next);
  // Who has a second factor by now has their recovery codes, too.
  const done = (made: string[] | null) => (made ? setCodes(made) : goOn());
  return codes ? (
    <RecoveryCodes codes={codes} done={goOn} />
  ) : (
    <div className="flex flex-wrap items-start gap-2">
      <AddPasskey {...acts} disabledReason={whyNoPasskeys} variant="primary" done={done} />
      <TotpSetUp {...acts} label="Set up an authenticator app" done={done} />
    </div>
  );
}
