"use client";

import { useState } from "react";
import { AddPasskey, type PasskeyActs } from "#components/account/add-passkey";
import {
  type Passkey,
  PasskeyTable,
  type PasskeyTableActs,
} from "#components/account/passkey-table";
import { RecoveryCodes } from "#components/account/recovery-codes";
import { type TotpActs, TotpSetUp } from "#components/account/totp-set-up";
import { Button } from "#components/ui/button";
import { ConfirmDialog } from "#components/ui/confirm-dialog";
import { KeyValueList } from "#components/ui/key-value-list";
import { Panel } from "#components/ui/panel";
import { RelativeTime } from "#components/ui/relative-time";
import { ask, whyRefused } from "#lib/client/ask";
import { recoveryCodeCount } from "#lib/domain/access/second-factor";
import { type Refusal, refusalMessage } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";

type Factors = {
  /** Null without one. */
  app: { setUpAt: string; lastUsedAt: string } | null;
  passkeys: Passkey[];
  codesLeft: number;
};

type Props = TotpActs &
  PasskeyActs &
  PasskeyTableActs & {
    factors: Factors;
    /** Why there are no passkeys at this address. */
    whyNoPasskeys: string | null;
    renewCodes: () => Promise<Result<{ recoveryCodes: string[] }, Refusal>>;
    removeApp: () => Promise<Result<unknown, Refusal>>;
  };

/** A person's second factors: to set up, to look after, and to remove. */
export function SecondFactorPanel({
  factors,
  whyNoPasskeys,
  renewCodes,
  removeApp,
  ...acts
}: Props) {
  // Kept here: they are readable once, and the page behind is drawn anew meanwhile.
  const [codes, setCodes] = useState<string[] | null>(null);
  const { app, passkeys, codesLeft } = factors;
  const hasAny = app !== null || passkeys.length > 0;
  return (
    <Panel
      title="Second factor"
      description="Asked for at sign-in, unless your identity provider asks for one itself, and before what gives access to others when you last showed it more than five minutes ago."
    >
      {codes ? (
        <RecoveryCodes codes={codes} done={() => setCodes(null)} />
      ) : (
        <div className="flex flex-col gap-4">
          {hasAny ? (
            <KeyValueList
              items={[
                {
                  label: "Authenticator app",
                  value: app ? (
                    <>
                      set up <RelativeTime at={app.setUpAt} />, last used{" "}
                      <RelativeTime at={app.lastUsedAt} />
                    </>
                  ) : (
                    "none"
                  ),
                },
                { label: "Recovery codes", value: `${codesLeft} of ${recoveryCodeCount} left` },
              ]}
            />
          ) : (
            <p className="max-w-prose text-muted text-sm">
              You have none. With one, a password that somebody learns opens nothing. Setting it up
              ends every session but this one.
            </p>
          )}
          {passkeys.length > 0 && <PasskeyTable passkeys={passkeys} {...acts} />}
          <div className="flex flex-wrap items-start gap-2">
            <AddPasskey
              {...acts}
              disabledReason={whyNoPasskeys}
              variant={hasAny ? undefined : "primary"}
              done={setCodes}
            />
            <TotpSetUp
              {...acts}
              label={app ? "Replace the authenticator app" : "Set up an authenticator app"}
              done={setCodes}
            />
            {hasAny && <RenewDialog renew={renewCodes} done={setCodes} />}
            {app && <RemoveDialog remove={removeApp} />}
          </div>
        </div>
      )}
    </Panel>
  );
}

function RenewDialog({
  renew,
  done,
}: {
  renew: Props["renewCodes"];
  done: (codes: string[]) => void;
}) {
  return (
    <ConfirmDialog
      trigger={<Button>New recovery codes</Button>}
      title="Make new recovery codes?"
      consequences={[
        { verb: "Makes", text: `${recoveryCodeCount} new codes, shown once.` },
        { verb: "Voids", text: "every code that you have now." },
      ]}
      confirmLabel="Make new codes"
      pendingLabel="Making…"
      danger={false}
      onConfirm={async () => {
        const result = await ask(renew);
        if (!result.ok) return refusalMessage(result.refusal);
        done(result.value.recoveryCodes);
      }}
    />
  );
}

function RemoveDialog({ remove }: { remove: Props["removeApp"] }) {
  return (
    <ConfirmDialog
      trigger={<Button variant="danger-quiet">Remove the app</Button>}
      title="Remove your authenticator app?"
      consequences={[
        { verb: "Voids", text: "the secret in your app." },
        {
          verb: "Leaves",
          text: "your passkeys; without any, what you sign in with is all that is asked for, and the recovery codes are void.",
        },
      ]}
      confirmLabel="Remove the app"
      pendingLabel="Removing…"
      onConfirm={() => whyRefused(remove)}
    />
  );
}
