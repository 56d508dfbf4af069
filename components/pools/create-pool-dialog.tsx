"use client";

import { useState } from "react";
import { FormDialog } from "#components/forms/form-dialog";
import { PoolFields } from "#components/pools/pool-fields";
import { Button } from "#components/ui/button";
import { Field } from "#components/ui/field";
import { Input } from "#components/ui/input";
import { Select } from "#components/ui/select";
import { numberOf, textOf } from "#lib/client/form-values";
import type { Id } from "#lib/domain/id";
import { type PoolKind, poolKinds, poolKindWords } from "#lib/domain/pool/pool";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { CreatePoolInput } from "#lib/schemas/pool";

type Props = {
  sites: { id: Id<"site">; name: string }[];
  create: (input: CreatePoolInput) => Promise<Result<unknown, Refusal>>;
};

/** Adds a pool to a site. */
export function CreatePoolDialog({ sites, create }: Props) {
  const [kind, setKind] = useState<PoolKind>("vlan");
  return (
    <FormDialog
      trigger={<Button variant="primary">Add a pool</Button>}
      title="Add a pool"
      description="Environments draw from it at launch, always the lowest that is free."
      submitLabel="Add pool"
      pendingLabel="Adding…"
      size="lg"
      send={(form) =>
        create({
          siteId: textOf(form, "siteId") as Id<"site">,
          kind,
          name: textOf(form, "name"),
          ranges: textOf(form, "ranges"),
          itemLength: kind === "private_prefix" ? numberOf(form, "itemLength") : null,
          warnPercent: numberOf(form, "warnPercent"),
          cooldownMinutes: numberOf(form, "cooldownMinutes"),
        })
      }
    >
      {(errorOf) => (
        <>
          <div className="grid gap-4 sm:grid-cols-2">
            <Field label="Site" required error={errorOf("siteId")}>
              <Select
                name="siteId"
                options={sites.map((site) => ({ value: site.id, label: site.name }))}
              />
            </Field>
            <Field label="Name" required error={errorOf("name")} hint="As in tenant-vlans.">
              <Input mono name="name" maxLength={40} autoComplete="off" />
            </Field>
            <Field label="Kind" required error={errorOf("kind")}>
              <Select
                name="kind"
                value={kind}
                onChange={(event) => setKind(event.target.value as PoolKind)}
                options={poolKinds.map((each) => ({
                  value: each,
                  label: poolKindWords[each].name,
                }))}
              />
            </Field>
            {kind === "private_prefix" && (
              <Field
                label="Length of each prefix"
                required
                error={errorOf("itemLength")}
                hint="24 for IPv4 and 64 for IPv6 are usual."
              >
                <Input name="itemLength" type="number" min={8} max={64} defaultValue={24} />
              </Field>
            )}
          </div>
          <PoolFields key={kind} kind={kind} errorOf={errorOf} />
        </>
      )}
    </FormDialog>
  );
}
