import type { Metadata } from "next";
import { PageCalls } from "#components/api/page-calls";
import { UseScreen } from "#components/use/use-screen";
import { apiCall } from "#lib/api/table";
import { readSettings } from "#lib/config/env";
import { database } from "#lib/server/database";
import { requireTenantGrant } from "#lib/server/require-grant";
import { screenOfUse } from "#lib/views/screen-of-use";

export const metadata: Metadata = { title: "Use and idle" };

const parts = ["project", "environment", "profile"] as const;

export default async function TenantUsePage({ params, searchParams }: PageProps<"/[tenant]/use">) {
  const { tenant } = await params;
  const grant = await requireTenantGrant(tenant, "tenant.use");
  const query = await searchParams;
  const screen = await screenOfUse(database(), grant, parts, query);
  return (
    <>
      <UseScreen
        {...screen}
        description="What the GPUs that your projects hold do. What is idle counts against your quota like what works."
        parts={parts}
        tenant={grant.tenantSlug}
        query={query}
      />
      <PageCalls
        calls={[
          {
            label: "Read the report",
            call: apiCall("getTenantUse", readSettings().origin, { tenant: grant.tenantSlug }),
          },
        ]}
      />
    </>
  );
}
