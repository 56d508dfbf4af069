import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { PageCalls } from "#components/api/page-calls";
import { AttachmentsPanel } from "#components/contexts/attachments-panel";
import { ContextForm } from "#components/contexts/context-form";
import { ContextParts } from "#components/contexts/context-parts";
import { HoldersPanel } from "#components/contexts/holders-panel";
import { RemoveContextButton } from "#components/contexts/remove-context-button";
import { SecretsPanel } from "#components/contexts/secrets-panel";
import { PageHeader } from "#components/ui/page-header";
import { operatorMay } from "#lib/access/policy";
import { type ApiRouteName, apiCall } from "#lib/api/table";
import { readSettings } from "#lib/config/env";
import { database } from "#lib/server/database";
import { requireFleetGrant } from "#lib/server/require-grant";
import { contextDetail } from "#lib/views/contexts";
import {
  attachContextAction,
  changeContextAction,
  detachContextAction,
  removeContextAction,
  removeContextSecretAction,
  setContextSecretAction,
} from "../actions";

export const metadata: Metadata = { title: "Config context" };

export default async function ContextPage({ params }: PageProps<"/fleet/contexts/[contextId]">) {
  const grant = await requireFleetGrant("fleet.read");
  const context = await contextDetail(database(), grant, (await params).contextId);
  if (!context) notFound();
  const mayEdit = operatorMay(grant.operatorRole, "context.edit");
  const call = (name: ApiRouteName) =>
    apiCall(name, readSettings().origin, { context: context.id });
  const [attached] = context.attachments;
  return (
    <>
      <PageHeader
        title={context.name}
        breadcrumbs={[
          { label: "Config contexts", href: "/fleet/contexts" },
          { label: context.name },
        ]}
        description={context.description}
        actions={mayEdit && <RemoveContextButton context={context} remove={removeContextAction} />}
      />
      <AttachmentsPanel
        context={context}
        acts={mayEdit ? { attach: attachContextAction, detach: detachContextAction } : undefined}
      />
      <SecretsPanel
        context={context}
        acts={
          mayEdit ? { set: setContextSecretAction, remove: removeContextSecretAction } : undefined
        }
      />
      {mayEdit ? (
        <ContextForm kind="change" context={context} change={changeContextAction} />
      ) : (
        <ContextParts context={context} />
      )}
      <HoldersPanel context={context} />
      <PageCalls
        calls={[
          { label: "Read this context", call: call("getContext") },
          ...(mayEdit
            ? [
                {
                  label: "Change it",
                  call: call("changeContext"),
                  body: {
                    seen: context.changedAt,
                    description: context.description,
                    variables: [{ name: "VARIABLE", value: "VALUE" }],
                    files: [{ path: "/etc/PATH", mode: "0644", content: "CONTENT" }],
                  },
                },
                {
                  label: "Attach it",
                  call: call("attachContext"),
                  body: { to: "TEMPLATE_PROJECT_OR_PROVIDER" },
                },
                attached
                  ? { label: "Detach it", call: call("detachContext"), body: { to: attached.id } }
                  : { label: "Remove it", call: call("removeContext") },
              ]
            : []),
        ]}
      />
    </>
  );
}
