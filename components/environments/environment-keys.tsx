"use client";

import { ChangeKeys, type ChangeKeysProps } from "#components/environments/change-keys";
import { commandDialogs } from "#components/environments/command-dialogs";
import type { EnvironmentActs } from "#components/environments/environment-actions";
import { Button } from "#components/ui/button";
import { Callout } from "#components/ui/callout";
import { ConfirmDialog } from "#components/ui/confirm-dialog";
import { Tag } from "#components/ui/tag";
import { whyRefused } from "#lib/client/ask";
import { keyLines, listed } from "#lib/client/key-lines";
import { newRequestKey } from "#lib/client/request-key";
import { nextState } from "#lib/domain/environment/state";

type Props = ChangeKeysProps & { operate: EnvironmentActs["operate"] };

/** Which keys open the nodes, where each of them is, and the way to change them. */
export function EnvironmentKeys({ environment, offer, change, operate, done }: Props) {
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <h3 className="font-medium text-sm">Keys that open the nodes</h3>
        <ChangeKeys environment={environment} offer={offer} change={change} done={done} />
      </div>
      <ul className="flex flex-col gap-1 text-sm">
        {keyLines(environment).map((line) => (
          <li key={line.fingerprint} className="flex flex-wrap items-baseline gap-x-2">
            <span className={line.isWanted ? undefined : "line-through"}>{line.name}</span>
            {line.ofProject && <Tag>project</Tag>}
            <code className="break-all font-mono text-faint text-xs">{line.fingerprint}</code>
            <span className="text-muted text-xs">{line.where}</span>
          </li>
        ))}
      </ul>
      <KeysDue environment={environment} operate={operate} done={done} />
    </div>
  );
}

/** What is left to do until every node has the keys; nothing when they have. */
function KeysDue({ environment, operate, done }: Pick<Props, "environment" | "operate" | "done">) {
  const due = environment.nodeList.filter((node) => node.releasedAt === null && node.keysDue);
  if (due.length === 0) return null;
  const byReinstall = due.filter((node) => node.keysDue === "reinstall");
  const byStart = due.filter((node) => node.keysDue === "start");
  const command = byStart.length > 0 ? "restart" : "reinstall";
  const isPossible = nextState(environment.state, command) !== undefined;
  const label = command === "restart" ? "Restart to put them on" : "Reinstall to put them on";
  const dialog = commandDialogs[command];
  return (
    <Callout
      kind="attention"
      title="Not every node has these keys yet"
      action={
        isPossible && dialog && environment.may.operate ? (
          <ConfirmDialog
            trigger={<Button size="sm">{label}</Button>}
            title={dialog.title(environment)}
            description={dialog.description?.(environment)}
            consequences={dialog.consequences(environment)}
            confirmName={dialog.typeName ? environment.name : undefined}
            confirmLabel={command === "restart" ? "Restart" : "Reinstall"}
            pendingLabel={dialog.pendingLabel}
            danger={dialog.danger}
            onConfirm={async () => {
              const keyed = { requestKey: newRequestKey(), environmentId: environment.id };
              const refused = await whyRefused(() => operate({ ...keyed, command }));
              done();
              return refused;
            }}
          />
        ) : undefined
      }
    >
      {byStart.length > 0 && (
        <p>
          {listed(byStart.map((node) => node.hostname))} {byStart.length === 1 ? "takes" : "take"}{" "}
          them when next started or restarted from here: nothing reaches into a node that runs.
        </p>
      )}
      {byReinstall.length > 0 && (
        <p>
          {listed(byReinstall.map((node) => node.hostname))}{" "}
          {byReinstall.length === 1 ? "takes" : "take"} them when reinstalled, and not before: the
          system was installed when keys were put on once.
        </p>
      )}
    </Callout>
  );
}
