"use client";

import { useState, useTransition } from "react";
import { FormDialog } from "#components/forms/form-dialog";
import { Button } from "#components/ui/button";
import { EmptyState } from "#components/ui/empty-state";
import { Field } from "#components/ui/field";
import { FormMessage } from "#components/ui/form-message";
import { Panel } from "#components/ui/panel";
import { Select } from "#components/ui/select";
import { type Column, DataTable } from "#components/ui/table";
import { TextLink } from "#components/ui/text-link";
import { whyRefused } from "#lib/client/ask";
import { textOf } from "#lib/client/form-values";
import type { Id } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { AttachContextInput } from "#lib/schemas/context";

type PlaceId = AttachContextInput["to"];
type Place = { kind: "template" | "project" | "provider"; id: PlaceId; name: string };

type Acts = {
  attach: (input: AttachContextInput) => Promise<Result<unknown, Refusal>>;
  detach: (input: AttachContextInput) => Promise<Result<unknown, Refusal>>;
};

type Props = {
  context: {
    id: Id<"context">;
    name: string;
    attachments: readonly Place[];
    places: readonly Place[];
  };
  /** Absent for those who may only look. */
  acts?: Acts | undefined;
};

const kindWords = { template: "Template", project: "Project", provider: "Provider" } as const;
const goesWith = {
  template: "every launch of it",
  project: "every launch in it",
  provider: "every call of it",
} as const;
const folders = {
  template: "templates",
  project: "sharing",
  provider: "providers",
} as const;
const pathOf = ({ kind, id }: Place) => `/fleet/${folders[kind]}/${id}`;

/** What a config context goes with; it is attached and detached here. */
export function AttachmentsPanel({ context, acts }: Props) {
  const [pending, startTransition] = useTransition();
  const [refused, setRefused] = useState<string>();
  const columns: Column<Place>[] = [
    {
      id: "name",
      header: "Attached to",
      rowHeader: true,
      cell: (place) => (
        <TextLink quiet href={pathOf(place)}>
          {place.name}
        </TextLink>
      ),
    },
    { id: "kind", header: "Kind", cell: ({ kind }) => kindWords[kind] },
    {
      id: "with",
      header: "Goes with",
      cell: ({ kind }) => <span className="text-muted">{goesWith[kind]}</span>,
    },
    {
      id: "acts",
      header: "Acts",
      headerHidden: true,
      align: "end",
      cell: (place) =>
        acts && (
          <Button
            size="sm"
            aria-label={`Detach from ${place.name}`}
            pending={pending}
            pendingLabel="Detaching…"
            onClick={() =>
              startTransition(async () =>
                setRefused(
                  await whyRefused(() => acts.detach({ contextId: context.id, to: place.id })),
                ),
              )
            }
          >
            Detach
          </Button>
        ),
    },
  ];
  return (
    <Panel
      title="Attached to"
      meta={String(context.attachments.length)}
      description="Where a name is set twice, a project stands before a template, and what is entered at a launch before both."
      padded={false}
      actions={acts && <AttachDialog context={context} attach={acts.attach} />}
    >
      {refused && (
        <div className="px-4 pt-3">
          <FormMessage message={refused} />
        </div>
      )}
      <DataTable
        label="Attached to"
        columns={acts ? columns : columns.slice(0, -1)}
        rows={context.attachments}
        rowKey={(place) => place.id}
        empty={
          <EmptyState title="Attached to nothing">
            Nobody gets what is in it. Attach it to a template, a project or a provider.
          </EmptyState>
        }
      />
    </Panel>
  );
}

function AttachDialog({ context, attach }: { context: Props["context"]; attach: Acts["attach"] }) {
  return (
    <FormDialog
      trigger={
        <Button
          size="sm"
          disabledReason={context.places.length === 0 ? "There is nothing else." : null}
        >
          Attach
        </Button>
      }
      title={`Attach ${context.name}`}
      description="It counts from the next launch or call. Whatever runs keeps what it has."
      submitLabel="Attach"
      pendingLabel="Attaching…"
      send={(form) => attach({ contextId: context.id, to: textOf(form, "to") as PlaceId })}
    >
      {(errorOf) => (
        <Field label="To" required error={errorOf("to")}>
          <Select
            name="to"
            placeholder="Choose a template, project or provider"
            options={context.places.map(({ kind, id, name }) => ({
              value: id,
              label: `${kindWords[kind]} ${name}`,
            }))}
          />
        </Field>
      )}
    </FormDialog>
  );
}
