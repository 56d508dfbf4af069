"use client";

import { useState } from "react";
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

type Factor = { setUpAt: string; lastUsedAt: string; codesLeft: number };

type Props = TotpActs & {
  /** Absent without one. */
  factor: Factor | null;
  renewCodes: () => Promise<Result<{ recoveryCodes: string[] }, Refusal>>;
  remove: () => Promise<Result<unknown, Refusal>>;
};

/** A person's second factor: to set up, to look after, and to remove. */
export function SecondFactorPanel({ factor, begin, confirm, renewCodes, remove }: Props) {
  // Kept here: they are readable once, and the page behind is drawn anew meanwhile.
  const [codes, setCodes] = useState<string[]>();
  return (
    <Panel
      title="Second factor"
      description="Asked for at sign-in, unless your identity provider asks for one itself, and before what gives access to others when you last showed it more than five minutes ago."
    >
      {codes ? (
        <RecoveryCodes codes={codes} done={() => setCodes(undefined)} />
      ) : factor ? (
        <div className="flex flex-col gap-4">
          <KeyValueList
            items={[
              {
                label: "Authenticator app",
                value: (
                  <>
                    set up <RelativeTime at={factor.setUpAt} />, last used{" "}
                    <RelativeTime at={factor.lastUsedAt} />
                  </>
                ),
              },
              {
                label: "Recovery codes",
                value: `${factor.codesLeft} of ${recoveryCodeCount} left`,
              },
            ]}
          />
          <div className="flex flex-wrap gap-2">
            <RenewDialog renew={renewCodes} done={setCodes} />
            <RemoveDialog remove={remove} />
          </div>
        </div>
      ) : (
        <div className="flex flex-col gap-3">
          <p className="max-w-prose text-muted text-sm">
            You have none. With one, a password that somebody learns opens nothing. Setting it up
            ends every session but this one.
          </p>
          <TotpSetUp begin={begin} confirm={confirm} done={setCodes} />
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

function RemoveDialog({ remove }: { remove: Props["remove"] }) {
  return (
    <ConfirmDialog
      trigger={<Button variant="danger-quiet">Remove</Button>}
      title="Remove your second factor?"
      consequences={[
        { verb: "Leaves", text: "what you sign in with as the only thing that is asked for." },
        { verb: "Voids", text: "the secret in your app, and your recovery codes." },
      ]}
      confirmLabel="Remove second factor"
      pendingLabel="Removing…"
      onConfirm={() => whyRefused(remove)}
    />
  );
}
