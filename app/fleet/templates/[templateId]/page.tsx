import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { ContextsHere } from "#components/contexts/contexts-here";
import { DescribeTemplateForm } from "#components/templates/describe-template-form";
import { ShareTemplateButton } from "#components/templates/share-template-button";
import { VersionPanel } from "#components/templates/version-panel";
import { LinkButton } from "#components/ui/link-button";
import { PageHeader } from "#components/ui/page-header";
import { Panel } from "#components/ui/panel";
import { operatorMay } from "#lib/access/policy";
import { formatQuantity } from "#lib/client/format";
import { database } from "#lib/server/database";
import { requireFleetGrant } from "#lib/server/require-grant";
import { contextsAt } from "#lib/views/contexts-at";
import { providerChoices } from "#lib/views/providers";
import { templateDetail } from "#lib/views/templates";
import { describeTemplateAction, moveTemplateVersionAction, shareTemplateAction } from "../actions";

export const metadata: Metadata = { title: "Template" };

export default async function TemplatePage({ params }: PageProps<"/fleet/templates/[templateId]">) {
  const grant = await requireFleetGrant("fleet.read");
  const mayEdit = operatorMay(grant.operatorRole, "catalogue.edit");
  const template = await templateDetail(database(), grant, (await params).templateId);
  if (!template) notFound();
  const contexts = await contextsAt(database(), grant, template.id);
  const providers = await providerChoices(database(), grant);
  return (
    <>
      <PageHeader
        title={template.name}
        breadcrumbs={[{ label: "Templates", href: "/fleet/templates" }, { label: template.name }]}
        meta={
          template.sharedWith.length === 0
            ? "Shared with nobody: no tenant sees it."
            : `Shared with ${formatQuantity(template.sharedWith.length, "project")}.`
        }
        actions={
          mayEdit && (
            <>
              <ShareTemplateButton
                template={template}
                shareTargets={template.shareTargets}
                share={shareTemplateAction}
              />
              <LinkButton href={`/fleet/templates/${template.id}/versions/new`} variant="primary">
                New version
              </LinkButton>
            </>
          )
        }
      />
      {template.versions.map((version) => (
        <VersionPanel
          key={version.id}
          version={version}
          href={`/fleet/templates/${template.id}`}
          providers={providers}
          move={mayEdit ? moveTemplateVersionAction : undefined}
        />
      ))}
      <ContextsHere here={contexts} goWith="every launch of this template, whatever its version" />
      <Panel title="What tenants read">
        {mayEdit ? (
          <DescribeTemplateForm template={template} save={describeTemplateAction} />
        ) : (
          <p className="whitespace-pre-wrap text-sm">
            {[template.description, template.readme].filter(Boolean).join("\n\n") || "Nothing yet."}
          </p>
        )}
      </Panel>
    </>
  );
}
