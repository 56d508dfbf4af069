import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { TemplateForm } from "#components/templates/template-form";
import { PageHeader } from "#components/ui/page-header";
import { database } from "#lib/server/database";
import { requireFleetGrant } from "#lib/server/require-grant";
import { providerChoices } from "#lib/views/providers";
import { templateDetail, templateProfileChoices } from "#lib/views/templates";
import { addTemplateVersionAction } from "../../../actions";

export const metadata: Metadata = { title: "New version" };

export default async function NewTemplateVersionPage({
  params,
}: PageProps<"/fleet/templates/[templateId]/versions/new">) {
  await requireFleetGrant("catalogue.edit");
  const grant = await requireFleetGrant("fleet.read");
  const template = await templateDetail(database(), grant, (await params).templateId);
  if (!template) notFound();
  const [newest] = template.versions;
  return (
    <>
      <PageHeader
        title={`New version of ${template.name}`}
        breadcrumbs={[
          { label: "Templates", href: "/fleet/templates" },
          { label: template.name, href: `/fleet/templates/${template.id}` },
          { label: "New version" },
        ]}
        description="It begins as a draft with what the newest version has."
      />
      <TemplateForm
        kind="version"
        templateId={template.id}
        profiles={await templateProfileChoices(database(), grant)}
        providers={await providerChoices(database(), grant)}
        start={newest}
        add={addTemplateVersionAction}
      />
    </>
  );
}
