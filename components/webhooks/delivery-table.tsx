"use client";

import { useRouter } from "next/navigation";
import { useEffect, useState, useTransition } from "react";
import { Button } from "#components/ui/button";
import { EmptyState } from "#components/ui/empty-state";
import { FormMessage } from "#components/ui/form-message";
import { RelativeTime } from "#components/ui/relative-time";
import { type Column, DataTable } from "#components/ui/table";
import { DeliveryStateBadge } from "#components/webhooks/delivery-state";
import type { WebhookActs } from "#components/webhooks/webhook-acts";
import { whyRefused } from "#lib/client/ask";
import type { Id } from "#lib/domain/id";
import type { DeliveryState } from "#lib/domain/notification/delivery";

type Delivery = {
  id: Id<"delivery">;
  title: string;
  state: DeliveryState;
  attempt: number;
  lastStatus: number | null;
  lastWords: string;
  lastAt: string | null;
  tookMs: number | null;
  createdAt: string;
  nextAt: string | null;
};

/** How often it is looked again while something is under way, and while nothing is known to be. */
const refreshMs = { waiting: 2_000, still: 5_000 };

/** The messages to a webhook, newest first; read anew while the page is looked at. */
export function DeliveryTable({
  deliveries,
  isPaused,
  replay,
}: {
  deliveries: readonly Delivery[];
  isPaused: boolean;
  /** Null for who may only look. */
  replay: WebhookActs["replay"] | null;
}) {
  const router = useRouter();
  const [refused, setRefused] = useState<string>();
  const isWaiting = !isPaused && deliveries.some(({ state }) => state === "waiting");
  useEffect(() => {
    const timer = setInterval(
      () => {
        if (document.visibilityState === "visible") router.refresh();
      },
      refreshMs[isWaiting ? "waiting" : "still"],
    );
    return () => clearInterval(timer);
  }, [isWaiting, router]);

  const columns: Column<Delivery>[] = [
    {
      id: "message",
      header: "Message",
      rowHeader: true,
      cell: (each) => <span className="break-words font-medium">{each.title}</span>,
    },
    {
      id: "written",
      header: "Written",
      cell: (each) => <RelativeTime at={each.createdAt} focusable={false} />,
    },
    { id: "state", header: "State", cell: (each) => <DeliveryStateBadge delivery={each} /> },
    {
      id: "answer",
      header: "Last answer",
      className: "md:w-2/5",
      cell: (each) => <LastAnswer delivery={each} isPaused={isPaused} />,
    },
    {
      id: "took",
      header: "Took",
      align: "end",
      cell: (each) => (each.tookMs === null ? "—" : `${each.tookMs} ms`),
    },
    ...(replay
      ? [
          {
            id: "replay",
            header: "Act",
            headerHidden: true,
            align: "end" as const,
            cell: (each: Delivery) => (
              <ReplayButton
                delivery={each}
                isPaused={isPaused}
                replay={async () =>
                  setRefused(await whyRefused(() => replay({ deliveryId: each.id })))
                }
              />
            ),
          },
        ]
      : []),
  ];
  return (
    <>
      <FormMessage message={refused} />
      <DataTable
        label="Messages"
        columns={columns}
        rows={deliveries}
        rowKey={(each) => each.id}
        empty={
          <EmptyState title="Nothing was sent yet">
            Send a test, or wait until something happens that it is told of.
          </EmptyState>
        }
      />
    </>
  );
}

function LastAnswer({ delivery, isPaused }: { delivery: Delivery; isPaused: boolean }) {
  const { lastWords, attempt, state, nextAt } = delivery;
  const tries = attempt > 1 ? ` ${attempt} tries.` : "";
  return (
    <span className="break-words text-muted">
      {lastWords || (isPaused ? "Not sent: it is paused." : "Not sent yet.")}
      {tries}
      {state === "waiting" && lastWords !== "" && nextAt && !isPaused && (
        <>
          {" Next try "}
          <RelativeTime at={nextAt} focusable={false} />.
        </>
      )}
    </span>
  );
}

function ReplayButton({
  delivery,
  isPaused,
  replay,
}: {
  delivery: Delivery;
  isPaused: boolean;
  replay: () => Promise<void>;
}) {
  const [pending, startTransition] = useTransition();
  const label = delivery.state === "waiting" ? "Send now" : "Send again";
  return (
    <Button
      size="sm"
      aria-label={`${label}: ${delivery.title}`}
      pending={pending}
      pendingLabel="Sending…"
      disabledReason={isPaused ? "The webhook is paused. Resume it first." : null}
      onClick={() => startTransition(replay)}
    >
      {label}
    </Button>
  );
}
