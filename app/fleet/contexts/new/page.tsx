import type { Metadata } from "next";
import { PageCalls } from "#components/api/page-calls";
import { ContextForm } from "#components/contexts/context-form";
import { PageHeader } from "#components/ui/page-header";
import { apiCall } from "#lib/api/table";
import { readSettings } from "#lib/config/env";
import { requireFleetGrant } from "#lib/server/require-grant";
import { createContextAction } from "../actions";

export const metadata: Metadata = { title: "New config context" };

export default async function NewContextPage() {
  await requireFleetGrant("context.edit");
  return (
    <>
      <PageHeader
        title="New config context"
        breadcrumbs={[
          { label: "Config contexts", href: "/fleet/contexts" },
          { label: "New config context" },
        ]}
        description="It goes nowhere until it is attached. Secrets are added once it is there."
      />
      <ContextForm kind="new" create={createContextAction} />
      <PageCalls
        calls={[
          {
            label: "Create a config context",
            call: apiCall("createContext", readSettings().origin),
            body: {
              name: "NAME",
              description: "WHAT_FOR",
              variables: [{ name: "VARIABLE", value: "VALUE" }],
              files: [{ path: "/etc/PATH", mode: "0644", content: "CONTENT" }],
            },
          },
        ]}
      />
    </>
  );
}
