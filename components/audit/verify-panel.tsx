"use client";

import { useState, useTransition } from "react";
import { Button } from "#components/ui/button";
import { Callout } from "#components/ui/callout";
import { CopyText } from "#components/ui/copy-button";
import { FormMessage } from "#components/ui/form-message";
import { RelativeTime } from "#components/ui/relative-time";
import { ask } from "#lib/client/ask";
import { formatQuantity } from "#lib/client/format";
import { type Refusal, refusalMessage } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { VerifiedAudit, VerifiedChain } from "#lib/schemas/audit-chain";

type Props = { verify: () => Promise<Result<VerifiedAudit, Refusal>> };

/** Walks the log's chains when it is pressed, and says how far they hold. */
export function VerifyPanel({ verify }: Props) {
  const [found, setFound] = useState<VerifiedAudit>();
  const [refusal, setRefusal] = useState<string>();
  const [pending, startTransition] = useTransition();

  function press() {
    startTransition(async () => {
      const result = await ask(verify);
      setFound(result.ok ? result.value : undefined);
      setRefusal(result.ok ? undefined : refusalMessage(result.refusal));
    });
  }

  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-3">
        <Button pending={pending} pendingLabel="Verifying…" onClick={press}>
          Verify the log
        </Button>
        <p className="max-w-prose text-muted text-sm">
          Each event is linked to the one before by a hash: whoever changes, removes or moves one
          breaks the chain there. The worker signs its end every hour, with a key that the database
          does not have.
        </p>
      </div>
      <FormMessage message={refusal} />
      {found && <Verdict found={found} />}
    </div>
  );
}

function Verdict({ found }: { found: VerifiedAudit }) {
  const broken = found.chains.filter((chain) => chain.fault);
  const only = found.chains.length === 1 ? found.chains[0] : undefined;
  const events = found.chains.reduce((sum, chain) => sum + chain.verifiedTo, 0);
  if (broken.length === 0) {
    return (
      <Callout
        kind="ok"
        role="status"
        title={
          only
            ? `Verified to event ${only.verifiedTo.toLocaleString("en")}`
            : `Verified: ${formatQuantity(events, "event")} in ${formatQuantity(found.chains.length, "chain")}`
        }
      >
        Nothing was changed, removed or moved. Looked at{" "}
        <RelativeTime at={found.at} form="absolute" />. <Sealed chains={found.chains} />
        {only?.head && <Head chain={only} />}
      </Callout>
    );
  }
  return (
    <Callout kind="critical" role="alert" title="The log does not hold">
      <ul className="flex flex-col gap-1">
        {broken.map((chain) => (
          <li key={chain.tenant ?? ""}>
            {found.chains.length > 1 && <>{chain.tenant ?? "Fleet"}: </>}
            {chain.fault?.words} {chain.fault?.eventId && `(${chain.fault.eventId}) `}
            Verified to event {chain.verifiedTo.toLocaleString("en")} of{" "}
            {chain.length.toLocaleString("en")}.
          </li>
        ))}
      </ul>
      Somebody has written to the database past Ingot. Keep a copy of it, and tell whoever runs it.
    </Callout>
  );
}

/** How far the worker has signed what was walked. */
function Sealed({ chains }: { chains: VerifiedChain[] }) {
  const seals = chains.flatMap(({ sealed }) => sealed ?? []);
  const last = seals
    .map(({ at }) => at)
    .sort()
    .at(-1);
  if (last === undefined) return <>Not sealed yet: the worker does that every hour.</>;
  if (chains.length === 1) {
    return (
      <>
        Sealed up to event {seals[0]?.length.toLocaleString("en")},{" "}
        <RelativeTime at={last} form="absolute" />.
      </>
    );
  }
  const events = seals.reduce((sum, seal) => sum + seal.length, 0);
  return (
    <>
      Sealed: {formatQuantity(events, "event")} in {formatQuantity(seals.length, "chain")}, the last{" "}
      <RelativeTime at={last} form="absolute" />.
    </>
  );
}

/** Noted elsewhere, it proves later that the end was not cut off and written anew. */
function Head({ chain }: { chain: VerifiedChain }) {
  return (
    <span className="mt-1 block">
      Hash of event {chain.length.toLocaleString("en")}, to be kept elsewhere:{" "}
      <CopyText
        value={chain.head}
        shown={`${chain.head.slice(0, 16)}…`}
        label="hash of the last event"
      />
    </span>
  );
}
