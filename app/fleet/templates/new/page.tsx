import type { Metadata } from "next";
import { TemplateForm } from "#components/templates/template-form";
import { EmptyState } from "#components/ui/empty-state";
import { LinkButton } from "#components/ui/link-button";
import { PageHeader } from "#components/ui/page-header";
import { Panel } from "#components/ui/panel";
import { database } from "#lib/server/database";
import { requireFleetGrant } from "#lib/server/require-grant";
import { providerChoices } from "#lib/views/providers";
import { templateProfileChoices } from "#lib/views/templates";
import { createTemplateAction } from "../actions";

export const metadata: Metadata = { title: "Create a template" };

export default async function NewTemplatePage() {
  await requireFleetGrant("catalogue.edit");
  const grant = await requireFleetGrant("fleet.read");
  const profiles = await templateProfileChoices(database(), grant);
  return (
    <>
      <PageHeader
        title="Create a template"
        breadcrumbs={[{ label: "Templates", href: "/fleet/templates" }, { label: "Create" }]}
      />
      {profiles.length === 0 ? (
        <Panel title="Groups of nodes" padded={false}>
          <EmptyState
            title="No profile to take nodes from"
            action={<LinkButton href="/fleet/profiles">Profiles</LinkButton>}
          >
            A group takes its nodes from a compute profile. Add one first.
          </EmptyState>
        </Panel>
      ) : (
        <TemplateForm
          kind="template"
          profiles={profiles}
          providers={await providerChoices(database(), grant)}
          create={createTemplateAction}
        />
      )}
    </>
  );
}
