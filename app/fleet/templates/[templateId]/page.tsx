import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { PageCalls } from "#components/api/page-calls";
import { ContextsHere } from "#components/contexts/contexts-here";
import { ShareTemplateButton } from "#components/templates/share-template-button";
import { VersionPanel } from "#components/templates/version-panel";
import { ComparePanel } from "#components/ui/compare-panel";
import { LinkButton } from "#components/ui/link-button";
import { MarkdownText } from "#components/ui/markdown";
import { PageHeader } from "#components/ui/page-header";
import { operatorMay } from "#lib/access/policy";
import { apiCall } from "#lib/api/table";
import { sharedWithWords } from "#lib/client/shared-with";
import { readSettings } from "#lib/config/env";
import { comparedVersions } from "#lib/schemas/compared-versions";
import { database } from "#lib/server/database";
import { requireFleetGrant } from "#lib/server/require-grant";
import { contextsAt } from "#lib/views/contexts-at";
import { providerChoices } from "#lib/views/providers";
import { templateDetail } from "#lib/views/templates";
import { moveTemplateVersionAction, shareTemplateAction } from "../actions";

export const metadata: Metadata = { title: "Template" };

export default async function TemplatePage({
  params,
  searchParams,
}: PageProps<"/fleet/templates/[templateId]">) {
  const grant = await requireFleetGrant("fleet.read");
  const mayEdit = operatorMay(grant.operatorRole, "catalogue.edit");
  const { templateId } = await params;
  const compared = comparedVersions.safeParse(await searchParams).data;
  const template = await templateDetail(database(), grant, templateId, compared);
  if (!template) notFound();
  const sharedWith = sharedWithWords(template);
  const { origin } = readSettings();
  const here = { template: template.id };
  const newest = { templateVersion: template.versions[0]?.id ?? "VERSION_ID" };
  const contexts = await contextsAt(database(), grant, template.id);
  const providers = await providerChoices(database(), grant);
  return (
    <>
      <PageHeader
        title={template.name}
        breadcrumbs={[{ label: "Templates", href: "/fleet/templates" }, { label: template.name }]}
        meta={sharedWith ? `Shared with ${sharedWith}.` : "Shared with nobody: no tenant sees it."}
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
          readme={version.readme && <MarkdownText text={version.readme} under={2} />}
          move={mayEdit ? moveTemplateVersionAction : undefined}
        />
      ))}
      <ComparePanel
        versions={template.versions.map(({ version }) => version)}
        compared={template.comparison}
        isAsked={compared?.from !== undefined || compared?.to !== undefined}
      />
      <ContextsHere here={contexts} goWith="every launch of this template, whatever its version" />
      <PageCalls
        calls={[
          { label: "Read it", call: apiCall("getTemplate", origin, here) },
          {
            label: "Read a version, with its definition",
            call: apiCall("getTemplateVersion", origin, newest),
          },
          ...(mayEdit
            ? [
                {
                  label: "Publish a version, or retire it",
                  call: apiCall("moveTemplateVersion", origin, newest),
                  body: { to: "published" },
                },
                {
                  label: "Share it",
                  call: apiCall("shareTemplate", origin, here),
                  body: { projectIds: ["PROJECT_ID"] },
                },
              ]
            : []),
        ]}
      />
    </>
  );
}
