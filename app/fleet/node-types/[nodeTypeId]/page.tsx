import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { PageCalls } from "#components/api/page-calls";
import { NodeTypeForm } from "#components/node-types/node-type-form";
import { KeyValueList } from "#components/ui/key-value-list";
import { PageHeader } from "#components/ui/page-header";
import { Panel } from "#components/ui/panel";
import { operatorMay } from "#lib/access/policy";
import { apiCall } from "#lib/api/table";
import { nodeTypeWords } from "#lib/client/node-type-words";
import { readSettings } from "#lib/config/env";
import { database } from "#lib/server/database";
import { requireFleetGrant } from "#lib/server/require-grant";
import { nodeTypeDetail } from "#lib/views/node-types";
import { changeNodeTypeAction } from "../actions";

export const metadata: Metadata = { title: "Node type" };

export default async function NodeTypePage({
  params,
}: PageProps<"/fleet/node-types/[nodeTypeId]">) {
  const grant = await requireFleetGrant("fleet.read");
  const type = await nodeTypeDetail(database(), grant, (await params).nodeTypeId);
  if (!type) notFound();
  const mayEdit = operatorMay(grant.operatorRole, "catalogue.edit");
  const { origin } = readSettings();
  const here = { nodeType: type.id };
  return (
    <>
      <PageHeader
        title={type.name}
        breadcrumbs={[{ label: "Node types", href: "/fleet/node-types" }, { label: type.name }]}
        description="A change counts from each node's next discovery on."
      />
      {mayEdit ? (
        <NodeTypeForm
          id={type.id}
          name={type.name}
          spec={type.spec}
          submitLabel="Save"
          save={changeNodeTypeAction}
        />
      ) : (
        <Panel title="Expected hardware">
          <KeyValueList items={nodeTypeWords(type.spec)} columns={2} />
        </Panel>
      )}
      <PageCalls
        calls={[
          { label: "Read it", call: apiCall("getNodeType", origin, here) },
          ...(mayEdit
            ? [
                {
                  label: "Change it",
                  call: apiCall("changeNodeType", origin, here),
                  body: { name: type.name, spec: type.spec },
                },
              ]
            : []),
        ]}
      />
    </>
  );
}
