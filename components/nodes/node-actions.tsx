"use client";

import { useState, useTransition } from "react";
import { FormDialog } from "#components/forms/form-dialog";
import { InspectDialog } from "#components/inspections/inspect-dialog";
import { Button } from "#components/ui/button";
import { ConfirmDialog } from "#components/ui/confirm-dialog";
import { Field } from "#components/ui/field";
import { FormMessage } from "#components/ui/form-message";
import { Input } from "#components/ui/input";
import { Textarea } from "#components/ui/textarea";
import { notify } from "#components/ui/toaster";
import { ask, whyRefused } from "#lib/client/ask";
import { textOf } from "#lib/client/form-values";
import type { Id } from "#lib/domain/id";
import type { InspectionOrder } from "#lib/domain/inspection/order";
import { type Refusal, refusalMessage } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";

type Act<T> = (input: T) => Promise<Result<unknown, Refusal>>;

export type NodeActionsProps = {
  node: { id: Id<"node">; name: string; maintenance: boolean; cordoned: boolean };
  /** Why an act has no place now, by act. */
  whyNot: Partial<
    Record<"verify" | "sanitize" | "inspect" | "quarantined" | "retired", string | undefined>
  >;
  /** Set where the reader may look but not act. */
  readOnly: string | null;
  order: Act<
    | { nodeId: Id<"node">; order: "verify" | "sanitize" }
    | { nodeId: Id<"node">; order: "inspect"; inspection: InspectionOrder }
  >;
  setAside: Act<{ nodeId: Id<"node">; to: "quarantined" | "retired"; reason: string }>;
  flag: Act<{ nodeId: Id<"node">; flag: "maintenance" | "cordoned"; on: boolean; reason: string }>;
};

/** What an operator can tell a node, each with its consequences before it is confirmed. */
export function NodeActions({ node, whyNot, readOnly, order, setAside, flag }: NodeActionsProps) {
  const [refused, setRefused] = useState<string>();
  const [pending, startTransition] = useTransition();

  return (
    <div className="flex flex-col items-end gap-2">
      <div className="flex flex-wrap justify-end gap-2">
        <Button
          pending={pending}
          disabledReason={readOnly ?? whyNot.verify}
          onClick={() =>
            startTransition(async () => {
              setRefused(await whyRefused(() => order({ nodeId: node.id, order: "verify" })));
            })
          }
        >
          Verify
        </Button>
        <InspectDialog
          nodeName={node.name}
          disabledReason={readOnly ?? whyNot.inspect}
          inspect={(inspection) => order({ nodeId: node.id, order: "inspect", inspection })}
        />
        <ConfirmDialog
          trigger={<Button disabledReason={readOnly ?? whyNot.sanitize}>Sanitize</Button>}
          title={`Sanitize ${node.name}`}
          consequences={[
            { verb: "Wipes", text: "every drive that the wipe job finds" },
            { verb: "Leads to", text: "available, if the wipe and the comparison succeed" },
          ]}
          confirmName={node.name}
          confirmLabel="Sanitize"
          pendingLabel="Queueing…"
          onConfirm={() => whyRefused(() => order({ nodeId: node.id, order: "sanitize" }))}
        />
        {(["maintenance", "cordoned"] as const).map((name) => (
          <FlagDialog
            key={name}
            name={name}
            on={node[name]}
            nodeName={node.name}
            readOnly={readOnly}
            set={(on, why) => flag({ nodeId: node.id, flag: name, on, reason: why })}
          />
        ))}
        {(["quarantined", "retired"] as const).map((to) => (
          <SetAsideDialog
            key={to}
            to={to}
            nodeName={node.name}
            disabledReason={readOnly ?? whyNot[to]}
            setAside={(reason) => setAside({ nodeId: node.id, to, reason })}
          />
        ))}
      </div>
      <FormMessage message={refused} />
    </div>
  );
}

const asideWords = {
  quarantined: {
    act: "Quarantine",
    consequences: [
      { verb: "Ends", text: "work that is under way on the node" },
      { verb: "Keeps", text: "tenants off it until it has been sanitized" },
    ],
  },
  retired: {
    act: "Retire",
    consequences: [
      { verb: "Removes", text: "the node from the fleet; its history stays" },
      { verb: "Frees", text: "its controller address for another node" },
    ],
  },
} as const;

function SetAsideDialog({
  to,
  nodeName,
  disabledReason,
  setAside,
}: {
  to: keyof typeof asideWords;
  nodeName: string;
  disabledReason: string | undefined;
  setAside: (reason: string) => Promise<Result<unknown, Refusal>>;
}) {
  const [reason, setReason] = useState("");
  const [wrong, setWrong] = useState<string>();
  const { act, consequences } = asideWords[to];
  return (
    <ConfirmDialog
      trigger={
        <Button variant="danger-quiet" disabledReason={disabledReason}>
          {act}
        </Button>
      }
      onOpenChange={() => {
        setReason("");
        setWrong(undefined);
      }}
      title={`${act} ${nodeName}`}
      consequences={consequences}
      confirmName={nodeName}
      confirmLabel={act}
      onConfirm={async () => {
        const result = await ask(() => setAside(reason));
        if (result.ok) return;
        const { refusal } = result;
        const marked = refusal.kind === "invalid_input" ? refusal.fields.reason : undefined;
        setWrong(marked);
        return marked ? "Nothing was done yet: see what is marked above." : refusalMessage(refusal);
      }}
    >
      <Field label="Reason" required error={wrong} hint="Kept with the node and in the audit log.">
        <Textarea
          rows={2}
          maxLength={500}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
      </Field>
    </ConfirmDialog>
  );
}

const flagWords = {
  maintenance: { set: "Set maintenance", clear: "End maintenance" },
  cordoned: { set: "Cordon", clear: "Uncordon" },
} as const;

function FlagDialog({
  name,
  on,
  nodeName,
  readOnly,
  set,
}: {
  name: "maintenance" | "cordoned";
  on: boolean;
  nodeName: string;
  readOnly: string | null;
  set: (on: boolean, reason: string) => Promise<Result<unknown, Refusal>>;
}) {
  const [pending, startTransition] = useTransition();
  const words = on ? flagWords[name].clear : flagWords[name].set;

  if (on) {
    return (
      <Button
        pending={pending}
        disabledReason={readOnly}
        onClick={() =>
          startTransition(async () => {
            const refused = await whyRefused(() => set(false, ""));
            if (refused) notify(refused, { kind: "critical" });
          })
        }
      >
        {words}
      </Button>
    );
  }
  return (
    <FormDialog
      trigger={<Button disabledReason={readOnly}>{words}</Button>}
      title={`${words}: ${nodeName}`}
      description="Keeps the node from being given out. A running environment is not touched."
      size="sm"
      submitLabel={words}
      pendingLabel="Saving…"
      send={(form) => set(true, textOf(form, "reason"))}
    >
      {(errorOf) => (
        <Field
          label="Reason"
          required
          error={errorOf("reason")}
          hint="Kept with the node and in the audit log."
        >
          <Input name="reason" maxLength={500} autoComplete="off" />
        </Field>
      )}
    </FormDialog>
  );
}
