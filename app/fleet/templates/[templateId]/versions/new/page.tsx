import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { PageCalls } from "#components/api/page-calls";
import { TemplateForm } from "#components/templates/template-form";
import { PageHeader } from "#components/ui/page-header";
import { apiCall } from "#lib/api/table";
import { readSettings } from "#lib/config/env";
import { database } from "#lib/server/database";
import { requireFleetGrant } from "#lib/server/require-grant";
import { providerChoices } from "#lib/views/providers";
import { definitionOf, templateDetail, templateProfileChoices } from "#lib/views/templates";
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
  const { origin } = readSettings();
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
      {newest && (
        <PageCalls
          calls={[
            {
              label: "Read the newest version, with its definition",
              call: apiCall("getTemplateVersion", origin, { templateVersion: newest.id }),
            },
            {
              label: "Add a version: a definition, changed",
              call: apiCall("addTemplateVersion", origin, { template: template.id }),
              body: definitionOf(newest),
            },
          ]}
        />
      )}
    </>
  );
}
