"use client";

import { useState } from "react";
import { LeaseField } from "#components/environments/lease-field";
import { FormDialog } from "#components/forms/form-dialog";
import { Button } from "#components/ui/button";
import { Callout } from "#components/ui/callout";
import { RelativeTime } from "#components/ui/relative-time";
import { useNow } from "#lib/client/use-now";
import { allowedWords, endsSoonMs, leasesWithin } from "#lib/domain/environment/lease";
import type { Id } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { EnvironmentDetail } from "#lib/schemas/environment-view";

export type SetLease = (input: {
  environmentId: Id<"environment">;
  leaseHours: number | null;
}) => Promise<Result<unknown, Refusal>>;

type Props = { environment: EnvironmentDetail; setLease: SetLease; done: () => void };

/** When an environment ends by itself, and the way to move that; louder in its last day. */
export function LeaseLine({ environment, setLease, done }: Props) {
  const now = useNow(60_000);
  const { endsAt } = environment;
  const change = <ChangeLease environment={environment} setLease={setLease} done={done} />;
  if (endsAt && now !== null && Date.parse(endsAt) - now < endsSoonMs) {
    return (
      <Callout
        kind="attention"
        title={
          <>
            It ends <RelativeTime at={endsAt} />
          </>
        }
        action={change}
      >
        Its nodes are given back then, and their drives are wiped. Extend it to keep them.
      </Callout>
    );
  }
  return (
    <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-muted text-sm">
      {endsAt ? (
        <span>
          Ends <RelativeTime at={endsAt} />, and gives its nodes back.
        </span>
      ) : (
        <span>It has no end: it keeps its nodes until it is released.</span>
      )}
      {change}
    </p>
  );
}

function ChangeLease({ environment, setLease, done }: Props) {
  const { longestLeaseHours: longest, longestLeaseBy: by, endsAt } = environment;
  const [hours, setHours] = useState<number | null>(leasesWithin(longest).at(-1) ?? null);
  return (
    <FormDialog
      trigger={
        <Button
          size="sm"
          disabledReason={
            environment.may.operate
              ? null
              : "Your role in this project may look, but not act. Ask a project admin."
          }
        >
          {endsAt ? "Extend" : "Set an end"}
        </Button>
      }
      title={endsAt ? "Extend the lease" : "Set an end"}
      description="Counted from now. When it is over the nodes are given back and wiped; the history stays."
      submitLabel={endsAt ? "Extend" : "Set"}
      pendingLabel="Setting…"
      send={async () => {
        const result = await setLease({ environmentId: environment.id, leaseHours: hours });
        done();
        return result;
      }}
    >
      {(errorOf) => (
        <LeaseField
          label="Keep it for"
          hint={
            longest === null
              ? "Choose any time; it can be changed again."
              : `${allowedWords({ hours: longest, by })}, counted from each extension.`
          }
          longest={longest}
          value={hours}
          onValueChange={setHours}
          error={errorOf("leaseHours")}
        />
      )}
    </FormDialog>
  );
}
