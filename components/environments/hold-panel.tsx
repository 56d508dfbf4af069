"use client";

import { useRef, useState, useTransition } from "react";
import { Button } from "#components/ui/button";
import { FormMessage } from "#components/ui/form-message";
import { ask } from "#lib/client/ask";
import { formatClock, formatDuration, formatQuantity } from "#lib/client/format";
import type { Place } from "#lib/client/use-environment";
import { useCheckAgain } from "#lib/client/use-launch-preflight";
import { useNow } from "#lib/client/use-now";
import { type Refusal, refusalMessage } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { LaunchPreflight } from "#lib/schemas/environment-view";
import type { EndHoldInput, PlaceHoldInput } from "#lib/schemas/hold";

export type HoldActs = {
  place: (input: PlaceHoldInput) => Promise<Result<unknown, Refusal>>;
  letGo: (input: EndHoldInput) => Promise<Result<unknown, Refusal>>;
};

type Props = {
  place: Place;
  preflight: LaunchPreflight;
  /** What would be put on hold. */
  form: PlaceHoldInput;
  acts: HoldActs;
};

/**
 * Nodes on hold for the person at the form: how long still, and what a launch does with them; or the
 * button that puts them there, with the reason beside it when it cannot be pressed.
 */
export function HoldPanel({ place, preflight, form, acts }: Props) {
  const [refusal, setRefusal] = useState<Refusal>();
  const [pending, startTransition] = useTransition();
  const panel = useRef<HTMLElement>(null);
  const checkAgain = useCheckAgain(place);
  const now = useNow(1_000);
  const { hold, lastHold } = preflight;
  const isOver = hold !== null && now !== null && Date.parse(hold.until) <= now;

  function act(ordered: () => Promise<Result<unknown, Refusal>>) {
    startTransition(async () => {
      const result = await ask(ordered);
      setRefusal(result.ok ? undefined : result.refusal);
      await checkAgain();
      // The button that was pressed may be gone, and the focus with it.
      panel.current?.focus();
    });
  }
  const putOnHold = () => act(() => acts.place(form));
  const against = reasonAgainst(preflight);

  return (
    <section
      ref={panel}
      aria-label="Hold"
      tabIndex={-1}
      className="flex flex-col items-start gap-2 border-line border-t pt-4 outline-none"
    >
      {hold && !isOver ? (
        <>
          <p className="text-sm">
            <span className="font-medium">
              {formatQuantity(hold.nodes, "node")} on hold for you
            </span>{" "}
            <span className="text-muted">
              for{" "}
              <span role="timer" className="tabular-nums">
                {now === null ? "some minutes" : formatDuration(Date.parse(hold.until) - now)}
              </span>{" "}
              more, until <time dateTime={hold.until}>{formatClock(hold.until, "seconds")}</time>.
            </span>
          </p>
          <p className="text-muted text-xs">
            {hold.matches
              ? `Your launch takes ${hold.nodes === 1 ? "it" : "them"}.`
              : "The form asks for other nodes: your launch takes of these what it can."}{" "}
            The time cannot be made longer; afterwards what was on hold is free for everyone.
          </p>
          {hold.lost > 0 && (
            <p className="text-attention text-xs">
              {formatQuantity(hold.lost, "node")} of them can no longer be given out. A launch takes
              others in their place while some are free.
            </p>
          )}
          <div className="flex flex-wrap gap-2">
            {!hold.matches && (
              <Button
                size="sm"
                pending={pending}
                disabledReason={against}
                reasonPlacement="beside"
                onClick={putOnHold}
              >
                Hold what is asked for now instead
              </Button>
            )}
            <Button
              size="sm"
              pending={pending}
              onClick={() => act(() => acts.letGo({ holdId: hold.id }))}
            >
              Let go
            </Button>
          </div>
        </>
      ) : (
        <>
          {(isOver || lastHold) && <p className="text-muted text-xs">{endWords(preflight)}</p>}
          <Button
            pending={pending}
            pendingLabel="Holding…"
            disabledReason={against}
            reasonPlacement="beside"
            onClick={putOnHold}
          >
            Hold these nodes for five minutes
          </Button>
        </>
      )}
      <FormMessage message={refusal && refusalMessage(refusal)} />
    </section>
  );
}

/** What a launch is refused for and a hold is not: neither is written down yet. */
const ofTheLaunchAlone = ["name", "image", "pace"];

function reasonAgainst({ checks, hold, holdAgainst }: LaunchPreflight): string | null {
  const stopping = checks.find(
    (check) => check.verdict === "no" && !ofTheLaunchAlone.includes(check.id),
  );
  if (stopping) return "What stops the launch stops this, too.";
  return hold ? null : holdAgainst;
}

function endWords({ hold, lastHold }: LaunchPreflight): string | null {
  if (lastHold?.ending === "taken_back") {
    return `An operator took back at ${formatClock(lastHold.at, "seconds")} what was on hold for you.`;
  }
  const ranOut = hold?.until ?? (lastHold?.ending === "run_out" ? lastHold.at : null);
  return (
    ranOut &&
    `Your hold was over at ${formatClock(ranOut, "seconds")}: its nodes are free for everyone.`
  );
}
