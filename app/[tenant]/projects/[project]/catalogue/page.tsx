import type { Metadata } from "next";
import { PageCalls } from "#components/api/page-calls";
import { CatalogueOffer } from "#components/environments/catalogue-offer";
import { PageHeader } from "#components/ui/page-header";
import { apiCall } from "#lib/api/table";
import { readSettings } from "#lib/config/env";
import { database } from "#lib/server/database";
import { requireProjectGrant } from "#lib/server/require-grant";
import { catalogue } from "#lib/views/catalogue";

export const metadata: Metadata = { title: "Catalogue" };

export default async function CataloguePage({
  params,
}: PageProps<"/[tenant]/projects/[project]/catalogue">) {
  const { tenant, project } = await params;
  const grant = await requireProjectGrant(tenant, project, "project.read");
  const offer = await catalogue(database(), grant);
  const path = `/${tenant}/projects/${project}`;
  return (
    <>
      <PageHeader
        title="Catalogue"
        breadcrumbs={[{ label: offer.projectName, href: path }, { label: "Catalogue" }]}
        description="What this project may launch, how much of it is free now, and how long it has taken you."
      />
      <CatalogueOffer
        offer={offer}
        launchPath={offer.mayLaunch ? `${path}/environments/new` : null}
      />
      <PageCalls
        calls={[
          {
            label: "Read the catalogue",
            call: apiCall("getCatalogue", readSettings().origin, { tenant, project }),
          },
          {
            label: "List images",
            call: apiCall("listImages", readSettings().origin, { tenant, project }),
          },
        ]}
      />
    </>
  );
}
