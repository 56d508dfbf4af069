"use client";

import { useRef, useState } from "react";
import { AddressRangeDialog } from "#components/nodes/address-range-dialog";
import { type EnrolmentLine, EnrolmentLines } from "#components/nodes/enrolment-lines";
import { Button } from "#components/ui/button";
import { Callout } from "#components/ui/callout";
import { Field } from "#components/ui/field";
import { FormMessage } from "#components/ui/form-message";
import { Input } from "#components/ui/input";
import { LinkButton } from "#components/ui/link-button";
import { Panel } from "#components/ui/panel";
import { Textarea } from "#components/ui/textarea";
import { secretOf, textOf } from "#lib/client/form-values";
import { readTextFile } from "#lib/client/read-text-file";
import { useSubmission } from "#lib/client/use-submission";
import { longestSheet, mostSheetLines } from "#lib/domain/node/enrolment-plan";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";

type Sheet = { text: string; username: string; password: string };
type Send = (input: Sheet) => Promise<Result<EnrolmentLine[], Refusal>>;

export type EnrolSheetFormProps = {
  racks: { id: string; name: string }[];
  nodeTypes: { id: string; name: string }[];
  /** Says line by line what would happen; writes nothing. */
  check: Send;
  enrol: Send;
};

export const sheetHeading = "name,controller,node_type,rack,unit";

type Outcome = { kind: "checked" | "enrolled"; lines: EnrolmentLine[] };

/** Enrols a list of nodes: entered, chosen as a file or made of an address range, and checked first. */
export function EnrolSheetForm({ racks, nodeTypes, check, enrol }: EnrolSheetFormProps) {
  const submission = useSubmission();
  const [text, setText] = useState("");
  const [fileProblem, setFileProblem] = useState<string>();
  const [outcome, setOutcome] = useState<Outcome>();
  const file = useRef<HTMLInputElement>(null);
  const form = useRef<HTMLFormElement>(null);

  function change(next: string) {
    setText(next);
    setOutcome(undefined);
    setFileProblem(undefined);
    submission.clear();
  }

  function send(kind: Outcome["kind"]) {
    if (!form.current) return;
    const problem = whyTooLong(text);
    if (problem) {
      setFileProblem(problem);
      return;
    }
    const entered = new FormData(form.current);
    const sheet = {
      text,
      username: textOf(entered, "username"),
      password: secretOf(entered, "password"),
    };
    submission.send(
      () => (kind === "checked" ? check(sheet) : enrol(sheet)),
      (lines) => setOutcome({ kind, lines }),
    );
  }

  async function choose(chosen: File | undefined) {
    if (!chosen) return;
    const read = await readTextFile(chosen);
    const problem = typeof read === "string" ? whyTooLong(read) : read.problem;
    if (problem) setFileProblem(problem);
    else if (typeof read === "string") change(read);
  }

  const ready = outcome?.kind === "checked" ? count(outcome.lines, "enrol") : 0;
  return (
    <form
      ref={form}
      className="flex flex-col gap-4"
      noValidate
      onChange={(event) => {
        // Another sign-in makes other lines: what was checked is not what would be sent.
        if ((event.target as HTMLElement).closest("[data-sign-in]")) setOutcome(undefined);
      }}
      onSubmit={(event) => {
        event.preventDefault();
        send("checked");
      }}
    >
      <Panel
        title="Nodes"
        actions={
          <>
            <input
              ref={file}
              type="file"
              accept=".csv,.tsv,.txt,text/csv,text/plain"
              className="sr-only"
              tabIndex={-1}
              aria-label="File with a list of nodes"
              onChange={(event) => {
                void choose(event.target.files?.[0]);
                event.target.value = "";
              }}
            />
            <Button size="sm" onClick={() => file.current?.click()}>
              Choose a file
            </Button>
            <AddressRangeDialog
              racks={racks}
              nodeTypes={nodeTypes}
              add={(lines) => change(withLines(text, lines))}
            />
          </>
        }
      >
        <Field
          label="List"
          required
          error={fileProblem ?? submission.errorOf("text")}
          hint={
            <>
              The first line names the columns: name, controller, node_type and rack have to be
              there; unit, username, password, fingerprint and address may be. Comma, semicolon or
              tab between them.
            </>
          }
        >
          <Textarea
            mono
            className="overflow-x-auto whitespace-pre"
            rows={10}
            name="text"
            value={text}
            spellCheck={false}
            autoComplete="off"
            placeholder={`${sheetHeading}\ngpu-r07-n01,10.0.8.21,dgx-h100,r07,1`}
            onChange={(event) => change(event.target.value)}
          />
        </Field>
        <fieldset className="mt-4 grid max-w-2xl gap-4 sm:grid-cols-2" data-sign-in="">
          <legend className="sr-only">Sign-in for lines without one</legend>
          <Field
            label="User name"
            optional
            error={submission.errorOf("username")}
            hint="For the lines that name none."
          >
            <Input name="username" autoComplete="off" spellCheck={false} />
          </Field>
          <Field
            label="Password"
            optional
            error={submission.errorOf("password")}
            hint="Sealed at once; only the worker can open it."
          >
            <Input name="password" type="password" autoComplete="new-password" />
          </Field>
        </fieldset>
        <FormMessage message={submission.message} />
        <div className="mt-4 flex flex-wrap items-center gap-2">
          <Button
            type="submit"
            variant={ready > 0 ? "secondary" : "primary"}
            pending={submission.pending}
            pendingLabel="Checking…"
          >
            Check
          </Button>
          <Button
            variant={ready > 0 ? "primary" : "secondary"}
            pending={submission.pending}
            disabledReason={whyNotEnrol(outcome, ready)}
            reasonPlacement="beside"
            onClick={() => send("enrolled")}
          >
            {ready > 0 ? `Enrol ${ready} ${ready === 1 ? "node" : "nodes"}` : "Enrol"}
          </Button>
        </div>
      </Panel>
      {outcome?.kind === "enrolled" && (
        <Callout
          kind="ok"
          role="status"
          title={`${count(outcome.lines, "enrol")} enrolled`}
          action={<LinkButton href="/fleet/onboarding">See how they come along</LinkButton>}
        >
          Lines with something wrong were left out. Correct them here and check again: what is
          enrolled stays as it is.
        </Callout>
      )}
      {outcome && <EnrolmentLines {...outcome} />}
    </form>
  );
}

function whyNotEnrol(outcome: Outcome | undefined, ready: number): string | null {
  if (!outcome) return "Check the list first.";
  if (outcome.kind === "enrolled") return "It has been done. Check again after a change.";
  return ready === 0 ? "No line can be enrolled as it is." : null;
}

/** A long list is said to be so before it is drawn or sent. */
function whyTooLong(text: string): string | undefined {
  const lines = text.split("\n").length;
  if (lines <= mostSheetLines + 1 && new Blob([text]).size <= longestSheet) return undefined;
  return `This list has ${lines.toLocaleString("en")} lines; at most ${mostSheetLines.toLocaleString("en")} are taken at once. Split it.`;
}

function count(lines: readonly EnrolmentLine[], outcome: EnrolmentLine["outcome"]): number {
  return lines.filter((line) => line.outcome === outcome).length;
}

/** Lines of a range, below what is there; the heading is theirs when there is none yet. */
function withLines(text: string, lines: readonly string[]): string {
  const before = text.trim() === "" ? sheetHeading : text.trimEnd();
  return [before, ...lines, ""].join("\n");
}
