"use client";

import { EvidencePart } from "#components/hooks/evidence-part";
import { Button } from "#components/ui/button";
import { Dialog } from "#components/ui/dialog";
import { StateBadge, type StateKind } from "#components/ui/state-text";
import { type Column, DataTable } from "#components/ui/table";
import { formatTook } from "#lib/client/format";
import { operationLabels } from "#lib/domain/environment/words";
import type { DryAnswer } from "#lib/domain/hook/dry-run";
import { hookPointWords } from "#lib/domain/hook/hook";
import type { DryCallView } from "#lib/schemas/dry-run-view";

type Look = { kind: StateKind; word: string };

const answers: Record<DryAnswer, Look> = {
  done: { kind: "ok", word: "Done" },
  again: { kind: "motion", word: "Asks to come again" },
  failed: { kind: "attention", word: "Says no" },
  transient: { kind: "attention", word: "Not now" },
  none: { kind: "critical", word: "No answer" },
  not_asked: { kind: "neutral", word: "Not asked" },
};

/** How a script ended: it was not asked anything. One that a wait asks with has said yes, or not yet. */
const scriptEnds: Partial<Record<DryAnswer, Look>> = {
  again: { kind: "motion", word: "Not yet" },
  failed: { kind: "attention", word: "Failed" },
  not_asked: { kind: "neutral", word: "Not run" },
};

const states = {
  ready: { kind: "motion", word: "Queued" },
  running: { kind: "motion", word: "Being asked" },
  skipped: { kind: "neutral", word: "Skipped" },
} as const satisfies Record<string, Look>;

/** What a call has come to. */
export function DryAnswerText({ call }: { call: Pick<DryCallView, "state" | "answer" | "kind"> }) {
  return <StateBadge {...lookOf(call)} />;
}

function lookOf({ state, answer, kind }: Pick<DryCallView, "state" | "answer" | "kind">): Look {
  // What asks no provider runs on the node.
  const isScript = kind !== "http";
  if (state !== "ended") {
    return isScript && state === "running" ? { kind: "motion", word: "Running" } : states[state];
  }
  const end = answer ?? "none";
  return (isScript && scriptEnds[end]) || answers[end];
}

const columns: Column<DryCallView>[] = [
  {
    id: "hook",
    header: "Hook",
    rowHeader: true,
    cell: (call) => (
      <>
        <span className="font-mono">{call.name}</span>
        <span className="block text-faint text-xs">
          {operationLabels[call.operation]}, {call.point}
        </span>
      </>
    ),
  },
  {
    id: "provider",
    header: "Provider",
    cell: (call) =>
      call.kind !== "http" ? (
        <span className="text-muted">none: a script</span>
      ) : (
        <span className="font-mono">{call.provider}</span>
      ),
  },
  {
    id: "answer",
    header: "Answered",
    className: "md:w-1/2",
    cell: (call) => (
      <span className="break-words">
        <DryAnswerText call={call} />
        {call.words && <span className="block text-muted text-xs">{call.words}</span>}
      </span>
    ),
  },
  {
    id: "took",
    header: "Took",
    align: "end",
    cell: (call) => (call.durationMs === null ? "–" : formatTook(call.durationMs)),
  },
  {
    id: "more",
    header: "Evidence",
    headerHidden: true,
    align: "end",
    cell: (call) => <CallDialog call={call} />,
  },
];

/** The calls of a dry run, each with what was sent and answered one press away. */
export function DryRunCalls({ calls, label }: { calls: readonly DryCallView[]; label: string }) {
  return <DataTable label={label} columns={columns} rows={calls} rowKey={(call) => call.id} />;
}

function CallDialog({ call }: { call: DryCallView }) {
  const { name, point, outputs, log, words } = call;
  return (
    <Dialog
      trigger={
        <Button size="sm" variant="ghost" aria-label={`Evidence of the dry run of ${name}`}>
          Evidence
        </Button>
      }
      title={`Dry run of ${name}`}
      description={hookPointWords[point]}
      size="lg"
    >
      <div className="flex flex-col gap-4">
        <p className="text-sm">
          <DryAnswerText call={call} /> {words}
        </p>
        <EvidencePart title="Went in" code={JSON.stringify(call.input, null, 2)} />
        {outputs && <EvidencePart title="Came out" code={JSON.stringify(outputs, null, 2)} />}
        {log && <EvidencePart title="Log" code={log} />}
      </div>
    </Dialog>
  );
}
