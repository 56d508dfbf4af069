"use client";

import { FormDialog } from "#components/forms/form-dialog";
import { QuotaBoard, type QuotaLine, type QuotaProject } from "#components/quota/quota-board";
import { Button } from "#components/ui/button";
import { EmptyState } from "#components/ui/empty-state";
import { Field } from "#components/ui/field";
import { Input } from "#components/ui/input";
import { Panel } from "#components/ui/panel";
import { Select } from "#components/ui/select";
import { numberOf, textOf } from "#lib/client/form-values";
import type { Id } from "#lib/domain/id";
import type { QuotaDimension } from "#lib/domain/quota/quota";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { SetProjectQuotaInput, SetTenantQuotaInput } from "#lib/schemas/quota";

type Subject = { dimension: QuotaDimension; subject: string; words: string };

type Props = {
  tenantId: Id<"tenant">;
  projects: QuotaProject[];
  lines: QuotaLine[];
  subjects: Subject[];
  /** Absent for those who may only look. */
  edit?: {
    setTenant: (input: SetTenantQuotaInput) => Promise<Result<unknown, Refusal>>;
    setProject: (
      input: SetProjectQuotaInput & { tenantId: Id<"tenant"> },
    ) => Promise<Result<unknown, Refusal>>;
  };
};

/** A tenant's limits as an operator sets them. */
export function TenantQuota({ tenantId, projects, lines, subjects, edit }: Props) {
  const unset = subjects.filter(
    (each) =>
      !lines.some(
        (line) =>
          line.limit !== null && line.dimension === each.dimension && line.subject === each.subject,
      ),
  );
  const add = edit && (
    <AddLimitDialog
      subjects={unset}
      set={(input) => edit.setTenant({ ...input, tenantId })}
      missing={unset.length === 0 ? "Everything that can be limited has a limit here." : null}
    />
  );
  return (
    // Without lines there is one panel, which has that name itself.
    <section aria-label={lines.length > 0 ? "Quota" : undefined} className="flex flex-col gap-5">
      {lines.length > 0 && (
        <div className="flex flex-wrap items-center justify-between gap-3">
          <h2 className="font-semibold text-base">Quota</h2>
          {add}
        </div>
      )}
      <QuotaBoard
        projects={projects}
        lines={lines}
        setTenant={edit && ((input) => edit.setTenant({ ...input, tenantId }))}
        setProject={edit && ((input) => edit.setProject({ ...input, tenantId }))}
        empty={
          <Panel title="Quota" padded={false}>
            <EmptyState title="No quota yet" action={add}>
              Without a limit for a GPU model the tenant holds none of it. Set how many it may hold
              at once.
            </EmptyState>
          </Panel>
        }
      />
    </section>
  );
}

function AddLimitDialog({
  subjects,
  set,
  missing,
}: {
  subjects: Subject[];
  set: (input: {
    dimension: QuotaDimension;
    subject: string;
    limit: number;
  }) => Promise<Result<unknown, Refusal>>;
  missing: string | null;
}) {
  const keyOf = (subject: Subject) => `${subject.dimension} ${subject.subject}`;
  return (
    <FormDialog
      trigger={
        <Button size="sm" disabledReason={missing}>
          Set a limit
        </Button>
      }
      title="Set a limit"
      description="How many the tenant may hold at once, over all its projects."
      submitLabel="Set limit"
      pendingLabel="Setting…"
      send={(form) => {
        const chosen = subjects.find((subject) => keyOf(subject) === textOf(form, "subject"));
        return set({
          dimension: chosen?.dimension ?? "gpus",
          subject: chosen?.subject ?? "",
          limit: numberOf(form, "limit"),
        });
      }}
    >
      {(errorOf) => (
        <>
          <Field label="Of what" required error={errorOf("subject")}>
            <Select
              name="subject"
              placeholder="Choose what to limit"
              options={subjects.map((subject) => ({
                value: keyOf(subject),
                label: subject.words,
              }))}
            />
          </Field>
          <Field label="Limit" required error={errorOf("limit")}>
            <Input name="limit" type="number" min={0} max={100_000} />
          </Field>
        </>
      )}
    </FormDialog>
  );
}
