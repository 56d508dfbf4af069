"use client";

import { RuleDialog, type RuleDialogProps } from "#components/health/rule-dialog";
import { Button } from "#components/ui/button";
import { ConfirmDialog } from "#components/ui/confirm-dialog";
import { RelativeTime } from "#components/ui/relative-time";
import { StateBadge } from "#components/ui/state-text";
import { type Column, DataTable } from "#components/ui/table";
import { whyRefused } from "#lib/client/ask";
import { formatDuration } from "#lib/client/format";
import type { HealthCode } from "#lib/domain/health/rules";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";

type Judged = {
  enabled: boolean;
  severity: "warning" | "critical";
  opensAfterMs: number;
  closesAfterMs: number | null;
  threshold: number | null;
};

export type RuleRow = RuleDialogProps["rule"] & {
  code: HealthCode;
  advice: string;
  source: string;
  now: Judged;
  builtIn: Judged;
  changed: (RuleDialogProps["rule"]["changed"] & { by: string; at: string }) | null;
};

export type RuleTableProps = {
  label: string;
  rows: readonly RuleRow[];
  /** What is said of all of them beside the table, and not once more with each. */
  shared: { advice: string | null; source: string | null };
  readOnly: string | null;
  change: RuleDialogProps["change"];
  reset: (input: { code: string }) => Promise<Result<unknown, Refusal>>;
};

/** Rules that health is judged by: their words, their numbers and where they come from, and who changed them. */
export function RuleTable({ label, rows, shared, readOnly, change, reset }: RuleTableProps) {
  return (
    <DataTable
      label={label}
      rows={rows}
      rowKey={(row) => row.code}
      columns={[
        ...columns(shared),
        {
          id: "acts",
          header: "Actions",
          headerHidden: true,
          align: "end",
          cell: (row) => (
            <span className="flex flex-wrap justify-end gap-1.5">
              <RuleDialog rule={row} readOnly={readOnly} change={change} />
              <ConfirmDialog
                trigger={
                  <Button
                    size="sm"
                    aria-label={`Reset ${row.title}`}
                    disabledReason={
                      readOnly ?? (row.changed ? undefined : "It is as it is built in.")
                    }
                  >
                    Reset
                  </Button>
                }
                title={`Reset ${row.title}?`}
                danger={false}
                consequences={[{ verb: "Judges", text: "the next scrape as it is built in." }]}
                confirmLabel="Reset"
                pendingLabel="Resetting…"
                onConfirm={() => whyRefused(() => reset({ code: row.code }))}
              />
            </span>
          ),
        },
      ]}
    />
  );
}

const columns = (shared: RuleTableProps["shared"]): Column<RuleRow>[] => [
  {
    id: "rule",
    header: "Rule",
    rowHeader: true,
    cell: ({ title, advice, code }) => (
      <div className="max-w-prose">
        <span className="font-medium">{title}</span>
        <span className="ml-1.5 font-mono text-faint text-xs">{code}</span>
        {shared.advice === null && <span className="block text-muted text-xs">{advice}</span>}
      </div>
    ),
  },
  {
    id: "severity",
    header: "Severity",
    cell: ({ now }) =>
      !now.enabled ? (
        <StateBadge kind="neutral" word="Off" />
      ) : now.severity === "critical" ? (
        <StateBadge kind="critical" word="Critical" />
      ) : (
        <StateBadge kind="attention" word="Warning" />
      ),
  },
  {
    id: "threshold",
    header: "Threshold",
    cell: ({ now, threshold, changed, source }) => (
      <div className="max-w-prose">
        {threshold && (
          <span className="block">
            {now.threshold} {threshold.unit}
            <span className="block text-muted text-xs">
              {(changed?.threshold != null && threshold.whenSet) || threshold.words}
            </span>
          </span>
        )}
        {shared.source === null && <span className="block text-faint text-xs">{source}</span>}
      </div>
    ),
  },
  {
    id: "times",
    header: "Opens and closes",
    cell: ({ now }) => (
      <span className="text-sm">
        {now.opensAfterMs === 0 ? "at once" : `after ${formatDuration(now.opensAfterMs)}`};{" "}
        {now.closesAfterMs === null
          ? "an operator clears it"
          : now.closesAfterMs === 0
            ? "past at once"
            : `past after ${formatDuration(now.closesAfterMs)}`}
      </span>
    ),
  },
  {
    id: "changed",
    header: "Changed",
    cell: ({ changed, builtIn, now }) =>
      changed ? (
        <span>
          {changed.by}, <RelativeTime at={changed.at} />
          <span className="block text-muted text-xs">{builtInWords(builtIn, now)}</span>
        </span>
      ) : (
        <span className="text-faint">as built in</span>
      ),
  },
];

/** What was before of all that differs. */
function builtInWords(builtIn: Judged, now: Judged): string {
  const words = [
    now.enabled !== builtIn.enabled && "on",
    now.severity !== builtIn.severity && builtIn.severity,
    now.threshold !== builtIn.threshold && `threshold ${builtIn.threshold}`,
    now.opensAfterMs !== builtIn.opensAfterMs &&
      `opens after ${formatDuration(builtIn.opensAfterMs)}`,
    now.closesAfterMs !== builtIn.closesAfterMs &&
      `past after ${formatDuration(builtIn.closesAfterMs ?? 0)}`,
  ].filter((word) => word !== false);
  return words.length > 0 ? `Built in: ${words.join(", ")}.` : "The same as it is built in.";
}
