"use client";

import { useRouter } from "next/navigation";
import { type ReactNode, useEffect, useRef } from "react";
import { ActionPanel, type RunAction } from "#components/environments/action-panel";
import type { ChangeInputsProps } from "#components/environments/change-inputs";
import type { ChangeKeysProps } from "#components/environments/change-keys";
import { CostLine } from "#components/environments/cost-line";
import { EnvironmentAccess } from "#components/environments/environment-access";
import {
  EnvironmentActions,
  type EnvironmentActs,
} from "#components/environments/environment-actions";
import { type EnvironmentApi, EnvironmentCalls } from "#components/environments/environment-calls";
import { EnvironmentContents } from "#components/environments/environment-contents";
import { EnvironmentHealth } from "#components/environments/environment-health";
import { EnvironmentInputs } from "#components/environments/environment-inputs";
import { EnvironmentKeys } from "#components/environments/environment-keys";
import { EnvironmentLogPanel } from "#components/environments/environment-log-panel";
import { EnvironmentNetwork } from "#components/environments/environment-network";
import { EnvironmentNodes } from "#components/environments/environment-nodes";
import { LeaseLine, type SetLease } from "#components/environments/lease-line";
import { NewerVersion, type UpgradeEnvironment } from "#components/environments/newer-version";
import { NodeTimelines } from "#components/environments/node-timelines";
import { OperationList } from "#components/environments/operation-list";
import { StateLine } from "#components/environments/state-line";
import { TelemetryPanels } from "#components/environments/telemetry-panels";
import { HookRunsPanel } from "#components/hooks/hook-runs-panel";
import { Callout } from "#components/ui/callout";
import { CopyText } from "#components/ui/copy-button";
import { PageHeader } from "#components/ui/page-header";
import { RelativeTime } from "#components/ui/relative-time";
import { EnvironmentWipes } from "#components/wipes/environment-wipes";
import { shortId } from "#lib/client/format";
import { type Place, useEnvironment } from "#lib/client/use-environment";
import { isInMotion } from "#lib/domain/environment/state";
import { stateLabels } from "#lib/domain/environment/words";
import type { KeyOffer } from "#lib/schemas/catalogue-view";
import type { EnvironmentDetail } from "#lib/schemas/environment-view";

type Props = {
  initial: EnvironmentDetail;
  place: Place;
  breadcrumbs: { label: string; href?: string }[];
  acts: EnvironmentActs & {
    upgrade: UpgradeEnvironment;
    setLease: SetLease;
    changeInputs: ChangeInputsProps["change"];
    changeKeys: ChangeKeysProps["change"];
    runAction: RunAction;
  };
  /** The keys that can be put on its nodes. */
  keyOffer: KeyOffer;
  api: EnvironmentApi;
  /** What the server renders: it is rendered afresh when the environment has moved. */
  readme: ReactNode;
  activity: ReactNode;
};

/** One environment, live: its state in a sentence, what can be done, and everything it is made of. */
export function EnvironmentScreen({
  initial,
  place,
  breadcrumbs,
  acts,
  keyOffer,
  api,
  readme,
  activity,
}: Props) {
  const { environment, live, failing, nowMs, refetch } = useEnvironment(place, initial);
  useRefreshOnMove(environment.generation);
  const inMotion = isInMotion(environment.state);
  const isReleased = environment.state === "released";
  const isGoing = isReleased || environment.state === "releasing";
  const keys = [...keyOffer.sshKeys, ...keyOffer.projectKeys];
  const access = (
    <EnvironmentAccess environment={environment}>
      <EnvironmentKeys
        environment={environment}
        offer={keyOffer}
        change={acts.changeKeys}
        operate={acts.operate}
        done={refetch}
      />
    </EnvironmentAccess>
  );
  const running = environment.nodeList.some((node) => node.node?.lifecycle === "active");

  return (
    <>
      <PageHeader
        title={environment.name}
        breadcrumbs={breadcrumbs}
        meta={
          <>
            <span>
              {environment.templateName} version {environment.templateVersion} on{" "}
              {environment.image.name} {environment.image.version}
            </span>
            <span>
              launched <RelativeTime at={environment.createdAt} /> by {environment.createdByName}
            </span>
            <CopyText
              value={environment.id}
              shown={shortId(environment.id)}
              label="id of this environment"
            />
            <span className="text-faint">{live ? "live" : "looked at every few seconds"}</span>
          </>
        }
        actions={
          isReleased ? undefined : (
            <EnvironmentActions environment={environment} acts={acts} done={refetch} />
          )
        }
      />
      <div className="flex flex-col gap-1">
        <StateLine environment={environment} nowMs={nowMs} />
        {/* Heard when the state changes, and not every second with the clock. */}
        <p role="status" className="sr-only">
          {stateLabels[environment.state]}
        </p>
        <EnvironmentCalls environment={environment} api={api} />
      </div>
      {!isGoing && <LeaseLine environment={environment} setLease={acts.setLease} done={refetch} />}
      <CostLine cost={environment.cost} />
      {!isGoing && readme}
      {!isGoing && (
        <NewerVersion
          place={place}
          environment={environment}
          upgrade={acts.upgrade}
          done={refetch}
          keys={keys}
        />
      )}
      {failing && (
        <Callout kind="attention" title="This page could not be refreshed" role="status">
          What you see was read <RelativeTime at={environment.readAt} />. It is tried again.
        </Callout>
      )}
      {environment.abortRequested && (
        <Callout kind="attention" title="An abort was asked for" role="status">
          What was done is being taken back. A step that must not be broken off is finished first.
        </Callout>
      )}
      <EnvironmentContents environment={environment} />
      {environment.state === "ready" && access}
      <ActionPanel
        environment={environment}
        run={acts.runAction}
        abort={acts.abort}
        api={api.actions}
        done={refetch}
        keys={keys}
      />
      {environment.nodeList.length > 0 && (
        <TelemetryPanels place={place} environment={environment} running={running} />
      )}
      {environment.wipes && environment.wipes.length > 0 && (
        <EnvironmentWipes wipes={environment.wipes} />
      )}
      <EnvironmentHealth reasons={environment.health} />
      <EnvironmentNodes nodes={environment.nodeList} />
      <EnvironmentNetwork items={environment.network} />
      <NodeTimelines nodes={environment.nodeList} />
      <HookRunsPanel
        place={place}
        environment={environment}
        retry={environment.may.operate ? acts.retryHook : undefined}
      />
      <EnvironmentInputs environment={environment} change={acts.changeInputs} done={refetch} />
      <EnvironmentLogPanel place={place} id={environment.id} inMotion={inMotion} />
      {environment.state !== "ready" && !isGoing && access}
      <OperationList operations={environment.operations} />
      {activity}
    </>
  );
}

/** What the server rendered with the page is a move behind once the environment has moved. */
function useRefreshOnMove(generation: number) {
  const router = useRouter();
  const shown = useRef(generation);
  useEffect(() => {
    if (shown.current === generation) return;
    shown.current = generation;
    router.refresh();
  }, [generation, router]);
}
