"use client";

import { useState } from "react";
import { RecoveryCodes } from "#components/account/recovery-codes";
import { type TotpActs, TotpSetUp } from "#components/account/totp-set-up";

/** Sets up the second factor that the portal's rule asks for, then goes on to where one may be. */
export function FactorSetUp(acts: TotpActs) {
  const [codes, setCodes] = useState<string[]>();
  const goOn = () => window.location.assign("/");
  return codes ? (
    <RecoveryCodes codes={codes} done={goOn} />
  ) : (
    <TotpSetUp {...acts} done={setCodes} />
  );
}
