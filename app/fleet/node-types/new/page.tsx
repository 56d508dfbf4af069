import type { Metadata } from "next";
import { PageCalls } from "#components/api/page-calls";
import { NodeTypeForm } from "#components/node-types/node-type-form";
import { PageHeader } from "#components/ui/page-header";
import { apiCall } from "#lib/api/table";
import { readSettings } from "#lib/config/env";
import { requireFleetGrant } from "#lib/server/require-grant";
import { createNodeTypeAction } from "../actions";

export const metadata: Metadata = { title: "Add a node type" };

export default async function NewNodeTypePage() {
  await requireFleetGrant("catalogue.edit");
  return (
    <>
      <PageHeader
        title="Add a node type"
        breadcrumbs={[{ label: "Node types", href: "/fleet/node-types" }, { label: "Add" }]}
      />
      <NodeTypeForm submitLabel="Add node type" save={createNodeTypeAction} />
      <PageCalls
        calls={[
          {
            label: "Add a node type",
            call: apiCall("createNodeType", readSettings().origin),
            body: { name: "NAME", spec: { gpu: { model: "MODEL", count: 8 } } },
          },
        ]}
      />
    </>
  );
}
