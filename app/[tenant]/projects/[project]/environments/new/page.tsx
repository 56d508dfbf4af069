import type { Metadata } from "next";
import {
  launchEnvironmentAction,
  letGoHoldAction,
  placeHoldAction,
} from "#app/[tenant]/projects/[project]/environments/actions";
import { LaunchForm } from "#components/environments/launch-form";
import { EmptyState } from "#components/ui/empty-state";
import { PageHeader } from "#components/ui/page-header";
import { Panel } from "#components/ui/panel";
import { apiCall } from "#lib/api/table";
import { readSettings } from "#lib/config/env";
import { database } from "#lib/server/database";
import { requireProjectGrant } from "#lib/server/require-grant";
import { launchForm } from "#lib/views/catalogue";

export const metadata: Metadata = { title: "Launch an environment" };

export default async function NewEnvironmentPage({
  params,
  searchParams,
}: PageProps<"/[tenant]/projects/[project]/environments/new">) {
  const { tenant, project } = await params;
  const grant = await requireProjectGrant(tenant, project, "environment.launch");
  const offer = await launchForm(database(), grant);
  const { template } = await searchParams;
  return (
    <>
      <PageHeader
        title="Launch an environment"
        breadcrumbs={[
          { label: offer.projectName, href: `/${tenant}/projects/${project}` },
          { label: "Launch" },
        ]}
      />
      {offer.templates.some((each) => !each.blocked) && offer.images.length > 0 ? (
        <LaunchForm
          offer={offer}
          place={{ tenant, project }}
          templateId={typeof template === "string" ? template : undefined}
          api={{
            launch: apiCall("launchEnvironment", readSettings().origin, { tenant, project }),
            preflight: apiCall("preflight", readSettings().origin, { tenant, project }),
            userData: apiCall("launchUserData", readSettings().origin, { tenant, project }),
            hold: apiCall("placeHold", readSettings().origin, { tenant, project }),
          }}
          launch={launchEnvironmentAction.bind(null, tenant, project)}
          holding={{
            place: placeHoldAction.bind(null, tenant, project),
            letGo: letGoHoldAction.bind(null, tenant, project),
          }}
        />
      ) : (
        <Panel title="Nothing to launch yet">
          <EmptyState
            title={
              offer.images.length === 0
                ? "No approved image is shared with this project"
                : "No template is shared with this project"
            }
          >
            Ask the platform team to share a template, its compute profile and an image with it.
          </EmptyState>
        </Panel>
      )}
    </>
  );
}
