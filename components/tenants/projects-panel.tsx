"use client";

import { NamedThingDialog } from "#components/tenants/named-thing-dialog";
import { Button } from "#components/ui/button";
import { EmptyState } from "#components/ui/empty-state";
import { Panel } from "#components/ui/panel";
import { DataTable } from "#components/ui/table";
import type { Id } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { CreateProjectInput } from "#lib/schemas/tenant";

type Props = {
  projects: { id: Id<"project">; slug: string; name: string }[];
  /** Absent for those who may only look. */
  create?: (input: CreateProjectInput) => Promise<Result<unknown, Refusal>>;
};

/** A tenant's projects. */
export function ProjectsPanel({ projects, create }: Props) {
  const add = create && <CreateProjectDialog create={create} />;
  return (
    <Panel title="Projects" meta={String(projects.length)} padded={false} actions={add}>
      <DataTable
        label="Projects"
        rows={projects}
        rowKey={(project) => project.id}
        columns={[
          { id: "name", header: "Name", rowHeader: true, cell: (project) => project.name },
          {
            id: "slug",
            header: "Short name",
            cell: (project) => <span className="font-mono">{project.slug}</span>,
          },
        ]}
        empty={
          <EmptyState title="No project yet">
            Environments are launched in a project, and profiles and templates are shared with one.
          </EmptyState>
        }
      />
    </Panel>
  );
}

/** Adds a project to a tenant. */
export function CreateProjectDialog({
  create,
}: {
  create: (input: CreateProjectInput) => Promise<Result<unknown, Refusal>>;
}) {
  return (
    <NamedThingDialog
      trigger={<Button size="sm">Add a project</Button>}
      title="Add a project"
      description="A team's own environments, catalogue and part of the quota."
      example={{ name: "Speech models", slug: "speech" }}
      submitLabel="Add project"
      create={create}
    />
  );
}
