import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { AttachmentsPanel } from "#components/contexts/attachments-panel";
import { ContextForm } from "#components/contexts/context-form";
import { ContextParts } from "#components/contexts/context-parts";
import { HoldersPanel } from "#components/contexts/holders-panel";
import { RemoveContextButton } from "#components/contexts/remove-context-button";
import { SecretsPanel } from "#components/contexts/secrets-panel";
import { PageHeader } from "#components/ui/page-header";
import { operatorMay } from "#lib/access/policy";
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
    </>
  );
}
