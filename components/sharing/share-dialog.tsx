"use client";

import { useState } from "react";
import { FormDialog } from "#components/forms/form-dialog";
import { Button } from "#components/ui/button";
import { Checkbox } from "#components/ui/checkbox";
import { EmptyState } from "#components/ui/empty-state";
import { FieldGroup } from "#components/ui/field";
import { LinkButton } from "#components/ui/link-button";
import type { Id } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";

export type ShareTarget = { projectId: Id<"project">; tenant: string; project: string };

type Props = {
  /** What is shared, in words: "profile gpu-8x-h200". */
  what: string;
  /** What being shared gives a project. */
  effect: string;
  targets: readonly ShareTarget[];
  sharedWith: readonly Id<"project">[];
  share: (projectIds: Id<"project">[]) => Promise<Result<unknown, Refusal>>;
  /** Of the button: small in a row of a table. */
  size?: "sm" | "md";
};

/** Chooses the projects that may use a part of the catalogue, tenant by tenant. */
export function ShareDialog({ what, effect, targets, sharedWith, share, size = "sm" }: Props) {
  const tenants = [...new Set(targets.map((target) => target.tenant))];
  const [chosen, setChosen] = useState<ReadonlySet<Id<"project">>>(new Set(sharedWith));

  function choose(ids: readonly Id<"project">[], on: boolean) {
    const next = new Set(chosen);
    for (const id of ids) {
      if (on) next.add(id);
      else next.delete(id);
    }
    setChosen(next);
  }

  return (
    <FormDialog
      trigger={
        <Button size={size} aria-label={`Share ${what}`}>
          Share
        </Button>
      }
      title={`Share ${what}`}
      description={effect}
      submitLabel="Save"
      pendingLabel="Saving…"
      send={() => share([...chosen])}
    >
      {() =>
        targets.length === 0 ? (
          <EmptyState
            title="There is no project yet"
            action={<LinkButton href="/fleet/tenants">Tenants</LinkButton>}
          >
            Create a tenant with a project first.
          </EmptyState>
        ) : (
          tenants.map((tenant) => {
            const own = targets.filter((target) => target.tenant === tenant);
            const ids = own.map((target) => target.projectId);
            return (
              <FieldGroup key={tenant} legend={tenant}>
                <div className="flex flex-col gap-1.5">
                  {own.length > 1 && (
                    <Checkbox
                      label="All projects of today"
                      checked={ids.every((id) => chosen.has(id))}
                      onChange={(event) => choose(ids, event.target.checked)}
                    />
                  )}
                  {own.map((target) => (
                    <Checkbox
                      key={target.projectId}
                      label={target.project}
                      checked={chosen.has(target.projectId)}
                      onChange={(event) => choose([target.projectId], event.target.checked)}
                    />
                  ))}
                </div>
              </FieldGroup>
            );
          })
        )
      }
    </FormDialog>
  );
}
