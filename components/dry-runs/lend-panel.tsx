"use client";

import { useState } from "react";
import { DryRunCalls } from "#components/dry-runs/dry-run-calls";
import { ScriptRun } from "#components/hooks/script-run";
import { LiveRefresh } from "#components/nodes/live-refresh";
import { lifecycleLooks } from "#components/nodes/node-state";
import { operationLooks } from "#components/operations/operation-state";
import { StepTimeline } from "#components/operations/step-timeline";
import { Button } from "#components/ui/button";
import { ConfirmDialog } from "#components/ui/confirm-dialog";
import { Field } from "#components/ui/field";
import { Panel } from "#components/ui/panel";
import { RelativeTime } from "#components/ui/relative-time";
import { Select } from "#components/ui/select";
import { StateBadge } from "#components/ui/state-text";
import { TextLink } from "#components/ui/text-link";
import { whyRefused } from "#lib/client/ask";
import type { Id } from "#lib/domain/id";
import { hasEnded } from "#lib/domain/operation/operation";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { TakeBackNodeInput } from "#lib/schemas/dry-run";
import type { DryRunView, LentView } from "#lib/schemas/dry-run-view";

type LentRun = DryRunView & { lent: LentView };

type Props = {
  /** What a node is lent for, and what stands on the button that lends it. */
  words: { title: string; description: string; act: string; runs: string };
  /** Free nodes of a type that is taken, by name. */
  nodes: readonly { id: Id<"node">; name: string; nodeType: string }[];
  runs: readonly DryRunView[];
  /** Why none can be lent now, or null. */
  against: string | null;
  /** Absent for those who may only look. */
  lend?: ((nodeId: Id<"node">) => Promise<Result<unknown, Refusal>>) | undefined;
  takeBack?: ((input: TakeBackNodeInput) => Promise<Result<unknown, Refusal>>) | undefined;
};

/** Where an operator lends a free node to a dry run, so that its scripts run; and what they came to. */
export function LendPanel({ words, nodes, runs, against, lend, takeBack }: Props) {
  const [chosen, setChosen] = useState("");
  const node = nodes.find(({ id }) => id === chosen);
  const lent = runs.filter(isLent);
  const [newest, ...earlier] = lent;
  const topics = lent
    .filter(isMoving)
    .flatMap((run) => [`dry_run:${run.id}`, `node:${run.lent.node.id}`]);
  return (
    <Panel
      title={words.title}
      meta={topics.length > 0 && <LiveRefresh topics={topics} />}
      description={words.description}
      padded={false}
    >
      {lend && (
        <div className="flex flex-wrap items-end gap-3 border-line border-b px-4 py-3">
          <Field label="Node to lend" hint={nodes.length === 0 ? "None is free." : undefined}>
            <Select
              value={node?.id ?? ""}
              placeholder="Choose a free node"
              options={nodes.map(({ id, name, nodeType }) => ({
                value: id,
                label: `${name}, ${nodeType}`,
              }))}
              onChange={(event) => setChosen(event.target.value)}
            />
          </Field>
          <ConfirmDialog
            trigger={
              <Button
                variant="primary"
                size="sm"
                disabledReason={against ?? (node ? null : "Choose the node to lend.")}
                reasonPlacement="beside"
              >
                {words.act}
              </Button>
            }
            title={`Lend ${node?.name ?? "a node"} to this dry run?`}
            description="It is nobody else's until it has been wiped and validated. You can take it back before."
            consequences={[
              { verb: "Takes", text: "the node out of what tenants can be given" },
              { verb: "Runs", text: words.runs },
              { verb: "Wipes", text: "every drive of it afterwards" },
            ]}
            confirmLabel="Lend it"
            pendingLabel="Lending…"
            onConfirm={() =>
              node ? whyRefused(() => lend(node.id)) : Promise.resolve("Choose the node to lend.")
            }
          />
        </div>
      )}
      {newest ? (
        <Rehearsal run={newest} takeBack={takeBack} />
      ) : (
        <p className="px-4 py-3 text-muted text-sm">No node was lent yet.</p>
      )}
      {earlier.map((run) => (
        <details key={run.id} className="border-line border-t">
          <summary className="cursor-pointer px-4 py-2.5 text-muted text-sm">
            {run.lent.node.name}, <RelativeTime at={run.createdAt} focusable={false} />
          </summary>
          <Rehearsal run={run} />
        </details>
      ))}
    </Panel>
  );
}

function Rehearsal({ run, takeBack }: { run: LentRun; takeBack?: Props["takeBack"] }) {
  const { node, isTakenBack, operation } = run.lent;
  const scripts = run.calls.flatMap(({ name, script }) => (script ? [{ name, script }] : []));
  return (
    <div>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2 text-sm">
        <span>
          <TextLink href={`/fleet/nodes/${node.id}?operation=${operation.id}`}>
            {node.name}
          </TextLink>{" "}
          <StateBadge {...lifecycleLooks[node.lifecycle]} />
        </span>
        <span className="text-muted text-xs">
          Lent by {run.requestedByName}, <RelativeTime at={run.createdAt} focusable={false} />
        </span>
        <StateBadge {...operationLooks[operation.state]} />
        {operation.reason && <span className="text-muted text-xs">{operation.reason}</span>}
        {takeBack && !hasEnded(operation.state) && (
          <ConfirmDialog
            trigger={
              <Button
                size="sm"
                disabledReason={isTakenBack ? "It is being taken back." : null}
                aria-label={`Take back ${node.name}`}
              >
                Take back
              </Button>
            }
            title={`Take ${node.name} back?`}
            description="What has not run by then is not run."
            consequences={[
              { verb: "Breaks off", text: "the script that runs" },
              { verb: "Wipes", text: "the node, which is then validated and free again" },
            ]}
            confirmLabel="Take back"
            pendingLabel="Taking back…"
            onConfirm={() => whyRefused(() => takeBack({ dryRunId: run.id }))}
          />
        )}
      </div>
      <DryRunCalls calls={run.calls} label={`What ran on ${node.name}`} />
      {scripts.length > 0 && (
        <section
          aria-label={`What scripts wrote on ${node.name}`}
          className="flex flex-col gap-3 px-4 py-3"
        >
          {scripts.map(({ name, script }) => (
            <div key={name}>
              <p className="font-mono text-sm">{name}</p>
              <ScriptRun script={script} />
            </div>
          ))}
        </section>
      )}
      <details open={!hasEnded(operation.state)} className="border-line border-t px-4 py-2.5">
        <summary className="cursor-pointer text-muted text-sm">Steps</summary>
        <StepTimeline operation={operation} />
      </details>
    </div>
  );
}

function isLent(run: DryRunView): run is LentRun {
  return run.lent !== null;
}

/** The work on its node is under way, the wipe after it included. */
function isMoving({ isOpen, lent: { node, operation } }: LentRun): boolean {
  return (
    isOpen ||
    !hasEnded(operation.state) ||
    ["releasing", "sanitizing", "validating"].includes(node.lifecycle)
  );
}
