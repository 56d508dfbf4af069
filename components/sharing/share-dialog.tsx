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

export type ShareTarget = {
  tenantId: Id<"tenant">;
  tenant: string;
  projects: readonly { id: Id<"project">; name: string }[];
};

type ShareHolders = { tenantIds: Id<"tenant">[]; projectIds: Id<"project">[] };

type Props = {
  /** What is shared, in words: "profile gpu-8x-h200". */
  what: string;
  /** What being shared gives a project. */
  effect: string;
  targets: readonly ShareTarget[];
  sharedWith: {
    sharedWith: readonly Id<"project">[];
    sharedWithTenants: readonly Id<"tenant">[];
  };
  share: (holders: ShareHolders) => Promise<Result<unknown, Refusal>>;
  /** Of the button: small in a row of a table. */
  size?: "sm" | "md";
};

/** Chooses the tenants and the projects that may use a part of the catalogue, tenant by tenant. */
export function ShareDialog({ what, effect, targets, sharedWith, share, size = "sm" }: Props) {
  const [tenants, setTenants] = useState<ReadonlySet<Id<"tenant">>>(new Set());
  const [projects, setProjects] = useState<ReadonlySet<Id<"project">>>(new Set());
  // Projects of a whole tenant come with it.
  const alone = targets
    .filter(({ tenantId }) => !tenants.has(tenantId))
    .flatMap((target) => target.projects.map(({ id }) => id));

  function chooseTenant(id: Id<"tenant">, own: ShareTarget["projects"], on: boolean) {
    setTenants(changed(tenants, [id], on));
    // What is taken from a tenant stays with its projects of today until they are unticked.
    if (!on && sharedWith.sharedWithTenants.includes(id)) {
      const ids = own.map((project) => project.id);
      setProjects(changed(projects, ids, true));
    }
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
      // All of it is sent: it begins with what is so now.
      onOpen={() => {
        setTenants(new Set(sharedWith.sharedWithTenants));
        setProjects(new Set(sharedWith.sharedWith));
      }}
      send={() =>
        share({ tenantIds: [...tenants], projectIds: alone.filter((id) => projects.has(id)) })
      }
    >
      {() =>
        targets.length === 0 ? (
          <EmptyState
            title="There is no tenant yet"
            action={<LinkButton href="/fleet/tenants">Tenants</LinkButton>}
          >
            Create a tenant first.
          </EmptyState>
        ) : (
          <>
            <p className="text-muted text-sm">
              A tenant that has it as a whole has it in every project, also in those made later.
              Untick the whole tenant, and the projects that stay ticked keep it.
            </p>
            {targets.map(({ tenantId, tenant, projects: own }) => (
              <FieldGroup key={tenantId} legend={tenant}>
                <div className="flex flex-col gap-1.5">
                  <Checkbox
                    label="The whole tenant"
                    checked={tenants.has(tenantId)}
                    onChange={(event) => chooseTenant(tenantId, own, event.target.checked)}
                  />
                  {own.map(({ id, name }) => (
                    <Checkbox
                      key={id}
                      label={tenants.has(tenantId) ? `${name}, with the tenant` : name}
                      checked={tenants.has(tenantId) || projects.has(id)}
                      disabled={tenants.has(tenantId)}
                      onChange={(event) =>
                        setProjects(changed(projects, [id], event.target.checked))
                      }
                    />
                  ))}
                </div>
              </FieldGroup>
            ))}
          </>
        )
      }
    </FormDialog>
  );
}

function changed<T>(set: ReadonlySet<T>, values: readonly T[], on: boolean): ReadonlySet<T> {
  const next = new Set(set);
  for (const value of values) {
    if (on) next.add(value);
    else next.delete(value);
  }
  return next;
}
