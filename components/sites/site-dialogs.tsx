"use client";

import { FormDialog } from "#components/forms/form-dialog";
import { Button } from "#components/ui/button";
import { Field } from "#components/ui/field";
import { Input } from "#components/ui/input";
import { numberOf, textOf } from "#lib/client/form-values";
import type { Id } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";

type Create<Input> = (input: Input) => Promise<Result<unknown, Refusal>>;

/** Adds a site. */
export function CreateSiteDialog({
  create,
}: {
  create: Create<{ name: string; bootOrigin: string }>;
}) {
  return (
    <FormDialog
      trigger={<Button variant="primary">Add a site</Button>}
      title="Add a site"
      description="A building, or whatever shares one network that its nodes boot from."
      submitLabel="Add site"
      pendingLabel="Adding…"
      send={(form) =>
        create({ name: textOf(form, "name"), bootOrigin: textOf(form, "bootOrigin") })
      }
    >
      {(errorOf) => (
        <>
          <Field label="Name" required error={errorOf("name")} hint="As in Frankfurt 1.">
            <Input name="name" maxLength={60} autoComplete="off" />
          </Field>
          <Field
            label="Boot address"
            optional
            error={errorOf("bootOrigin")}
            hint="Where this site's nodes reach the boot server, when it is not the general address."
          >
            <Input
              mono
              name="bootOrigin"
              placeholder="http://10.0.0.2:3001"
              maxLength={200}
              autoComplete="off"
            />
          </Field>
        </>
      )}
    </FormDialog>
  );
}

/** Adds a rack to a site. */
export function CreateRackDialog({
  site,
  create,
}: {
  site: { id: Id<"site">; name: string };
  create: Create<{ siteId: Id<"site">; name: string; units: number }>;
}) {
  return (
    <FormDialog
      trigger={
        <Button size="sm" aria-label={`Add a rack to ${site.name}`}>
          Add a rack
        </Button>
      }
      title={`Add a rack to ${site.name}`}
      submitLabel="Add rack"
      pendingLabel="Adding…"
      send={(form) =>
        create({ siteId: site.id, name: textOf(form, "name"), units: numberOf(form, "units") })
      }
    >
      {(errorOf) => (
        <>
          <Field label="Name" required error={errorOf("name")} hint="As in A07.">
            <Input name="name" maxLength={60} autoComplete="off" />
          </Field>
          <Field label="Height in units" required error={errorOf("units")}>
            <Input name="units" type="number" min={1} max={100} defaultValue={42} />
          </Field>
        </>
      )}
    </FormDialog>
  );
}
