import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { PageCalls } from "#components/api/page-calls";
import { ReplayPanel } from "#components/dry-runs/replay-panel";
import { HookRunStateText } from "#components/hooks/hook-run-state";
import { StopAskingDialog } from "#components/hooks/stop-asking-dialog";
import { CodeBlock } from "#components/ui/code-block";
import { PageHeader } from "#components/ui/page-header";
import { Panel } from "#components/ui/panel";
import { operatorMay } from "#lib/access/policy";
import { apiCall } from "#lib/api/table";
import { readSettings } from "#lib/config/env";
import { hasHookEnded, hookKindWords, hookPointWords } from "#lib/domain/hook/hook";
import { database } from "#lib/server/database";
import { requireFleetGrant } from "#lib/server/require-grant";
import { replaysOf } from "#lib/views/dry-runs";
import { hookRunDetail, type PlacedRun } from "#lib/views/hook-runs";
import { replayHookAction, stopAskingAction } from "../actions";

export const metadata: Metadata = { title: "Run of a hook" };

export default async function HookRunPage({ params }: PageProps<"/fleet/hooks/[hookRunId]">) {
  const grant = await requireFleetGrant("fleet.read");
  const run = await hookRunDetail(database(), grant, (await params).hookRunId);
  if (!run) notFound();
  const replays = await replaysOf(database(), grant, run.id);
  const { environment, tenant, project } = run;
  const mayReplay = operatorMay(grant.operatorRole, "catalogue.edit");
  const mayStop = run.mayStop && operatorMay(grant.operatorRole, "node.operate");
  const { origin } = readSettings();
  const here = { hookRun: run.id };
  return (
    <>
      <PageHeader
        title={`Hook ${run.name}`}
        breadcrumbs={[{ label: "Approvals and hooks", href: "/fleet/hooks" }, { label: run.name }]}
        meta={`${environment.name} of ${tenant.name}, ${project.name}`}
        description={`${hookKindWords[run.kind]}. ${hookPointWords[run.point]}.`}
        actions={mayStop && <StopAskingDialog run={run} stop={stopAskingAction} />}
      />
      <Panel title="As it was recorded">
        <div className="flex flex-col gap-4">
          <p className="text-sm">
            <HookRunStateText state={run.state} /> {run.words !== "done" && run.words}
          </p>
          <CodeBlock code={JSON.stringify(run.input, null, 2)} label="Went in" />
          {run.outputs && (
            <CodeBlock code={JSON.stringify(run.outputs, null, 2)} label="Came out" />
          )}
          {run.log && <CodeBlock code={run.log} label="Log" />}
        </div>
      </Panel>
      <ReplayPanel
        run={run}
        replays={replays}
        against={whyNot(run)}
        replay={mayReplay ? replayHookAction : undefined}
      />
      <PageCalls
        calls={[
          { label: "List its replays", call: apiCall("listReplays", origin, here) },
          ...(mayReplay && whyNot(run) === null
            ? [{ label: "Replay it", call: apiCall("replayHook", origin, here) }]
            : []),
          ...(mayStop
            ? [
                {
                  label: "Stop asking",
                  call: apiCall("stopAsking", origin, here),
                  body: { reason: "WHY" },
                },
              ]
            : []),
        ]}
      />
    </>
  );
}

function whyNot(run: PlacedRun): string | null {
  if (run.kind !== "http") return "Only a hook that asks a provider can be replayed.";
  if (!hasHookEnded(run.state)) return "It has not ended.";
  return run.state === "skipped" ? "It was skipped: its provider was not asked." : null;
}
