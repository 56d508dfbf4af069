"use client";

import type { ReactNode } from "react";
import { LimitDialog } from "#components/quota/limit-dialog";
import { Meter } from "#components/ui/meter";
import { Panel } from "#components/ui/panel";
import { type Column, DataTable } from "#components/ui/table";
import type { Id } from "#lib/domain/id";
import type { QuotaDimension } from "#lib/domain/quota/quota";
import { admitSplit, admitTenantLimit } from "#lib/domain/quota/split";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";

export type QuotaProject = { id: Id<"project">; slug: string; name: string };

export type QuotaLine = {
  dimension: QuotaDimension;
  subject: string;
  words: string;
  limit: number | null;
  used: number;
  byProject: Record<Id<"project">, { limit: number | null; used: number }>;
};

type Subject = { dimension: QuotaDimension; subject: string; limit: number | null };

type Props = {
  projects: QuotaProject[];
  lines: QuotaLine[];
  /** Absent for those who may not set the tenant's own limits. */
  setTenant?: (input: Subject) => Promise<Result<unknown, Refusal>>;
  /** Absent for those who may not split them. */
  setProject?: (input: Subject & { projectId: Id<"project"> }) => Promise<Result<unknown, Refusal>>;
  empty: ReactNode;
};

/** A tenant's limits, each with how much is held and how it is split between the projects. */
export function QuotaBoard({ projects, lines, setTenant, setProject, empty }: Props) {
  if (lines.length === 0) return empty;
  return lines.map((line) => (
    <QuotaLinePanel
      key={`${line.dimension} ${line.subject}`}
      line={line}
      projects={projects}
      setTenant={setTenant}
      setProject={setProject}
    />
  ));
}

function QuotaLinePanel({
  line,
  projects,
  setTenant,
  setProject,
}: { line: QuotaLine } & Pick<Props, "projects" | "setTenant" | "setProject">) {
  const { dimension, subject, words } = line;
  const limits = Object.values(line.byProject).flatMap(({ limit }) => limit ?? []);
  const promised = limits.reduce((sum, limit) => sum + limit, 0);
  const noLine = dimension === "gpus" ? "none may be held" : "no limit";

  const columns: Column<QuotaProject>[] = [
    {
      id: "project",
      header: "Project",
      rowHeader: true,
      // The tables of all dimensions stand below one another: their columns do, too.
      className: "md:w-2/5",
      cell: (project) => project.name,
    },
    {
      id: "held",
      header: "Held",
      align: "end",
      className: "md:w-1/6",
      cell: (project) => line.byProject[project.id]?.used ?? 0,
    },
    {
      id: "limit",
      header: "Limit",
      align: "end",
      className: "md:w-1/4",
      cell: (project) =>
        line.byProject[project.id]?.limit ?? (
          <span className="text-faint">what the tenant has left</span>
        ),
    },
  ];
  if (setProject) {
    columns.push({
      id: "change",
      header: "Change",
      headerHidden: true,
      align: "end",
      cell: (project) => {
        const own = line.byProject[project.id];
        const others = projects
          .filter((other) => other.id !== project.id)
          .flatMap((other) => line.byProject[other.id]?.limit ?? []);
        const elsewhere = others.reduce((sum, limit) => sum + limit, 0);
        return (
          <LimitDialog
            // Another limit from the server begins the form anew.
            key={`${own?.limit}`}
            what={`the ${words} of ${project.name}`}
            limit={own?.limit ?? null}
            noLimitLabel="No limit of its own: it takes from what the tenant has left"
            admit={(limit) => admitSplit({ dimension, subject, words }, line.limit, others, limit)}
            consequence={(limit) =>
              limit === null
                ? `It holds ${own?.used ?? 0} now.`
                : [
                    `The projects are then promised ${elsewhere + limit} of ${line.limit ?? "any number of"} ${words}.`,
                    limit < (own?.used ?? 0) &&
                      `It holds ${own?.used} now: it keeps them and gets no more until it is below.`,
                  ]
                    .filter(Boolean)
                    .join(" ")
            }
            save={(limit) => setProject({ projectId: project.id, dimension, subject, limit })}
          />
        );
      },
    });
  }

  return (
    <Panel
      title={capitalised(words)}
      meta={line.limit === null ? noLine : `${promised} of ${line.limit} promised to projects`}
      padded={false}
      actions={
        setTenant && (
          <LimitDialog
            key={`${line.limit}`}
            what={`the tenant's ${words}`}
            limit={line.limit}
            noLimitLabel={
              dimension === "gpus" ? "No quota: none may be held" : `No limit on ${words}`
            }
            admit={(limit) => admitTenantLimit({ dimension, subject, words }, limits, limit)}
            consequence={(limit) =>
              limit !== null && limit < line.used
                ? `${line.used} are held now: the tenant keeps them and gets no more until it is below.`
                : `${line.used} are held now, and ${promised} promised to projects.`
            }
            save={(limit) => setTenant({ dimension, subject, limit })}
          />
        )
      }
    >
      <div className="border-line border-b px-4 py-3">
        <Meter label="The whole tenant" used={line.used} limit={line.limit} />
      </div>
      <DataTable
        label={`${words} by project`}
        columns={columns}
        rows={projects}
        rowKey={(project) => project.id}
        empty={<p className="px-4 py-3 text-muted text-sm">There is no project yet.</p>}
      />
    </Panel>
  );
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
