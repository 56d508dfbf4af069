"use client";

import { useState } from "react";
import { FormDialog } from "#components/forms/form-dialog";
import { type ImageChoice, TermsFields, termsOf } from "#components/profiles/terms-fields";
import { Button } from "#components/ui/button";
import { Field } from "#components/ui/field";
import { Input } from "#components/ui/input";
import { Select } from "#components/ui/select";
import { numberOf, textOf } from "#lib/client/form-values";
import type { Id } from "#lib/domain/id";
import { gpusPerNode } from "#lib/domain/profile/profile";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { CreateProfileInput } from "#lib/schemas/profile";

type Props = {
  nodeTypes: { id: Id<"nodeType">; name: string; gpuCount: number | null; gpuModel: string }[];
  images: ImageChoice[];
  currency: string;
  create: (input: CreateProfileInput) => Promise<Result<unknown, Refusal>>;
};

/** Makes a compute profile of a node type. */
export function CreateProfileDialog({ nodeTypes, images, currency, create }: Props) {
  const [typeId, setTypeId] = useState("");
  const type = nodeTypes.find((each) => each.id === typeId);
  const missing =
    nodeTypes.length === 0
      ? "Add a node type first: a profile is a whole node of one type."
      : images.length === 0
        ? "Register an image first: every profile has a default one."
        : null;
  return (
    <FormDialog
      trigger={
        <Button variant="primary" disabledReason={missing}>
          Add a profile
        </Button>
      }
      title="Add a compute profile"
      description="What a tenant chooses: a whole node of one type. It begins as a draft that nobody sees."
      submitLabel="Add profile"
      pendingLabel="Adding…"
      send={(form) =>
        create({
          ...termsOf(form),
          name: textOf(form, "name"),
          nodeTypeId: textOf(form, "nodeTypeId") as Id<"nodeType">,
          gpusPerNode: numberOf(form, "gpusPerNode") as CreateProfileInput["gpusPerNode"],
          gpuModel: textOf(form, "gpuModel"),
        })
      }
    >
      {(errorOf) => (
        <>
          <Field
            label="Name"
            required
            error={errorOf("name")}
            hint="Short and for good, as in gpu-8x-h200."
          >
            <Input mono name="name" maxLength={40} autoComplete="off" />
          </Field>
          <Field label="Node type" required error={errorOf("nodeTypeId")}>
            <Select
              name="nodeTypeId"
              placeholder="Choose a node type"
              value={typeId}
              onChange={(event) => setTypeId(event.target.value)}
              options={nodeTypes.map((each) => ({ value: each.id, label: each.name }))}
            />
          </Field>
          {/* Filled anew from the type that was chosen, and still the operator's to change. */}
          <div key={typeId} className="grid gap-4 sm:grid-cols-2">
            <Field label="GPUs per node" required error={errorOf("gpusPerNode")}>
              <Select
                name="gpusPerNode"
                defaultValue={String(type?.gpuCount ?? 8)}
                options={[...gpusPerNode]
                  .reverse()
                  .map((count) => ({ value: String(count), label: String(count) }))}
              />
            </Field>
            <Field
              label="GPU model"
              error={errorOf("gpuModel")}
              hint="What quota counts, as in H200. Empty for a CPU node."
            >
              <Input name="gpuModel" defaultValue={type?.gpuModel} maxLength={60} />
            </Field>
          </div>
          <TermsFields images={images} currency={currency} errorOf={errorOf} />
        </>
      )}
    </FormDialog>
  );
}
