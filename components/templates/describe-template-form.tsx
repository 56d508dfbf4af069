"use client";

import { Button } from "#components/ui/button";
import { Field } from "#components/ui/field";
import { FormMessage } from "#components/ui/form-message";
import { Input } from "#components/ui/input";
import { Textarea } from "#components/ui/textarea";
import { notify } from "#components/ui/toaster";
import { textOf } from "#lib/client/form-values";
import { useSubmission } from "#lib/client/use-submission";
import type { Id } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { DescribeTemplateInput } from "#lib/schemas/template";

type Props = {
  template: { id: Id<"template">; description: string; readme: string };
  save: (input: DescribeTemplateInput) => Promise<Result<unknown, Refusal>>;
};

/** What tenants read about a template; its versions stay as they are. */
export function DescribeTemplateForm({ template, save }: Props) {
  const submission = useSubmission();
  return (
    <form
      className="flex flex-col gap-4"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        const form = new FormData(event.currentTarget);
        submission.send(
          () =>
            save({
              templateId: template.id,
              description: textOf(form, "description"),
              readme: textOf(form, "readme"),
            }),
          () => notify("Saved"),
        );
      }}
    >
      <Field label="Description" optional error={submission.errorOf("description")}>
        <Input name="description" defaultValue={template.description} maxLength={300} />
      </Field>
      <Field label="Read me" optional hint="In Markdown." error={submission.errorOf("readme")}>
        <Textarea name="readme" rows={6} defaultValue={template.readme} maxLength={10_000} />
      </Field>
      <FormMessage message={submission.message} />
      <Button
        type="submit"
        className="self-start"
        pending={submission.pending}
        pendingLabel="Saving…"
      >
        Save
      </Button>
    </form>
  );
}
