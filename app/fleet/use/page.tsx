import type { Metadata } from "next";
import { PageCalls } from "#components/api/page-calls";
import { UseScreen } from "#components/use/use-screen";
import { apiCall } from "#lib/api/table";
import { readSettings } from "#lib/config/env";
import { database } from "#lib/server/database";
import { requireFleetGrant } from "#lib/server/require-grant";
import { screenOfUse } from "#lib/views/screen-of-use";

export const metadata: Metadata = { title: "Use and idle" };

const parts = ["tenant", "project", "environment", "profile"] as const;

export default async function FleetUsePage({ searchParams }: PageProps<"/fleet/use">) {
  const grant = await requireFleetGrant("fleet.read");
  const query = await searchParams;
  const screen = await screenOfUse(database(), grant, parts, query);
  return (
    <>
      <UseScreen
        {...screen}
        description="What the GPUs that tenants hold do, and what they do not."
        parts={parts}
        tenant={null}
        query={query}
      />
      <PageCalls
        calls={[
          {
            label: "Read the report",
            call: apiCall("getFleetUse", readSettings().origin),
          },
        ]}
      />
    </>
  );
}
