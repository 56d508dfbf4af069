import type { Metadata } from "next";
import { PageCalls } from "#components/api/page-calls";
import { TemplateStateText } from "#components/templates/template-state";
import { EmptyState } from "#components/ui/empty-state";
import { LinkButton } from "#components/ui/link-button";
import { PageHeader } from "#components/ui/page-header";
import { Panel } from "#components/ui/panel";
import { DataTable } from "#components/ui/table";
import { TextLink } from "#components/ui/text-link";
import { operatorMay } from "#lib/access/policy";
import { apiCall } from "#lib/api/table";
import { readSettings } from "#lib/config/env";
import { database } from "#lib/server/database";
import { requireFleetGrant } from "#lib/server/require-grant";
import { templatesView } from "#lib/views/templates";

export const metadata: Metadata = { title: "Templates" };

export default async function TemplatesPage() {
  const grant = await requireFleetGrant("fleet.read");
  const templates = await templatesView(database(), grant);
  const add = operatorMay(grant.operatorRole, "catalogue.edit") && (
    <LinkButton href="/fleet/templates/new" variant="primary">
      Create a template
    </LinkButton>
  );
  return (
    <>
      <PageHeader
        title="Templates"
        description="What tenants launch: groups of nodes and what happens at their first boot. An environment keeps the version it was launched from."
        actions={templates.length > 0 && add}
      />
      <Panel title="All templates" meta={String(templates.length)} padded={false}>
        <DataTable
          label="Templates"
          rows={templates}
          rowKey={(template) => template.id}
          columns={[
            {
              id: "name",
              header: "Template",
              rowHeader: true,
              cell: (template) => (
                <>
                  <TextLink quiet href={`/fleet/templates/${template.id}`}>
                    {template.name}
                  </TextLink>
                  {template.description && (
                    <span className="block text-faint text-xs">{template.description}</span>
                  )}
                </>
              ),
            },
            {
              id: "offered",
              header: "Offered",
              cell: (template) =>
                template.publishedVersion === null ? (
                  <span className="text-faint">no version yet</span>
                ) : (
                  `version ${template.publishedVersion}`
                ),
            },
            {
              id: "latest",
              header: "Newest",
              cell: (template) => (
                <TemplateStateText
                  state={template.latestState}
                  detail={`version ${template.latestVersion}`}
                />
              ),
            },
            {
              id: "projects",
              header: "Projects",
              align: "end",
              cell: (template) => template.projects,
            },
            {
              id: "environments",
              header: "Environments",
              align: "end",
              cell: (template) => template.environments,
            },
          ]}
          empty={
            <EmptyState title="No template yet" action={add}>
              Tenants launch templates and nothing else. Create one, publish it, share it.
            </EmptyState>
          }
        />
      </Panel>
      <PageCalls
        calls={[
          { label: "List the templates", call: apiCall("listTemplates", readSettings().origin) },
        ]}
      />
    </>
  );
}
