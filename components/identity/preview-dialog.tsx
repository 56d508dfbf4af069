"use client";

import { FormDialog } from "#components/forms/form-dialog";
import type { Provider, ProviderEdit } from "#components/identity/identity";
import { Button } from "#components/ui/button";
import { Field } from "#components/ui/field";
import { Input } from "#components/ui/input";
import { textOf } from "#lib/client/form-values";

/** Says what a person of some groups would get, before anybody signs in. */
export function PreviewDialog({
  provider,
  preview,
}: {
  provider: Provider;
  preview: ProviderEdit["preview"];
}) {
  return (
    <FormDialog
      trigger={
        <Button size="sm" aria-label={`What would a person of ${provider.label} get`}>
          What would they get?
        </Button>
      }
      title="What would a person get?"
      description="As the table stands now; nothing is changed."
      submitLabel="Show"
      pendingLabel="Looking…"
      send={(form) => preview({ providerId: provider.id, groups: textOf(form, "groups") })}
      result={(rows) =>
        rows.length === 0 ? (
          <p className="text-sm">
            Nothing. Someone new with these groups is not let in; someone linked or invited keeps
            what people gave them.
          </p>
        ) : (
          <ul aria-label="What they would get" className="flex flex-col gap-1.5 text-sm">
            {rows.map((row) => (
              <li key={row.place}>
                <span className="font-medium">{row.role.replace("_", " ")}</span> in {row.place}
                <span className="text-muted">
                  {" "}
                  by {provider.label}: group {row.group}
                </span>
              </li>
            ))}
          </ul>
        )
      }
    >
      {(errorOf) => (
        <Field
          label="Groups"
          error={errorOf("groups")}
          hint="With commas between them, as the provider would send them."
        >
          <Input name="groups" maxLength={2000} autoComplete="off" />
        </Field>
      )}
    </FormDialog>
  );
}
