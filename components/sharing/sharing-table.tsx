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

type Row = SharedPart & { name: string; note: string | null; sharedWith: Id<"project">[] };
type Project = { id: Id<"project">; name: string };

type Props = {
  projects: readonly Project[];
  rows: readonly Row[];
  /** Absent for those who may only look. */
  change?: (input: ChangeSharesInput) => Promise<Result<unknown, Refusal>>;
};

const kindWords = { template: "Template", profile: "Profile", image: "Image" } as const;

/** Parts of the catalogue against the projects of a tenant; a box is saved when it is ticked. */
export function SharingTable({ projects, rows, change }: Props) {
  const [pending, startTransition] = useTransition();
  // What was ticked here and is not read back yet, by part and project.
  const [ticked, setTicked] = useState<ReadonlyMap<string, boolean>>(new Map());
  const isShared = (row: Row, project: Project) =>
    ticked.get(`${row.id} ${project.id}`) ?? row.sharedWith.includes(project.id);

  function tick(row: Row, of: readonly Project[], on: boolean) {
    if (!change) return;
    const keys = of.map((project) => `${row.id} ${project.id}`);
    const set = (value: boolean | null) =>
      setTicked((before) => {
        const next = new Map(before);
        for (const key of keys) value === null ? next.delete(key) : next.set(key, value);
        return next;
      });
    set(on);
    startTransition(async () => {
      const part = { kind: row.kind, id: row.id } as SharedPart;
      const refused = await whyRefused(() =>
        change({ ...part, projectIds: of.map((project) => project.id), isShared: on }),
      );
      set(null);
      if (refused) notify(refused, { kind: "critical" });
    });
  }

  const box = (row: Row, of: readonly Project[], label: string) => (
    <Checkbox
      labelHidden
      label={label}
      checked={of.every((project) => isShared(row, project))}
      disabled={!change}
      onChange={(event) => tick(row, of, event.target.checked)}
    />
  );

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
    ...(projects.length > 1
      ? [
          {
            id: "all",
            header: "All of them",
            cell: (row: Row) => box(row, projects, `Share ${row.name} with all of them`),
          },
        ]
      : []),
    ...projects.map(
      (project): Column<Row> => ({
        id: project.id,
        header: project.name,
        cell: (row) => box(row, [project], `Share ${row.name} with ${project.name}`),
      }),
    ),
  ];
  return (
    <>
      <p className="border-line border-b px-4 py-2 text-muted text-sm" aria-busy={pending}>
        As the members see it:{" "}
        {projects.map((project, at) => (
          <span key={project.id}>
            {at > 0 && ", "}
            <TextLink href={`/fleet/sharing/${project.id}`}>{project.name}</TextLink>
          </span>
        ))}
      </p>
      {!change && (
        <p className="border-line border-b px-4 py-2 text-muted text-sm">
          Only fleet admins share and take back.
        </p>
      )}
      <DataTable label="Sharing" columns={columns} rows={rows} rowKey={(row) => row.id} />
    </>
  );
}
