import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { ContextsHere } from "#components/contexts/contexts-here";
import { CatalogueOffer } from "#components/environments/catalogue-offer";
import { PageHeader } from "#components/ui/page-header";
import { database } from "#lib/server/database";
import { requireFleetGrant } from "#lib/server/require-grant";
import { cataloguePreview } from "#lib/views/catalogue";
import { contextsAt } from "#lib/views/contexts-at";

export const metadata: Metadata = { title: "Preview" };

export default async function PreviewPage({ params }: PageProps<"/fleet/sharing/[projectId]">) {
  const grant = await requireFleetGrant("fleet.read");
  const { projectId } = await params;
  const offer = await cataloguePreview(database(), grant, projectId);
  if (!offer) notFound();
  const contexts = await contextsAt(database(), grant, projectId);
  return (
    <>
      <PageHeader
        title={`As ${offer.projectName} sees it`}
        breadcrumbs={[
          { label: "Sharing", href: `/fleet/sharing?tenant=${offer.tenant.slug}` },
          { label: `${offer.tenant.name}, ${offer.projectName}` },
        ]}
        description="The catalogue of this project, with the times to ready of its tenant."
      />
      <CatalogueOffer offer={offer} launchPath={null} />
      <ContextsHere
        here={contexts}
        goWith="every launch in this project. Its members do not see it"
      />
    </>
  );
}
