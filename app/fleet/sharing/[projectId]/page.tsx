import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { CatalogueOffer } from "#components/environments/catalogue-offer";
import { PageHeader } from "#components/ui/page-header";
import { database } from "#lib/server/database";
import { requireFleetGrant } from "#lib/server/require-grant";
import { cataloguePreview } from "#lib/views/catalogue";

export const metadata: Metadata = { title: "Preview" };

export default async function PreviewPage({ params }: PageProps<"/fleet/sharing/[projectId]">) {
  const grant = await requireFleetGrant("fleet.read");
  const offer = await cataloguePreview(database(), grant, (await params).projectId);
  if (!offer) notFound();
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
    </>
  );
}
