"use client";

import { FormDialog } from "#components/forms/form-dialog";
import { Button } from "#components/ui/button";
import { Field } from "#components/ui/field";
import { Input } from "#components/ui/input";
import { RadioCards } from "#components/ui/radio-cards";
import { Select } from "#components/ui/select";
import { textOf } from "#lib/client/form-values";
import type { FabricKind } from "#lib/domain/fabric/fabric";
import type { Id } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { CreateFabricInput } from "#lib/schemas/fabric";

/** Adds a fabric to a site. */
export function CreateFabricDialog({
  sites,
  create,
}: {
  sites: readonly { id: Id<"site">; name: string }[];
  create: (input: CreateFabricInput) => Promise<Result<unknown, Refusal>>;
}) {
  return (
    <FormDialog
      trigger={<Button variant="primary">Add a fabric</Button>}
      title="Add a fabric"
      submitLabel="Add fabric"
      pendingLabel="Adding…"
      send={(form) =>
        create({
          siteId: textOf(form, "siteId") as Id<"site">,
          kind: textOf(form, "kind") as FabricKind,
          name: textOf(form, "name"),
        })
      }
    >
      {(errorOf) => (
        <>
          <Field label="Site" required error={errorOf("siteId")}>
            <Select
              name="siteId"
              defaultValue={sites[0]?.id}
              options={sites.map(({ id, name }) => ({ value: id, label: name }))}
            />
          </Field>
          <RadioCards
            name="kind"
            legend="Kind"
            columns={2}
            defaultValue="infiniband"
            options={[
              {
                value: "infiniband",
                title: "InfiniBand",
                description: "Leaf switches and rails. Its ports are listed next.",
              },
              {
                value: "nvlink",
                title: "NVLink domain",
                description: "Several nodes whose GPUs are joined, as in an NVL72 rack.",
              },
            ]}
          />
          <Field label="Name" required error={errorOf("name")} hint="As in compute.">
            <Input name="name" maxLength={60} autoComplete="off" />
          </Field>
        </>
      )}
    </FormDialog>
  );
}
