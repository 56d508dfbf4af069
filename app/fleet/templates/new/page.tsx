import type { Metadata } from "next";
import { PageCalls } from "#components/api/page-calls";
import { StarterChoice } from "#components/templates/starter-choice";
import { TemplateForm } from "#components/templates/template-form";
import { EmptyState } from "#components/ui/empty-state";
import { LinkButton } from "#components/ui/link-button";
import { PageHeader } from "#components/ui/page-header";
import { Panel } from "#components/ui/panel";
import { apiCall } from "#lib/api/table";
import { readSettings } from "#lib/config/env";
import { type Starter, starters, templateFrom } from "#lib/domain/template/starters";
import { database } from "#lib/server/database";
import { requireFleetGrant } from "#lib/server/require-grant";
import { providerChoices } from "#lib/views/providers";
import { templateProfileChoices } from "#lib/views/templates";
import { createTemplateAction } from "../actions";

export const metadata: Metadata = { title: "Create a template" };

export default async function NewTemplatePage({ searchParams }: PageProps<"/fleet/templates/new">) {
  const { from } = await searchParams;
  const starter = starters.find((each) => each.id === from);
  await requireFleetGrant("catalogue.edit");
  const grant = await requireFleetGrant("fleet.read");
  const profiles = await templateProfileChoices(database(), grant);
  return (
    <>
      <PageHeader
        title="Create a template"
        breadcrumbs={[{ label: "Templates", href: "/fleet/templates" }, { label: "Create" }]}
      />
      {profiles.every(({ state }) => state !== "active" && state !== "draft") ? (
        <Panel title="Groups of nodes" padded={false}>
          <EmptyState
            title="No profile to take nodes from"
            action={<LinkButton href="/fleet/profiles">Profiles</LinkButton>}
          >
            A group takes its nodes from a compute profile. Add one first.
          </EmptyState>
        </Panel>
      ) : (
        <>
          <StarterChoice choices={starters.map(choiceOf)} chosen={starter?.id} />
          <TemplateForm
            // What was entered belongs to what it began from.
            key={starter?.id}
            kind="template"
            profiles={profiles}
            providers={await providerChoices(database(), grant)}
            // Which nodes a group takes is the platform team's to say.
            start={starter && templateFrom(starter, () => "" as const)}
            create={createTemplateAction}
          />
          <PageCalls
            calls={[
              {
                label: "Create a template",
                call: apiCall("createTemplate", readSettings().origin),
                body: {
                  name: "NAME",
                  description: "WHAT IT IS FOR",
                  readme: "",
                  groups: [
                    {
                      ...{ name: "workers", profileId: profiles[0]?.id },
                      role: profiles[0]?.gpusPerNode === 0 ? "cpu" : "gpu_worker",
                      ...{ minCount: 1, defaultCount: 1, maxCount: 8 },
                    },
                  ],
                  bootConfig: { packages: [], commands: [] },
                },
              },
            ]}
          />
        </>
      )}
    </>
  );
}

function choiceOf({ id, title, description }: Starter) {
  return { id, title, description };
}
