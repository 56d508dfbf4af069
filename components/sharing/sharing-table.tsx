"use client";

import { useState, useTransition } from "react";
import { Checkbox } from "#components/ui/checkbox";
import { Matrix } from "#components/ui/matrix";
import { PagedFoot, usePaged } from "#components/ui/paged";
import { notify } from "#components/ui/toaster";
import { whyRefused } from "#lib/client/ask";
import type { Id } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { SharedPart } from "#lib/domain/shared-part";
import type { ChangeSharesInput } from "#lib/schemas/sharing";

const pageSize = 50;

type Part = SharedPart & { name: string; note: string | null };
type PartId = SharedPart["id"];
type Tenant = {
  id: Id<"tenant">;
  name: string;
  projects: number;
  has: readonly { partId: PartId; isWhole: boolean; projects: number }[];
  /** Where its projects stand each in a column of their own; null when they do here. */
  href: string | null;
};
type Project = { id: Id<"project">; name: string; has: readonly PartId[] };

type Props = {
  parts: readonly Part[];
  /** Columns: one tenant with its projects, or several without. */
  tenants: readonly Tenant[];
  projects: readonly Project[];
  /** Absent for those who may only look. */
  change?: (input: ChangeSharesInput) => Promise<Result<unknown, Refusal>>;
};

const kindWords = { template: "Template", profile: "Profile", image: "Image" } as const;

/**
 * Parts of the catalogue against tenants as a whole, and against the projects of one; a box is saved when it
 * is ticked.
 */
export function SharingTable({ parts, tenants, projects, change }: Props) {
  const [pending, startTransition] = useTransition();
  // What was ticked here and is not read back yet, by part and tenant or project.
  const [ticked, setTicked] = useState<ReadonlyMap<string, boolean>>(new Map());
  const { shown, paged } = usePaged(parts, pageSize);
  const shares = new Map(
    tenants.flatMap(({ id, has }) => has.map((share) => [key(share.partId, id), share] as const)),
  );
  const alone = new Set(projects.flatMap(({ id, has }) => has.map((partId) => key(partId, id))));

  const hasWhole = (part: Part, { id }: Tenant) =>
    ticked.get(key(part.id, id)) ?? shares.get(key(part.id, id))?.isWhole ?? false;
  const isShared = (part: Part, { id }: Project) =>
    tenants.some((tenant) => hasWhole(part, tenant)) ||
    (ticked.get(key(part.id, id)) ?? alone.has(key(part.id, id)));
  /** Of a tenant that has no whole of it: how many of its projects may use it. */
  function projectsWith(part: Part, tenant: Tenant): number {
    if (tenant.href === null) return projects.filter((project) => isShared(part, project)).length;
    // Taken from the whole tenant, it is taken from each of its projects.
    const at = key(part.id, tenant.id);
    return ticked.has(at) ? 0 : (shares.get(at)?.projects ?? 0);
  }

  function tick(part: Part, holder: Tenant | Project, on: boolean) {
    if (!change) return;
    const tenant = tenants.find((each) => each === holder);
    // What the whole tenant gets or loses, its projects do.
    const holders = tenant && tenant.href === null ? [tenant, ...projects] : [holder];
    const set = (value: boolean | null) =>
      setTicked((before) => {
        const next = new Map(before);
        for (const { id } of holders) {
          if (value === null) next.delete(key(part.id, id));
          else next.set(key(part.id, id), value);
        }
        return next;
      });
    set(on);
    startTransition(async () => {
      const shared = { kind: part.kind, id: part.id } as SharedPart;
      const to = tenant ? { tenantIds: [tenant.id] } : { projectIds: [holder.id as Id<"project">] };
      const refused = await whyRefused(() => change({ ...shared, ...to, isShared: on }));
      set(null);
      if (refused) notify(refused, { kind: "critical" });
    });
  }

  function box(
    part: Part,
    holder: Tenant | Project,
    {
      of,
      on,
      words,
      isFixed = false,
    }: { of: string; on: boolean; words: string | false; isFixed?: boolean },
  ) {
    const wordsId = `${part.id}-${holder.id}`;
    return (
      <span className="inline-flex items-center gap-1">
        <Checkbox
          labelHidden
          // The whole square about the box is it.
          className="-my-1 -ml-1.5 p-1.5"
          label={`Share ${part.name} with ${of}`}
          aria-describedby={words ? wordsId : undefined}
          checked={on}
          disabled={!change || isFixed}
          onChange={(event) => tick(part, holder, event.target.checked)}
        />
        {words && (
          <span id={wordsId} className="whitespace-nowrap text-faint text-xs">
            {words}
          </span>
        )}
      </span>
    );
  }

  const ofTenant = (tenant: Tenant) => ({
    id: tenant.id,
    head: tenant.href ? tenant.name : "Whole tenant",
    href: tenant.href,
    cell(part: Part) {
      const on = hasWhole(part, tenant);
      const some = on ? 0 : projectsWith(part, tenant);
      const few = some > 0 && `${some} of ${tenant.projects}`;
      // Beside a single tenant's projects there is room, and nothing else to say that nobody has it.
      const words = tenant.href ? (on ? "all" : few) : on ? "all, later ones too" : few || "none";
      return box(part, tenant, { of: `the whole of ${tenant.name}`, on, words });
    },
  });

  const ofProject = (project: Project) => ({
    id: project.id,
    head: project.name,
    href: null,
    cell(part: Part) {
      // What comes with the whole tenant is taken from the tenant, or not at all.
      const isFixed = tenants.some((tenant) => hasWhole(part, tenant));
      const on = isShared(part, project);
      const words = isFixed ? "with the tenant" : on ? "shared" : "not shared";
      return box(part, project, { of: project.name, on, words, isFixed });
    },
  });

  return (
    <div aria-busy={pending}>
      <Matrix
        label="Sharing"
        corner="Part of the catalogue"
        columns={[...tenants.map(ofTenant), ...projects.map(ofProject)]}
        rows={shown}
        rowKey={(part) => part.id}
        rowHead={(part) => (
          <>
            <span className={part.kind === "image" ? undefined : "font-mono"}>{part.name}</span>
            <span className="block text-faint text-xs">
              {kindWords[part.kind]}
              {part.note && `, ${part.note}: not offered`}
            </span>
          </>
        )}
      />
      <PagedFoot noun="Parts" paged={paged} className="border-line border-t px-4 py-2" />
    </div>
  );
}

const key = (partId: PartId, holderId: Id<"tenant"> | Id<"project">) => `${partId} ${holderId}`;
