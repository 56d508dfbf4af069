"use client";

import { Plus, Trash2 } from "lucide-react";
import { Button } from "#components/ui/button";
import { Field, FieldGroup } from "#components/ui/field";
import { Input } from "#components/ui/input";
import { Textarea } from "#components/ui/textarea";
import { type EditedFile, newFile } from "#lib/client/edited-context";

type Props = {
  files: readonly EditedFile[];
  errorOf: (field: string) => string | undefined;
  onChange: (files: EditedFile[]) => void;
};

/** Files of a config context: where each goes on the node, with which mode, and what is in it. */
export function FileEditor({ files, errorOf, onChange }: Props) {
  const edit = (edited: EditedFile, change: Partial<EditedFile>) =>
    onChange(files.map((each) => (each === edited ? { ...each, ...change } : each)));
  return (
    <FieldGroup
      legend="Files"
      error={errorOf("files")}
      hint="cloud-init writes them at the first boot, as root. Everybody on the node may read a file of mode 0644; nothing in one is hidden in logs, so a secret belongs among the secrets."
    >
      <ul className="flex flex-col gap-3 empty:hidden">
        {files.map((file, index) => (
          <li key={file.key} className="flex flex-col gap-3 rounded-md border border-line p-3">
            <div className="grid grid-cols-[minmax(0,1fr)_auto] items-start gap-3 sm:grid-cols-[minmax(0,1fr)_5.5rem_auto]">
              <Field
                label="Path"
                error={errorOf(`files.${index}.path`)}
                className="max-sm:col-span-2"
              >
                <Input
                  mono
                  maxLength={255}
                  autoComplete="off"
                  spellCheck={false}
                  placeholder="/etc/apt/apt.conf.d/90proxy"
                  value={file.path}
                  onChange={(event) => edit(file, { path: event.target.value })}
                />
              </Field>
              <Field label="Mode" error={errorOf(`files.${index}.mode`)}>
                <Input
                  mono
                  maxLength={4}
                  autoComplete="off"
                  value={file.mode}
                  onChange={(event) => edit(file, { mode: event.target.value })}
                />
              </Field>
              <Button
                size="icon"
                variant="ghost"
                className="mt-6"
                aria-label={`Remove file ${file.path || index + 1}`}
                onClick={() => onChange(files.filter((each) => each !== file))}
              >
                <Trash2 aria-hidden="true" />
              </Button>
            </div>
            <Field label="Content" error={errorOf(`files.${index}.content`)}>
              <Textarea
                mono
                rows={Math.min(14, Math.max(3, file.content.split("\n").length))}
                spellCheck={false}
                value={file.content}
                onChange={(event) => edit(file, { content: event.target.value })}
              />
            </Field>
          </li>
        ))}
      </ul>
      <Button size="sm" className="self-start" onClick={() => onChange([...files, newFile()])}>
        <Plus aria-hidden="true" />
        Add a file
      </Button>
    </FieldGroup>
  );
}
