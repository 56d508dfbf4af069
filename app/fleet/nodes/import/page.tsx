import type { Metadata } from "next";
import { checkSheetAction, enrolSheetAction } from "#app/fleet/nodes/actions";
import { PageCalls } from "#components/api/page-calls";
import { EnrolSheetForm } from "#components/nodes/enrol-sheet-form";
import { Callout } from "#components/ui/callout";
import { PageHeader } from "#components/ui/page-header";
import { TextLink } from "#components/ui/text-link";
import { apiCall } from "#lib/api/table";
import { readSettings } from "#lib/config/env";
import { database } from "#lib/server/database";
import { requireFleetGrant } from "#lib/server/require-grant";
import { nodePlaces } from "#lib/views/node-list";

/** What is sent in place of the form, with words to be replaced. */
const sheet = {
  text: "name,controller,node_type,rack,unit\nNAME,ADDRESS,TYPE,SITE/RACK,UNIT",
  username: "USER",
  password: "PASSWORD",
};

export const metadata: Metadata = { title: "Enrol many nodes" };

export default async function EnrolSheetPage() {
  const grant = await requireFleetGrant("node.enrol");
  const places = await nodePlaces(database(), grant);
  return (
    <>
      <PageHeader
        title="Enrol many nodes"
        breadcrumbs={[{ label: "Onboarding", href: "/fleet/onboarding" }, { label: "Enrol many" }]}
        description="A line for each node. Check it first: every line says what would happen, and nothing is written."
      />
      {(places.racks.length === 0 || places.nodeTypes.length === 0) && (
        <Callout kind="attention" title="Something has to be there first">
          A node stands in a <TextLink href="/fleet/racks">rack</TextLink> and is compared with a{" "}
          <TextLink href="/fleet/node-types">node type</TextLink>. Make both, then come back.
        </Callout>
      )}
      <EnrolSheetForm {...places} check={checkSheetAction} enrol={enrolSheetAction} />
      <PageCalls
        calls={[
          {
            label: "Check a list",
            call: apiCall("checkEnrolment", readSettings().origin),
            body: sheet,
          },
          { label: "Enrol nodes", call: apiCall("enrolNodes", readSettings().origin), body: sheet },
        ]}
      />
    </>
  );
}
