"use client";

import { FormDialog } from "#components/forms/form-dialog";
import { EvidencePart } from "#components/hooks/evidence-part";
import { Button } from "#components/ui/button";
import { EmptyState } from "#components/ui/empty-state";
import { Field } from "#components/ui/field";
import { Input } from "#components/ui/input";
import { RelativeTime } from "#components/ui/relative-time";
import { type Column, DataTable } from "#components/ui/table";
import { textOf } from "#lib/client/form-values";
import { countWords, enteredWords, lastsWords, pointWords } from "#lib/client/run-words";
import { hookPointWords } from "#lib/domain/hook/hook";
import { refusalWords } from "#lib/domain/hook/words";
import type { Id } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { ApprovalAbout } from "#lib/schemas/approval-view";
import type { HookRunView } from "#lib/schemas/environment-view";
import type { DecideApprovalInput } from "#lib/schemas/hook";

export type ApprovalRow = HookRunView & {
  tenant: { slug: string; name: string };
  project: { slug: string; name: string };
  environment: { id: Id<"environment">; name: string };
  requestedByName: string | null;
  about: ApprovalAbout;
  decidedBy: string;
  expiresAt: string | null;
  mayDecide: boolean;
};

type Decide = (input: DecideApprovalInput) => Promise<Result<unknown, Refusal>>;

/** What waits for a decision: whose environment it is, what was entered, until when, and the two answers. */
export function ApprovalList({ approvals, decide }: { approvals: ApprovalRow[]; decide: Decide }) {
  const columns: Column<ApprovalRow>[] = [
    {
      id: "environment",
      header: "Environment",
      rowHeader: true,
      cell: (row) => (
        <>
          <span className="font-mono">{row.environment.name}</span>
          <span className="block text-faint text-xs">
            {row.tenant.name}, {row.project.name}
          </span>
        </>
      ),
    },
    {
      id: "asks",
      header: "Asks for",
      cell: (row) => (
        <>
          <span className="font-mono">{row.name}</span>
          <span className="block text-muted text-xs">{pointWords(row)}</span>
          {row.requestedByName && (
            <span className="block text-muted text-xs">Asked for by {row.requestedByName}</span>
          )}
        </>
      ),
    },
    {
      id: "about",
      header: "Template and size",
      cell: ({ about }) => (
        <>
          {about.template.name}, version {about.template.version}
          <span className="block text-muted text-xs">
            {countWords(about.counts)}, {lastsWords(about.leaseHours)}
          </span>
          {about.cost && <span className="block text-muted text-xs">{about.cost}</span>}
        </>
      ),
    },
    {
      id: "inputs",
      header: "Entered",
      cell: (row) => (
        <span className="break-words text-muted text-xs">{enteredWords(row) || "nothing"}</span>
      ),
    },
    {
      id: "expires",
      header: "Expires",
      cell: (row) =>
        row.expiresAt ? <RelativeTime at={row.expiresAt} focusable={false} /> : "not yet counted",
    },
    {
      id: "decide",
      header: "Decide",
      headerHidden: true,
      align: "end",
      cell: (row) =>
        row.mayDecide ? (
          <span className="inline-flex gap-2">
            <DecideDialog row={row} decision="approve" decide={decide} />
            <DecideDialog row={row} decision="refuse" decide={decide} />
          </span>
        ) : (
          <span className="text-muted text-xs">Decided by {row.decidedBy}</span>
        ),
    },
  ];
  return (
    <DataTable
      label="Waiting for a decision"
      columns={columns}
      rows={approvals}
      rowKey={(row) => row.id}
      empty={
        <EmptyState title="Nothing waits for a decision">
          What a template has approved before it goes on stands here until somebody has decided.
        </EmptyState>
      }
    />
  );
}

const decisions = {
  approve: { label: "Approve", pending: "Approving…", variant: "primary" },
  refuse: { label: "Refuse", pending: "Refusing…", variant: "danger-quiet" },
} as const;

function DecideDialog({
  row,
  decision,
  decide,
}: {
  row: ApprovalRow;
  decision: DecideApprovalInput["decision"];
  decide: Decide;
}) {
  const { label, pending, variant } = decisions[decision];
  return (
    <FormDialog
      trigger={
        <Button size="sm" variant={variant} aria-label={`${label} ${row.environment.name}`}>
          {label}
        </Button>
      }
      title={`${label} ${row.name} of ${row.environment.name}?`}
      description={decision === "approve" ? "It goes on at once." : refusalWords(row.point)}
      submitLabel={label}
      size={row.about.scripts.length > 0 ? "lg" : undefined}
      pendingLabel={pending}
      send={(form) => decide({ hookRunId: row.id, decision, words: textOf(form, "words") })}
    >
      {(errorOf) => (
        <>
          <Scripts scripts={row.about.scripts} />
          <Field
            label="Why"
            required={decision === "refuse"}
            optional={decision === "approve"}
            hint={`${row.requestedByName ?? "Whoever asked"} reads this.`}
            error={errorOf("words")}
          >
            <Input name="words" maxLength={300} autoComplete="off" />
          </Field>
        </>
      )}
    </FormDialog>
  );
}

/** What runs on nodes if it is approved, folded: whoever decides can read it first. */
function Scripts({ scripts }: { scripts: ApprovalAbout["scripts"] }) {
  if (scripts.length === 0) return null;
  return (
    <details>
      <summary className="cursor-pointer text-sm">Its scripts ({scripts.length})</summary>
      <div className="mt-2 flex flex-col gap-4">
        {scripts.map(({ name, point, sha256, text }) => (
          <div key={name}>
            <EvidencePart title={`${name}. ${hookPointWords[point]}.`} code={text} />
            <p className="mt-1 break-all font-mono text-faint text-xs">sha256 {sha256}</p>
          </div>
        ))}
      </div>
    </details>
  );
}
