"use client";

import { type ReactNode, useState } from "react";
import { FormDialog } from "#components/forms/form-dialog";
import { Field } from "#components/ui/field";
import { Input } from "#components/ui/input";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";

type Props = {
  trigger: ReactNode;
  title: string;
  description: string;
  example: { name: string; slug: string };
  submitLabel: string;
  create: (input: { name: string; slug: string }) => Promise<Result<unknown, Refusal>>;
};

/** Makes something with a name for people and a short one for addresses, which follows the first. */
export function NamedThingDialog({
  trigger,
  title,
  description,
  example,
  submitLabel,
  create,
}: Props) {
  const [name, setName] = useState("");
  const [slug, setSlug] = useState<string>();
  const shown = slug ?? shortened(name);
  return (
    <FormDialog
      trigger={trigger}
      title={title}
      description={description}
      submitLabel={submitLabel}
      pendingLabel="Adding…"
      send={async () => {
        const result = await create({ name, slug: shown });
        if (result.ok) {
          setName("");
          setSlug(undefined);
        }
        return result;
      }}
    >
      {(errorOf) => (
        <>
          <Field label="Name" required error={errorOf("name")} hint={`As in ${example.name}.`}>
            <Input
              value={name}
              maxLength={80}
              autoComplete="off"
              onChange={(event) => setName(event.target.value)}
            />
          </Field>
          <Field
            label="Short name"
            required
            error={errorOf("slug")}
            hint={`Part of its address, for good. As in ${example.slug}.`}
          >
            <Input
              mono
              value={shown}
              maxLength={40}
              autoComplete="off"
              onChange={(event) => setSlug(event.target.value)}
            />
          </Field>
        </>
      )}
    </FormDialog>
  );
}

function shortened(name: string): string {
  return name
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 40)
    .replace(/^-+|-+$/g, "");
}
