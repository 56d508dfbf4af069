"use client";

import { useRef, useState } from "react";
import { PortLines, type PortPlan } from "#components/fabrics/port-lines";
import { Button } from "#components/ui/button";
import { Callout } from "#components/ui/callout";
import { Checkbox } from "#components/ui/checkbox";
import { Field } from "#components/ui/field";
import { FormMessage } from "#components/ui/form-message";
import { LinkButton } from "#components/ui/link-button";
import { Panel } from "#components/ui/panel";
import { Textarea } from "#components/ui/textarea";
import { readTextFile } from "#lib/client/read-text-file";
import { useSubmission } from "#lib/client/use-submission";
import { longestPortSheet } from "#lib/domain/fabric/port-plan";
import type { Id } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";

type Sheet = { fabricId: Id<"fabric">; text: string; isWhole: boolean };
type Send = (input: Sheet) => Promise<Result<PortPlan, Refusal>>;

type Outcome = { kind: "checked" | "placed"; plan: PortPlan };

/** Says where a fabric's ports are plugged in: pasted or chosen as a file, and checked first. */
export function PlacePortsForm({
  fabricId,
  check,
  place,
}: {
  fabricId: Id<"fabric">;
  /** Says line by line what would happen; writes nothing. */
  check: Send;
  place: Send;
}) {
  const submission = useSubmission();
  const [text, setText] = useState("");
  const [isWhole, setWhole] = useState(true);
  const [fileProblem, setFileProblem] = useState<string>();
  const [outcome, setOutcome] = useState<Outcome>();
  const file = useRef<HTMLInputElement>(null);

  function change(next: string) {
    setText(next);
    setOutcome(undefined);
    setFileProblem(undefined);
    submission.clear();
  }

  function send(kind: Outcome["kind"]) {
    const problem = whyTooLong(text);
    if (problem) return setFileProblem(problem);
    submission.send(
      () => (kind === "checked" ? check : place)({ fabricId, text, isWhole }),
      (plan) => setOutcome({ kind, plan }),
    );
  }

  async function choose(chosen: File | undefined) {
    if (!chosen) return;
    const read = await readTextFile(chosen);
    const problem = typeof read === "string" ? whyTooLong(read) : read.problem;
    if (problem) setFileProblem(problem);
    else if (typeof read === "string") change(read);
  }

  const ready =
    outcome?.kind === "checked"
      ? outcome.plan.lines.filter((line) => line.outcome !== "refused").length
      : 0;
  return (
    <form
      className="flex flex-col gap-4"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        send("checked");
      }}
    >
      <Panel
        title="Where ports are plugged in"
        actions={
          <>
            <input
              ref={file}
              type="file"
              accept=".csv,.tsv,.txt,.topo,text/csv,text/plain"
              className="sr-only"
              tabIndex={-1}
              aria-label="File with a list of ports, or the output of ibnetdiscover"
              onChange={(event) => {
                void choose(event.target.files?.[0]);
                event.target.value = "";
              }}
            />
            <Button size="sm" onClick={() => file.current?.click()}>
              Choose a file
            </Button>
          </>
        }
      >
        <Field
          label="List, or output of ibnetdiscover"
          required
          error={fileProblem ?? submission.errorOf("text")}
          hint={
            <>
              A list names its columns in the first line: guid and leaf have to be there; port, rail
              and node may be. The fabric itself tells no rails: those of an earlier list are kept
              for ports that stay at their leaf.
            </>
          }
        >
          <Textarea
            mono
            className="overflow-x-auto whitespace-pre"
            rows={12}
            name="text"
            value={text}
            spellCheck={false}
            autoComplete="off"
            placeholder={"guid,leaf,port,rail\n5c25730312ab34cd,leaf-1,1,1"}
            onChange={(event) => change(event.target.value)}
          />
        </Field>
        <div className="mt-4">
          <Checkbox
            label="This is the whole fabric: ports that are not in it leave"
            checked={isWhole}
            onChange={(event) => {
              setWhole(event.target.checked);
              setOutcome(undefined);
            }}
          />
        </div>
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
            disabledReason={whyNotPlace(outcome, ready)}
            reasonPlacement="beside"
            onClick={() => send("placed")}
          >
            {ready > 0 ? `Place ${ready} ${ready === 1 ? "port" : "ports"}` : "Place"}
          </Button>
        </div>
      </Panel>
      {outcome?.kind === "placed" && (
        <Callout
          kind="ok"
          role="status"
          title="Placed"
          action={<LinkButton href={`/fleet/fabrics/${fabricId}`}>See the fabric</LinkButton>}
        >
          Lines with something wrong were left out. Correct them here and check again.
        </Callout>
      )}
      {outcome && <PortLines {...outcome} />}
    </form>
  );
}

function whyNotPlace(outcome: Outcome | undefined, ready: number): string | null {
  if (!outcome) return "Check it first.";
  if (outcome.kind === "placed") return "It has been done. Check again after a change.";
  return ready === 0 ? "No line can be taken as it is." : null;
}

/** What is too long is said to be so before it is sent. */
function whyTooLong(text: string): string | undefined {
  if (new Blob([text]).size <= longestPortSheet) return undefined;
  return `This is longer than ${longestPortSheet.toLocaleString("en")} bytes. Send it in parts, with "the whole fabric" unchecked.`;
}
