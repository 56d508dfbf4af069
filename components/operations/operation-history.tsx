import { ExchangeList, type ExchangeView } from "#components/operations/exchange-list";
import { operationLooks } from "#components/operations/operation-state";
import {
  type OperationView,
  operationName,
  StepTimeline,
} from "#components/operations/step-timeline";
import { CodeBlock } from "#components/ui/code-block";
import { LogView } from "#components/ui/log-view";
import { Panel } from "#components/ui/panel";
import { RelativeTime } from "#components/ui/relative-time";
import { StateText } from "#components/ui/state-text";
import { Tabs } from "#components/ui/tabs";
import { TextLink } from "#components/ui/text-link";
import type { OperationState } from "#lib/domain/operation/operation";

const jobWords: Record<string, string> = {
  sanitize: "wipe",
  install: "installation",
  inspect: "inspection",
};

type Entry = OperationView & {
  state: OperationState;
  createdAt: string;
  requestedByName: string | null;
};

/** What was done to a node: every operation, and of the chosen one its steps, log and exchanges. */
export function OperationHistory({
  path,
  operations,
  shownId,
  evidence,
}: {
  path: string;
  operations: readonly Entry[];
  shownId: string;
  evidence: {
    asked: readonly { step: string | null; label: string; times: number; isShown: boolean }[];
    exchanges: readonly ExchangeView[];
    log: readonly { id: number; at: string; source: string; level: string; message: string }[];
    jobLog: { purpose: string; at: string; text: string } | null;
  };
}) {
  const shown = operations.find((operation) => operation.id === shownId);
  const { asked } = evidence;
  const times = asked.find(({ isShown }) => isShown)?.times ?? 0;
  return (
    <div className="grid gap-4 lg:grid-cols-[16rem_minmax(0,1fr)]">
      <Panel title="Operations" padded={false}>
        <ul className="divide-y divide-line text-sm">
          {operations.map((operation) => (
            <li
              key={operation.id}
              className={operation.id === shownId ? "bg-hover px-4 py-2" : "px-4 py-2"}
            >
              <TextLink href={`${path}?operation=${operation.id}`} quiet>
                {operationName(operation.kind)}
              </TextLink>
              <StateText {...operationLooks[operation.state]} />
              <p className="text-faint text-xs">
                <RelativeTime at={operation.createdAt} focusable={false} />
                {operation.requestedByName && `, by ${operation.requestedByName}`}
              </p>
            </li>
          ))}
        </ul>
      </Panel>
      {shown && (
        <div className="flex min-w-0 flex-col gap-4">
          <Panel title={operationName(shown.kind)} meta={operationLooks[shown.state].word}>
            {shown.reason && <p className="mb-3 text-critical text-sm">{shown.reason}</p>}
            <StepTimeline operation={shown} />
          </Panel>
          <Panel title="Log">
            <LogView
              label={`Log of ${operationName(shown.kind)}`}
              empty="No lines yet. They begin with the first step."
              lines={evidence.log.map((line) => ({
                id: String(line.id),
                at: line.at,
                level:
                  line.level === "warning" ? "warn" : line.level === "error" ? "error" : "info",
                text: line.message,
                source: line.source === "worker" ? null : line.source,
              }))}
            />
          </Panel>
          {evidence.jobLog && (
            <Panel
              title="Log of the node itself"
              meta={
                <>
                  sent <RelativeTime at={evidence.jobLog.at} />, secrets removed
                </>
              }
              padded={false}
            >
              <details>
                <summary className="cursor-pointer px-4 py-2 text-sm hover:bg-hover">
                  The end of what the {jobWords[evidence.jobLog.purpose] ?? "job"} and its kernel
                  wrote
                </summary>
                <div className="px-4 pb-3">
                  <CodeBlock label="log of the node itself" code={evidence.jobLog.text.trimEnd()} />
                </div>
              </details>
            </Panel>
          )}
          <Panel
            title="Controller exchanges"
            meta={`last ${evidence.exchanges.length} of ${times} in this step, secrets removed`}
            padded={false}
          >
            {evidence.exchanges.length === 0 ? (
              <p className="px-4 py-3 text-muted text-sm">
                The controller has not been spoken to in this operation.
              </p>
            ) : (
              <>
                <Tabs
                  label="Controller exchanges, step by step"
                  className="px-4"
                  items={asked.map(({ step, label, times: count, isShown }) => ({
                    href: `${path}?operation=${shown.id}&step=${step ?? ""}`,
                    label,
                    count,
                    active: isShown,
                  }))}
                />
                <ExchangeList exchanges={evidence.exchanges} />
              </>
            )}
          </Panel>
        </div>
      )}
    </div>
  );
}
