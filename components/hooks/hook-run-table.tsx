"use client";

import type { ReactNode } from "react";
import { useState, useTransition } from "react";
import { EvidencePart } from "#components/hooks/evidence-part";
import { HookRunStateText } from "#components/hooks/hook-run-state";
import { ScriptRun } from "#components/hooks/script-run";
import { Button } from "#components/ui/button";
import { Dialog } from "#components/ui/dialog";
import { FormMessage } from "#components/ui/form-message";
import { RelativeTime } from "#components/ui/relative-time";
import { type Column, DataTable } from "#components/ui/table";
import { TextLink } from "#components/ui/text-link";
import { whyRefused } from "#lib/client/ask";
import { formatTook } from "#lib/client/format";
import { pointWords, triedWords } from "#lib/client/run-words";
import type { Place } from "#lib/client/use-environment";
import { hookKindWords } from "#lib/domain/hook/hook";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { HookRunView } from "#lib/schemas/environment-view";
import type { RetryHookInput } from "#lib/schemas/hook";

type Props<Run> = {
  runs: readonly Run[];
  /** A further column after the name: whose run it is. */
  whose?: Column<Run>;
  /** The project on whose page they stand; absent on those of operators. */
  place?: Place;
  /** Absent for those who may only look. */
  retry?: (input: RetryHookInput) => Promise<Result<unknown, Refusal>>;
  /** Where a run has a page of its own, on which it can be replayed. */
  pageOf?: (run: Run) => string;
  /** What else can be done with a run, beside its evidence. */
  actOf?: (run: Run) => ReactNode;
  empty: ReactNode;
};

/** Runs of hooks: what each came to, with what went in and out of it one press away. */
export function HookRunTable<Run extends HookRunView>({
  runs,
  whose,
  place,
  retry,
  pageOf,
  actOf,
  empty,
}: Props<Run>) {
  const columns: Column<Run>[] = [
    {
      id: "hook",
      header: "Hook",
      rowHeader: true,
      cell: (run) => (
        <>
          <span className="font-mono">{run.name}</span>
          <span className="block text-faint text-xs">
            {hookKindWords[run.kind]}
            {run.round > 0 && `, run again alone (${run.round})`}
          </span>
        </>
      ),
    },
    ...(whose ? [whose] : []),
    {
      id: "state",
      header: "Came to",
      className: "md:w-1/3",
      cell: (run) => (
        <span className="break-words">
          <HookRunStateText state={run.state} />
          {run.words && run.words !== "done" && (
            <span className="block text-muted text-xs">{run.words}</span>
          )}
        </span>
      ),
    },
    {
      id: "point",
      header: "When",
      wideOnly: true,
      cell: (run) => <span className="text-muted text-xs">{pointWords(run)}</span>,
    },
    {
      id: "at",
      header: "Begun",
      cell: (run) => (
        <span className="text-muted">
          <RelativeTime at={run.startedAt ?? run.createdAt} focusable={false} />
          {run.startedAt && run.finishedAt && (
            <span className="block text-faint text-xs">
              took {formatTook(Date.parse(run.finishedAt) - Date.parse(run.startedAt))}
            </span>
          )}
        </span>
      ),
    },
    {
      id: "more",
      header: "Evidence",
      headerHidden: true,
      align: "end",
      cell: (run) => (
        <span className="inline-flex gap-2">
          {actOf?.(run)}
          <RunDialog run={run} place={place} retry={retry} page={pageOf?.(run)} />
        </span>
      ),
    },
  ];
  return (
    <DataTable
      label="Runs of hooks"
      columns={columns}
      rows={runs}
      rowKey={(run) => run.id}
      empty={empty}
    />
  );
}

function RunDialog({
  run,
  place,
  retry,
  page,
}: {
  run: HookRunView;
  place: Place | undefined;
  retry: Props<HookRunView>["retry"];
  page: string | undefined;
}) {
  const [pending, startTransition] = useTransition();
  const [refused, setRefused] = useState<string>();
  const [open, setOpen] = useState(false);
  return (
    <Dialog
      trigger={
        <Button size="sm" variant="ghost" aria-label={`Evidence of ${run.name}`}>
          Evidence
        </Button>
      }
      open={open}
      onOpenChange={setOpen}
      title={`Hook ${run.name}`}
      description={pointWords(run)}
      size="lg"
    >
      <div className="flex flex-col gap-4">
        <div className="flex flex-col gap-1 text-sm">
          <HookRunStateText state={run.state} />
          {run.words && <p>{run.words}</p>}
          {triedWords(run) && <p className="text-muted">{triedWords(run)}</p>}
        </div>
        <EvidencePart title="Went in" code={JSON.stringify(run.input, null, 2)} />
        {run.outputs && (
          <EvidencePart title="Came out" code={JSON.stringify(run.outputs, null, 2)} />
        )}
        {run.log && <EvidencePart title="Log" code={run.log} />}
        {run.scripts.map((script) => (
          <ScriptRun key={script.hostname} script={script} place={place} />
        ))}
        {page && (run.kind === "http" || run.scripts.length > 0) && (
          <p className="text-sm">
            <TextLink href={page}>
              {run.kind === "http" ? "See its calls, and replay it" : "Replay it as a dry run"}
            </TextLink>
          </p>
        )}
        <FormMessage message={refused} />
        {retry && run.mayRetry && (
          <Button
            className="self-end"
            pending={pending}
            pendingLabel="Running…"
            onClick={() =>
              startTransition(async () => {
                const why = await whyRefused(() => retry({ hookRunId: run.id }));
                setRefused(why);
                if (!why) setOpen(false);
              })
            }
          >
            Run it again alone
          </Button>
        )}
      </div>
    </Dialog>
  );
}
