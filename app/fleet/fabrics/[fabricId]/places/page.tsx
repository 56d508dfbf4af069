import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { PageCalls } from "#components/api/page-calls";
import { PlacePortsForm } from "#components/fabrics/place-ports-form";
import { PageHeader } from "#components/ui/page-header";
import { apiCall } from "#lib/api/table";
import { readSettings } from "#lib/config/env";
import { database } from "#lib/server/database";
import { requireFleetGrant } from "#lib/server/require-grant";
import { fabricDetail } from "#lib/views/fabric-detail";
import { checkPortsAction, placePortsAction } from "../../actions";

export const metadata: Metadata = { title: "Place ports" };

export default async function PlacePortsPage({
  params,
}: PageProps<"/fleet/fabrics/[fabricId]/places">) {
  await requireFleetGrant("node.enrol");
  const fabric = await fabricDetail(
    database(),
    await requireFleetGrant("fleet.read"),
    (await params).fabricId,
  );
  if (fabric?.kind !== "infiniband") notFound();
  const body = { text: "guid,leaf,port,rail,node\nGUID,LEAF,PORT,RAIL,NODE", isWhole: false };
  return (
    <>
      <PageHeader
        title={`Place the ports of ${fabric.name}`}
        breadcrumbs={[
          { label: "Fabrics", href: "/fleet/fabrics" },
          { label: fabric.name, href: `/fleet/fabrics/${fabric.id}` },
          { label: "Place ports" },
        ]}
        description={`At which leaf switch of ${fabric.site.name} each port is plugged in. Check it first: every line says what would happen, and nothing is written.`}
      />
      <PlacePortsForm fabricId={fabric.id} check={checkPortsAction} place={placePortsAction} />
      <PageCalls
        calls={(["checkPorts", "placePorts"] as const).map((name) => ({
          label: name === "checkPorts" ? "Check what would happen" : "Place ports",
          call: apiCall(name, readSettings().origin, { fabric: fabric.id }),
          body,
        }))}
      />
    </>
  );
}
