"use client";

import { useTransition } from "react";
import { DifferenceList } from "#components/nodes/difference-list";
import { type AcceptVariant, VariantDialog } from "#components/nodes/variant-dialog";
import { Button } from "#components/ui/button";
import { Panel } from "#components/ui/panel";
import { RelativeTime } from "#components/ui/relative-time";
import { notify } from "#components/ui/toaster";
import { whyRefused } from "#lib/client/ask";
import type { Id } from "#lib/domain/id";
import type { Difference } from "#lib/domain/node/node-type";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";

type Accepted = Pick<Difference, "field" | "expected" | "found"> & {
  reason: string;
  by: string;
  at: string;
};

export type DifferencesPanelProps = {
  node: {
    id: Id<"node">;
    name: string;
    nodeType: { name: string };
    differences: readonly Difference[];
    accepted: readonly Accepted[];
  };
  readOnly: string | null;
  accept: AcceptVariant;
  withdraw: (input: { nodeId: Id<"node"> }) => Promise<Result<unknown, Refusal>>;
};

/** Where a node is not what its type says: what keeps it back, and what was accepted as it is. */
export function DifferencesPanel({ node, readOnly, accept, withdraw }: DifferencesPanelProps) {
  const [pending, startTransition] = useTransition();
  const { differences, accepted } = node;
  return (
    <Panel
      title="Differences from the node type"
      meta={node.nodeType.name}
      actions={
        <>
          {differences.length > 0 && (
            <VariantDialog
              node={node}
              differences={differences}
              readOnly={readOnly}
              accept={accept}
            />
          )}
          {accepted.length > 0 && (
            <Button
              size="sm"
              pending={pending}
              disabledReason={readOnly}
              onClick={() =>
                startTransition(async () => {
                  const refused = await whyRefused(() => withdraw({ nodeId: node.id }));
                  if (refused) notify(refused, { kind: "critical" });
                })
              }
            >
              Withdraw what was accepted
            </Button>
          )}
        </>
      }
    >
      {differences.length > 0 && <DifferenceList differences={differences} />}
      {accepted.length > 0 && (
        <ul className={differences.length > 0 ? "mt-4 flex flex-col gap-2" : "flex flex-col gap-2"}>
          {accepted.map(({ field, expected, found, reason, by, at }) => (
            <li key={`${field} ${found}`} className="text-sm">
              <span className="text-muted">Accepted:</span> {found ?? "unknown"} in place of{" "}
              {expected}. <q>{reason}</q>
              <span className="block text-faint text-xs">
                {by}, <RelativeTime at={at} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
