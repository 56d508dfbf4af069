import type { Metadata } from "next";
import { ProfileTable } from "#components/environments/profile-table";
import { TemplateCard } from "#components/environments/template-card";
import { EmptyState } from "#components/ui/empty-state";
import { PageHeader } from "#components/ui/page-header";
import { Panel } from "#components/ui/panel";
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
      {offer.templates.length === 0 ? (
        <Panel title="Templates">
          <EmptyState title="No template is shared with this project">
            Ask the platform team to share one; it appears here at once.
          </EmptyState>
        </Panel>
      ) : (
        <section aria-label="Templates" className="grid items-start gap-5 lg:grid-cols-2">
          {offer.templates.map((template) => (
            <TemplateCard
              key={template.id}
              template={template}
              launchHref={
                offer.mayLaunch ? `${path}/environments/new?template=${template.id}` : null
              }
            />
          ))}
        </section>
      )}
      <Panel title="Compute profiles" padded={false}>
        <ProfileTable profiles={offer.profiles} currency={offer.currency} />
      </Panel>
    </>
  );
}
