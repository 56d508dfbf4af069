"use client";

import { useState, useTransition } from "react";
import { DryAnswerText, DryRunCalls } from "#components/dry-runs/dry-run-calls";
import { LiveRefresh } from "#components/nodes/live-refresh";
import { Button } from "#components/ui/button";
import { FormMessage } from "#components/ui/form-message";
import { Panel } from "#components/ui/panel";
import { RelativeTime } from "#components/ui/relative-time";
import { DataTable } from "#components/ui/table";
import { whyRefused } from "#lib/client/ask";
import { type Difference, outputDifferences } from "#lib/domain/hook/dry-run";
import type { Id } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { ReplayHookInput } from "#lib/schemas/dry-run";
import type { DryRunView } from "#lib/schemas/dry-run-view";

type Props = {
  run: { id: Id<"hookRun">; outputs: Record<string, unknown> | null };
  replays: readonly DryRunView[];
  /** Why it cannot be replayed, or null. */
  against: string | null;
  /** Absent for those who may only look. */
  replay?: (input: ReplayHookInput) => Promise<Result<unknown, Refusal>>;
};

/** The replays of a past run of a hook, and where each gave something else. */
export function ReplayPanel({ run, replays, against, replay }: Props) {
  const [pending, startTransition] = useTransition();
  const [refused, setRefused] = useState<string>();
  const open = replays.filter((each) => each.isOpen);
  return (
    <Panel
      title="Replays"
      meta={open.length > 0 && <LiveRefresh topics={open.map((each) => `dry_run:${each.id}`)} />}
      description="Its provider is asked once, as at the first turn, with the input that was recorded and the mark of a dry run. Values of secret inputs are not in it: they were not sent then either."
      padded={false}
      actions={
        replay && (
          <Button
            variant="primary"
            size="sm"
            pending={pending}
            pendingLabel="Asking…"
            disabledReason={against}
            reasonPlacement="beside"
            onClick={() =>
              startTransition(async () => {
                setRefused(await whyRefused(() => replay({ hookRunId: run.id })));
              })
            }
          >
            Replay as a dry run
          </Button>
        )
      }
    >
      {refused && (
        <div className="px-4 pt-3">
          <FormMessage message={refused} />
        </div>
      )}
      {replays.length === 0 && (
        <p className="px-4 py-3 text-muted text-sm">It was not replayed yet.</p>
      )}
      {replays.map((each, at) => (
        <section key={each.id} className="border-line border-b last:border-b-0">
          <p className="px-4 pt-3 pb-1 text-muted text-xs">
            Asked by {each.requestedByName}, <RelativeTime at={each.createdAt} focusable={false} />.
          </p>
          <DryRunCalls
            calls={each.calls}
            label={at === 0 ? "The newest replay" : `Replay ${replays.length - at}`}
          />
          <Differences recorded={run.outputs} replay={each} />
        </section>
      ))}
    </Panel>
  );
}

function Differences({
  recorded,
  replay,
}: {
  recorded: Record<string, unknown> | null;
  replay: DryRunView;
}) {
  const [call] = replay.calls;
  if (call?.state !== "ended") return null;
  if (!recorded || !call.outputs) {
    return (
      <p className="px-4 pb-3 text-muted text-sm">
        Nothing to compare:{" "}
        {recorded ? "the replay gave no outputs." : "the recorded run gave no outputs."}{" "}
        <DryAnswerText call={call} />
      </p>
    );
  }
  const differences = outputDifferences(recorded, call.outputs);
  if (differences.length === 0) {
    return <p className="px-4 pb-3 text-muted text-sm">It gave the same outputs as then.</p>;
  }
  return (
    <DataTable<Difference>
      label="What differs"
      rows={differences}
      rowKey={(each) => each.name}
      columns={[
        {
          id: "name",
          header: "Output that differs",
          rowHeader: true,
          cell: (each) => <span className="font-mono">{each.name}</span>,
        },
        { id: "then", header: "Recorded", cell: (each) => <Value text={each.recorded} /> },
        { id: "now", header: "Replayed", cell: (each) => <Value text={each.replayed} /> },
      ]}
    />
  );
}

function Value({ text }: { text: string | null }) {
  if (text === null) return <span className="text-faint">not given</span>;
  return <span className="break-all font-mono text-xs">{text}</span>;
}
