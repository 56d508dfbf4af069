import type { Metadata } from "next";
import { enrolNodeAction } from "#app/fleet/nodes/actions";
import { PageCalls } from "#components/api/page-calls";
import { EnrolNodeForm } from "#components/nodes/enrol-node-form";
import { Callout } from "#components/ui/callout";
import { PageHeader } from "#components/ui/page-header";
import { Panel } from "#components/ui/panel";
import { TextLink } from "#components/ui/text-link";
import { apiCall } from "#lib/api/table";
import { readSettings } from "#lib/config/env";
import { database } from "#lib/server/database";
import { requireFleetGrant } from "#lib/server/require-grant";
import { nodePlaces } from "#lib/views/node-list";

export const metadata: Metadata = { title: "Enrol a node" };

export default async function EnrolNodePage() {
  const grant = await requireFleetGrant("node.enrol");
  const places = await nodePlaces(database(), grant);
  return (
    <>
      <PageHeader
        title="Enrol a node"
        breadcrumbs={[{ label: "Nodes", href: "/fleet/nodes" }, { label: "Enrol" }]}
        description="Its controller is asked for the certificate first; you confirm the fingerprint, then it is signed in to, read and compared with the node type."
      />
      {(places.racks.length === 0 || places.nodeTypes.length === 0) && (
        <Callout kind="attention" title="Something has to be there first">
          A node stands in a <TextLink href="/fleet/racks">rack</TextLink> and is compared with a{" "}
          <TextLink href="/fleet/node-types">node type</TextLink>. Make both, then come back.
        </Callout>
      )}
      <Panel title="Node and controller">
        <EnrolNodeForm {...places} enrol={enrolNodeAction} />
      </Panel>
      <PageCalls
        calls={[
          {
            label: "Enrol a node",
            call: apiCall("enrolNode", readSettings().origin),
            body: {
              name: "NAME",
              rackId: places.racks[0]?.id ?? "RACK",
              unit: 1,
              nodeTypeId: places.nodeTypes[0]?.id ?? "NODE_TYPE",
              controllerAddress: "ADDRESS",
              username: "USER",
              password: "PASSWORD",
            },
          },
        ]}
      />
    </>
  );
}
