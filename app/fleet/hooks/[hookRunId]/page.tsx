import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { takeBackNodeAction } from "#app/fleet/templates/actions";
import { PageCalls } from "#components/api/page-calls";
import { ReplayOnNode } from "#components/dry-runs/replay-on-node";
import { ReplayPanel } from "#components/dry-runs/replay-panel";
import { EvidencePart } from "#components/hooks/evidence-part";
import { HookRunStateText } from "#components/hooks/hook-run-state";
import { ScriptRun } from "#components/hooks/script-run";
import { StopAskingDialog } from "#components/hooks/stop-asking-dialog";
import { RunCallTable } from "#components/providers/call-table";
import { PageHeader } from "#components/ui/page-header";
import { Panel } from "#components/ui/panel";
import { operatorMay } from "#lib/access/policy";
import { apiCall } from "#lib/api/table";
import { triedWords } from "#lib/client/run-words";
import { readSettings } from "#lib/config/env";
import { hookKindWords, hookPointWords } from "#lib/domain/hook/hook";
import { database } from "#lib/server/database";
import { requireFleetGrant } from "#lib/server/require-grant";
import { replayScreen } from "#lib/views/dry-runs";
import { hookRunDetail } from "#lib/views/hook-runs";
import { rehearseHookAction, replayHookAction, stopAskingAction } from "../actions";

export const metadata: Metadata = { title: "Run of a hook" };

export default async function HookRunPage({ params }: PageProps<"/fleet/hooks/[hookRunId]">) {
  const grant = await requireFleetGrant("fleet.read");
  const { hookRunId } = await params;
  const run = await hookRunDetail(database(), grant, hookRunId);
  const replay = await replayScreen(database(), grant, hookRunId);
  if (!run || !replay) notFound();
  const { isOnNode, against, lendable, runs: replays } = replay;
  const { environment, tenant, project } = run;
  const mayReplay = operatorMay(grant.operatorRole, "catalogue.edit");
  const mayOperate = operatorMay(grant.operatorRole, "node.operate");
  const mayStop = run.mayStop && mayOperate;
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
          {triedWords(run) && <p className="text-muted text-sm">{triedWords(run)}</p>}
          <EvidencePart title="Went in" code={JSON.stringify(run.input, null, 2)} />
          {run.outputs && (
            <EvidencePart title="Came out" code={JSON.stringify(run.outputs, null, 2)} />
          )}
          {run.log && <EvidencePart title="Log" code={run.log} />}
          {run.scripts.map((script) => (
            <ScriptRun key={script.hostname} script={script} />
          ))}
        </div>
      </Panel>
      {run.kind === "http" && (
        <Panel
          title="Calls"
          meta={String(run.calls)}
          description={
            run.calls > run.latestCalls.length && run.latestCalls.length > 0
              ? `The last ${run.latestCalls.length}`
              : undefined
          }
          padded={false}
        >
          <RunCallTable calls={run.latestCalls} made={run.calls} />
        </Panel>
      )}
      {isOnNode ? (
        <ReplayOnNode
          hookRunId={run.id}
          nodes={lendable}
          replays={replays}
          against={against}
          rehearse={mayOperate ? rehearseHookAction : undefined}
          takeBack={mayOperate ? takeBackNodeAction : undefined}
        />
      ) : (
        <ReplayPanel
          run={run}
          replays={replays}
          against={against}
          replay={mayReplay ? replayHookAction : undefined}
        />
      )}
      <PageCalls
        calls={[
          { label: "Read it", call: apiCall("getHookRun", origin, here) },
          { label: "List its replays", call: apiCall("listReplays", origin, here) },
          ...(mayReplay && !isOnNode && against === null
            ? [{ label: "Replay it", call: apiCall("replayHook", origin, here) }]
            : []),
          ...(mayOperate && isOnNode && against === null
            ? [
                {
                  label: "Replay it on a node",
                  call: apiCall("rehearseHook", origin, here),
                  body: { nodeId: lendable[0]?.id ?? "NODE_ID" },
                },
              ]
            : []),
          ...(mayOperate && isOnNode && replays[0]
            ? [
                {
                  label: "Take the node back",
                  call: apiCall("takeBackNode", origin, { dryRun: replays[0].id }),
                },
              ]
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
