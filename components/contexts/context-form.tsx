"use client";

import type { Route } from "next";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { FileEditor } from "#components/contexts/file-editor";
import { VariableEditor } from "#components/contexts/variable-editor";
import { Button } from "#components/ui/button";
import { Field } from "#components/ui/field";
import { FormMessage } from "#components/ui/form-message";
import { Input } from "#components/ui/input";
import { Panel } from "#components/ui/panel";
import { notify } from "#components/ui/toaster";
import {
  type EditedFile,
  type EditedVariable,
  fileOfEdited,
  keyed,
  variableOfEdited,
} from "#lib/client/edited-context";
import { textOf } from "#lib/client/form-values";
import { useSubmission } from "#lib/client/use-submission";
import type { ContextFile, ContextVariable } from "#lib/domain/context/context";
import type { Id } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { ChangeContextInput, CreateContextInput } from "#lib/schemas/context";

type Known = {
  id: Id<"context">;
  description: string;
  changedAt: string;
  variables: readonly ContextVariable[];
  files: readonly ContextFile[];
};

type Props =
  | {
      kind: "new";
      create: (input: CreateContextInput) => Promise<Result<{ contextId: Id<"context"> }, Refusal>>;
    }
  | {
      kind: "change";
      context: Known;
      change: (input: ChangeContextInput) => Promise<Result<{ changedAt: string }, Refusal>>;
    };

/** The variables and files of a config context: of a new one, or of one that is there. */
export function ContextForm(props: Props) {
  const router = useRouter();
  const submission = useSubmission();
  const start = props.kind === "change" ? props.context : undefined;
  const [variables, setVariables] = useState<EditedVariable[]>(() => keyed(start?.variables ?? []));
  const [files, setFiles] = useState<EditedFile[]>(() => keyed(start?.files ?? []));
  // What this form began from: what somebody else has changed since is not overwritten unseen.
  const [seen, setSeen] = useState(start?.changedAt ?? "");

  function submit(form: FormData) {
    const parts = {
      description: textOf(form, "description"),
      variables: variables.map(variableOfEdited),
      files: files.map(fileOfEdited),
    };
    if (props.kind === "new") {
      submission.send(
        () => props.create({ ...parts, name: textOf(form, "name") }),
        ({ contextId }) => router.push(`/fleet/contexts/${contextId}` as Route),
      );
      return;
    }
    submission.send(
      () => props.change({ ...parts, contextId: props.context.id, seen }),
      ({ changedAt }) => {
        setSeen(changedAt);
        notify("Saved");
      },
    );
  }

  return (
    <form
      className="flex flex-col gap-5"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        submit(new FormData(event.currentTarget));
      }}
    >
      <Panel
        title="Variables and files"
        description={
          props.kind === "new"
            ? undefined
            : "Launches and calls from now on get what is saved here. Environments keep what they were launched with."
        }
      >
        <div className="flex flex-col gap-5">
          <div className="grid gap-4 md:grid-cols-[1fr_2fr]">
            {props.kind === "new" && (
              <Field
                label="Name"
                required
                error={submission.errorOf("name")}
                hint="As in registry, or proxy-lulea."
              >
                <Input mono name="name" maxLength={40} autoComplete="off" />
              </Field>
            )}
            <Field
              label="Description"
              optional
              error={submission.errorOf("description")}
              className={props.kind === "new" ? undefined : "md:col-span-2"}
            >
              <Input
                name="description"
                maxLength={200}
                autoComplete="off"
                defaultValue={start?.description}
              />
            </Field>
          </div>
          <VariableEditor
            variables={variables}
            errorOf={submission.errorOf}
            onChange={setVariables}
          />
          <FileEditor files={files} errorOf={submission.errorOf} onChange={setFiles} />
          <FormMessage message={submission.message} />
          <Button
            type="submit"
            variant="primary"
            className="self-start"
            pending={submission.pending}
            pendingLabel="Saving…"
          >
            {props.kind === "new" ? "Create context" : "Save variables and files"}
          </Button>
        </div>
      </Panel>
    </form>
  );
}
