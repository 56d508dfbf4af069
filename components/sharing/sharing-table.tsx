"use client";

import { useState, useTransition } from "react";
import { Checkbox } from "#components/ui/checkbox";
import { type Column, DataTable } from "#components/ui/table";
import { TextLink } from "#components/ui/text-link";
import { notify } from "#components/ui/toaster";
import { whyRefused } from "#lib/client/ask";
import type { Id } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { SharedPart } from "#lib/domain/shared-part";
import type { ChangeSharesInput } from "#lib/schemas/sharing";

type Row = SharedPart & {
  name: string;
  note: string | null;
  isWithTenant: boolean;
  sharedWith: Id<"project">[];
};
type Tenant = { id: Id<"tenant">; name: string };
type Project = { id: Id<"project">; name: string };

type Props = {
  tenant: Tenant;
  projects: readonly Project[];
  rows: readonly Row[];
  /** Absent for those who may only look. */
  change?: (input: ChangeSharesInput) => Promise<Result<unknown, Refusal>>;
};

const kindWords = { template: "Template", profile: "Profile", image: "Image" } as const;

/**
 * Parts of the catalogue against a tenant as a whole and each of its projects; a box is saved when it is
 * ticked.
 */
export function SharingTable({ tenant, projects, rows, change }: Props) {
  const [pending, startTransition] = useTransition();
  // What was ticked here and is not read back yet, by part and tenant or project.
  const [ticked, setTicked] = useState<ReadonlyMap<string, boolean>>(new Map());
  const hasWhole = (row: Row) => ticked.get(`${row.id} ${tenant.id}`) ?? row.isWithTenant;
  const isShared = (row: Row, project: Project) =>
    hasWhole(row) || (ticked.get(`${row.id} ${project.id}`) ?? row.sharedWith.includes(project.id));

  function tick(row: Row, of: Tenant | Project, on: boolean) {
    if (!change) return;
    const isTenant = of === tenant;
    // What the whole tenant gets or loses, its projects do.
    const keys = (isTenant ? [of, ...projects] : [of]).map(({ id }) => `${row.id} ${id}`);
    const set = (value: boolean | null) =>
      setTicked((before) => {
        const next = new Map(before);
        for (const key of keys) value === null ? next.delete(key) : next.set(key, value);
        return next;
      });
    set(on);
    startTransition(async () => {
      const part = { kind: row.kind, id: row.id } as SharedPart;
      const holders = isTenant
        ? { tenantIds: [tenant.id] }
        : { projectIds: [of.id as Id<"project">] };
      const refused = await whyRefused(() => change({ ...part, ...holders, isShared: on }));
      set(null);
      if (refused) notify(refused, { kind: "critical" });
    });
  }

  const box = (row: Row, of: Tenant | Project, state: { on: boolean; words: string }) => (
    <span className="inline-flex items-center gap-2">
      <Checkbox
        labelHidden
        label={`Share ${row.name} with ${of === tenant ? `the whole of ${of.name}` : of.name}`}
        aria-describedby={`${row.id}-${of.id}`}
        checked={state.on}
        // What comes with the whole tenant is taken from the tenant, or not at all.
        disabled={!change || (of !== tenant && hasWhole(row))}
        onChange={(event) => tick(row, of, event.target.checked)}
      />
      <span id={`${row.id}-${of.id}`} className="text-faint text-xs">
        {state.words}
      </span>
    </span>
  );

  function ofTenant(row: Row) {
    if (hasWhole(row)) return { on: true, words: "all, later ones too" };
    const some = projects.filter((project) => isShared(row, project)).length;
    return { on: false, words: some > 0 ? `${some} of ${projects.length}` : "none" };
  }

  function ofProject(row: Row, project: Project) {
    if (hasWhole(row)) return { on: true, words: "with the tenant" };
    const on = isShared(row, project);
    return { on, words: on ? "shared" : "not shared" };
  }

  const columns: Column<Row>[] = [
    {
      id: "name",
      header: "Part of the catalogue",
      rowHeader: true,
      cell: (row) => (
        <>
          <span className={row.kind === "image" ? undefined : "font-mono"}>{row.name}</span>
          <span className="block font-normal text-faint text-xs">
            {kindWords[row.kind]}
            {row.note && `, ${row.note}: not offered`}
          </span>
        </>
      ),
    },
    {
      id: "tenant",
      header: "Whole tenant",
      cell: (row) => box(row, tenant, ofTenant(row)),
    },
    ...projects.map(
      (project): Column<Row> => ({
        id: project.id,
        header: project.name,
        cell: (row) => box(row, project, ofProject(row, project)),
      }),
    ),
  ];
  return (
    <>
      <p className="border-line border-b px-4 py-2 text-muted text-sm" aria-busy={pending}>
        What {tenant.name} has as a whole, every project of it has, also those made later. Taken
        from the whole tenant it is taken from all its projects, also from those that had it before;
        to leave it with some of them, use <em>Share</em> on the page of a template, or among the
        profiles or images. What runs is not touched.
      </p>
      {projects.length > 0 && (
        <p className="border-line border-b px-4 py-2 text-muted text-sm">
          As the members see it:{" "}
          {projects.map((project, at) => (
            <span key={project.id}>
              {at > 0 && ", "}
              <TextLink href={`/fleet/sharing/${project.id}`}>{project.name}</TextLink>
            </span>
          ))}
        </p>
      )}
      {!change && (
        <p className="border-line border-b px-4 py-2 text-muted text-sm">
          Only fleet admins share and take back.
        </p>
      )}
      <DataTable label="Sharing" columns={columns} rows={rows} rowKey={(row) => row.id} />
    </>
  );
}
