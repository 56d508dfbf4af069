import { StateBadge } from "#components/ui/state-text";
import { type Column, DataTable } from "#components/ui/table";
import { TextLink } from "#components/ui/text-link";
import { operationLabels } from "#lib/domain/environment/words";
import { type FailurePolicy, hookKindWords, hookPointWords } from "#lib/domain/hook/hook";
import { type PlannedHook, plannedOperations } from "#lib/domain/hook/plan";
import { runsOnNodes } from "#lib/domain/hook/script";
import { approverWords, secondsWords, waitWords } from "#lib/domain/hook/words";
import type { EnvironmentOperation } from "#lib/domain/operation/operation";

type Props = {
  plan: readonly PlannedHook[];
  providers: readonly { id: string; name: string }[];
  /** Where the page is narrowed to one hook; null where it is so already. */
  narrowTo: ((hook: string) => string) | null;
};

/** The hooks of each operation in the order in which they would run, with what is skipped and why. */
export function LifePlan({ plan, providers, narrowTo }: Props) {
  const of = (operation: EnvironmentOperation) =>
    plan.filter((planned) => planned.operation === operation);
  const without = plannedOperations.filter((operation) => of(operation).length === 0);
  return (
    <>
      {plannedOperations.map((operation) => {
        const rows = of(operation);
        if (rows.length === 0) return null;
        return (
          <section key={operation} className="border-line border-b last:border-b-0">
            <h3 className="px-4 pt-3 pb-1 font-medium text-sm">{operationLabels[operation]}</h3>
            <DataTable
              label={`Hooks of a ${operationLabels[operation].toLowerCase()}`}
              rows={rows}
              rowKey={({ hook }) => hook.name}
              columns={columnsOf(providers, narrowTo)}
            />
          </section>
        );
      })}
      {of("environment.act").length > 0 && (
        <section className="border-line border-b last:border-b-0">
          <h3 className="px-4 pt-3 pb-1 font-medium text-sm">Actions</h3>
          <DataTable
            label="Hooks of actions"
            rows={of("environment.act")}
            rowKey={({ hook, action }) => `${action?.name} ${hook.name}`}
            columns={columnsOf(providers, narrowTo)}
          />
        </section>
      )}
      {without.length > 0 && (
        <p className="px-4 py-3 text-muted text-sm">
          Nothing runs besides at: {without.map((each) => operationLabels[each]).join(", ")}.
        </p>
      )}
    </>
  );
}

function columnsOf(
  providers: Props["providers"],
  narrowTo: Props["narrowTo"],
): Column<PlannedHook>[] {
  return [
    {
      id: "hook",
      header: "Hook",
      rowHeader: true,
      cell: ({ hook }) => (
        <>
          {narrowTo && (hook.kind === "http" || runsOnNodes(hook)) ? (
            <TextLink href={narrowTo(hook.name)} quiet>
              <span className="font-mono">{hook.name}</span>
            </TextLink>
          ) : (
            <span className="font-mono">{hook.name}</span>
          )}
          <span className="block text-faint text-xs">{hookKindWords[hook.kind]}</span>
        </>
      ),
    },
    {
      id: "when",
      header: "When",
      cell: ({ hook, isGate, action }) => (
        <span className="text-muted text-xs">
          {action ? `When "${action.label}" is pressed` : hookPointWords[hook.point]}
          {!isGate && ". Nothing waits for it."}
        </span>
      ),
    },
    {
      id: "does",
      header: "Would",
      className: "md:w-2/5",
      cell: (planned) => (
        <span className="break-words text-sm">
          <RunsText planned={planned} />
          <span className="block text-muted text-xs">{doesWords(planned, providers)}</span>
        </span>
      ),
    },
  ];
}

function RunsText({ planned: { skipped, isOfFailure } }: { planned: PlannedHook }) {
  if (skipped !== null) return <StateBadge kind="neutral" word="Be skipped" />;
  if (isOfFailure) return <StateBadge kind="attention" word="Run if it fails" />;
  return <StateBadge kind="ok" word="Run" />;
}

const failureEnds = {
  abort: "",
  continue: " The operation goes on when it fails.",
  quarantine: " The nodes it fails on are quarantined.",
} as const satisfies Record<FailurePolicy, string>;

function doesWords({ hook, skipped }: PlannedHook, providers: Props["providers"]): string {
  if (skipped !== null) return skipped;
  const within = secondsWords(hook.seconds);
  const end = failureEnds[hook.onFailure];
  switch (hook.kind) {
    case "http": {
      const name = providers.find(({ id }) => id === hook.providerId)?.name;
      return `Asks ${name ?? "a provider that is not registered"}, done within ${within}.${end}`;
    }
    case "script":
      return `Runs on each node, done within ${within}. Here on one that is lent for it.${end}`;
    case "approval":
      return `Waits for a decision by ${approverWords(hook.approvers)}, ${within} at most.${end}`;
    case "wait":
      if (hook.until) return `It ${waitWords(hook)}. Here it is not asked.${end}`;
      return runsOnNodes(hook)
        ? `It ${waitWords(hook)}. Here it is asked once, on one that is lent for it.${end}`
        : `Waits for ${within}.`;
  }
}
