"use client";

import { type ReactNode, useState } from "react";
import { FormDialog } from "#components/forms/form-dialog";
import { Callout } from "#components/ui/callout";
import { Checkbox } from "#components/ui/checkbox";
import { CodeBlock } from "#components/ui/code-block";
import { Field, FieldGroup } from "#components/ui/field";
import { Input } from "#components/ui/input";
import { RelativeTime } from "#components/ui/relative-time";
import { Select } from "#components/ui/select";
import { textOf } from "#lib/client/form-values";
import { onlyReads, scopeWords, type TokenScope } from "#lib/domain/access/token-scope";
import type { Id } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { TokenPlace } from "#lib/schemas/api-token-view";

export type NewToken = {
  name: string;
  scopes: TokenScope[];
  days: number;
  projectId: Id<"project"> | null;
};

type Props = {
  trigger: ReactNode;
  title: string;
  /** Where the token can be good; asked only when there are several. */
  places: readonly TokenPlace[];
  create: (token: NewToken) => Promise<Result<{ token: string; expiresAt: string }, Refusal>>;
};

/** They look, too, but at what people are and do: whoever wants that chooses it. */
const ofPeople: readonly TokenScope[] = ["tenant.audit", "member.read"];

/** Makes a token, and shows it this once. */
export function CreateTokenDialog({ trigger, title, places, create }: Props) {
  const [at, setAt] = useState(0);
  const place = places[at] ?? places[0];
  const scopes = place?.scopes ?? [];
  return (
    <FormDialog
      trigger={trigger}
      title={title}
      description="A program shows it in place of a password. It can do what you choose here and no more, and it ends by itself."
      submitLabel="Make token"
      pendingLabel="Making…"
      send={(form) =>
        create({
          name: textOf(form, "name"),
          scopes: scopes.filter((scope) => form.has(`scope ${scope}`)),
          days: Number(textOf(form, "days")),
          projectId: place?.projectId ?? null,
        })
      }
      result={({ token, expiresAt }) => (
        <div className="flex flex-col gap-3 text-sm">
          <Callout kind="attention" title="Copy it now: it is not shown again">
            Ingot keeps only a hash of it. Put it where your program keeps its secrets.
          </Callout>
          <CodeBlock code={token} label="API token" />
          <p className="text-muted">
            Good until <RelativeTime at={expiresAt} form="absolute" />.
          </p>
        </div>
      )}
    >
      {(errorOf) => (
        <>
          <Field label="Name" required error={errorOf("name")} hint="As in nightly training or CI.">
            <Input name="name" maxLength={60} autoComplete="off" />
          </Field>
          {places.length > 1 && (
            <Field label="Good in" error={errorOf("projectId")}>
              <Select
                value={String(at)}
                onChange={(event) => setAt(Number(event.target.value))}
                options={places.map(({ name }, index) => ({ value: String(index), label: name }))}
              />
            </Field>
          )}
          <Field label="Ends after" required error={errorOf("days")}>
            <Select
              name="days"
              defaultValue="30"
              options={[1, 7, 30, 60, 90].map((days) => ({
                value: String(days),
                label: days === 1 ? "1 day" : `${days} days`,
              }))}
            />
          </Field>
          <FieldGroup
            legend="What it may do"
            error={errorOf("scopes")}
            hint="No token changes roles, people, tokens or secrets."
          >
            {scopes.length === 0 && (
              <p className="text-muted text-sm">Your role here includes nothing a token can do.</p>
            )}
            {scopes.map((scope) => (
              <Checkbox
                // Another place offers other scopes, and begins with the reading ones again.
                key={`${at} ${scope}`}
                name={`scope ${scope}`}
                label={<span className="font-mono">{scope}</span>}
                hint={scopeWords[scope]}
                defaultChecked={onlyReads(scope) && !ofPeople.includes(scope)}
              />
            ))}
          </FieldGroup>
        </>
      )}
    </FormDialog>
  );
}
