"use client";

import { useState } from "react";
import { RecoveryCodes } from "#components/account/recovery-codes";
import { type TotpActs, TotpSetUp } from "#components/account/totp-set-up";

/** Sets up the second factor that the portal's rule asks for, then goes on to `next`. */
export function FactorSetUp({ next, ...acts }: TotpActs & { next: string }) {
  const [codes, setCodes] = useState<string[]>();
  const goOn = () => window.location.assign(next);
  return codes ? (
    <RecoveryCodes codes={codes} done={goOn} />
  ) : (
    <TotpSetUp {...acts} done={setCodes} />
  );
}
