"use client";

import { useState, useTransition } from "react";
import { Button } from "#components/ui/button";
import { Checkbox } from "#components/ui/checkbox";
import { FormMessage } from "#components/ui/form-message";
import { Panel } from "#components/ui/panel";
import { DataTable } from "#components/ui/table";
import { TextLink } from "#components/ui/text-link";
import { whyRefused } from "#lib/client/ask";
import type { Id } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";

export type CertificatesPanelProps = {
  total: number;
  shown: {
    nodeId: Id<"node">;
    name: string;
    place: string;
    controllerAddress: string;
    fingerprint: string;
  }[];
  /** Set where the reader may look but not act. */
  readOnly: string | null;
  confirm: (input: {
    certificates: { nodeId: Id<"node">; fingerprint: string }[];
  }) => Promise<Result<unknown, Refusal>>;
};

/** Controllers whose certificate an operator has to confirm before anything is sent to them. */
export function CertificatesPanel({ total, shown, readOnly, confirm }: CertificatesPanelProps) {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [refused, setRefused] = useState<string>();
  const [pending, startTransition] = useTransition();
  // What was confirmed meanwhile is not shown any more, and not chosen either.
  const certificates = shown
    .filter((each) => chosen.has(each.nodeId))
    .map(({ nodeId, fingerprint }) => ({ nodeId, fingerprint }));
  const isAll = certificates.length === shown.length;

  function choose(nodeIds: readonly string[], on: boolean) {
    const next = new Set(chosen);
    for (const id of nodeIds) {
      if (on) next.add(id);
      else next.delete(id);
    }
    setChosen(next);
  }

  return (
    <Panel
      title="Certificates to confirm"
      meta={`${total} ${total === 1 ? "controller" : "controllers"}`}
      padded={false}
    >
      <p className="max-w-prose px-4 pt-2 text-muted text-sm">
        Compare each fingerprint with the controller's own. Nothing is sent to a controller before
        its certificate is confirmed; a list with a fingerprint column saves this step.
      </p>
      <DataTable
        label="Certificates to confirm"
        rows={shown}
        rowKey={(each) => each.nodeId}
        columns={[
          {
            id: "chosen",
            header: "Chosen",
            headerHidden: true,
            className: "md:w-8",
            cell: (each) => (
              <Checkbox
                label={`Choose ${each.name}`}
                labelHidden
                checked={chosen.has(each.nodeId)}
                onChange={(event) => choose([each.nodeId], event.target.checked)}
              />
            ),
          },
          {
            id: "name",
            header: "Node",
            rowHeader: true,
            cell: (each) => (
              <TextLink href={`/fleet/nodes/${each.nodeId}`} quiet>
                {each.name}
              </TextLink>
            ),
          },
          { id: "place", header: "Place", wideOnly: true, cell: (each) => each.place },
          { id: "controller", header: "Controller", cell: (each) => each.controllerAddress },
          {
            id: "fingerprint",
            header: "SHA-256",
            cell: (each) => (
              <code className="block break-all font-mono text-xs leading-5">
                {each.fingerprint}
              </code>
            ),
          },
        ]}
      />
      <div className="flex flex-wrap items-center gap-3 border-line border-t px-4 py-2.5">
        <Checkbox
          label={
            total > shown.length ? `All ${shown.length} shown of ${total}` : `All ${shown.length}`
          }
          checked={isAll && shown.length > 0}
          onChange={(event) =>
            choose(
              shown.map((each) => each.nodeId),
              event.target.checked,
            )
          }
        />
        <Button
          variant="primary"
          pending={pending}
          pendingLabel="Confirming…"
          disabledReason={
            readOnly ?? (certificates.length === 0 ? "Choose the ones you compared." : null)
          }
          reasonPlacement="beside"
          onClick={() =>
            startTransition(async () => {
              setRefused(await whyRefused(() => confirm({ certificates })));
            })
          }
        >
          {certificates.length === 0
            ? "Confirm"
            : `Confirm ${certificates.length} ${certificates.length === 1 ? "certificate" : "certificates"}`}
        </Button>
        <FormMessage message={refused} />
      </div>
    </Panel>
  );
}
