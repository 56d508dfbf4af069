"use client";

import type { Route } from "next";
import { useRouter } from "next/navigation";
import { NamedThingDialog } from "#components/tenants/named-thing-dialog";
import { Button } from "#components/ui/button";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { CreateTenantInput } from "#lib/schemas/tenant";

type Props = { create: (input: CreateTenantInput) => Promise<Result<{ slug: string }, Refusal>> };

/** Adds a tenant and goes to its page. */
export function CreateTenantDialog({ create }: Props) {
  const router = useRouter();
  return (
    <NamedThingDialog
      trigger={<Button variant="primary">Add a tenant</Button>}
      title="Add a tenant"
      description="An organisation or team with members, projects and a quota of its own."
      example={{ name: "Vision Research", slug: "vision" }}
      submitLabel="Add tenant"
      create={async (input) => {
        const result = await create(input);
        if (result.ok) router.push(`/fleet/tenants/${result.value.slug}` as Route);
        return result;
      }}
    />
  );
}
