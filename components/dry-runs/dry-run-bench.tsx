"use client";

import { useState, useTransition } from "react";
import { DryChecks } from "#components/dry-runs/dry-checks";
import { DryRunResults } from "#components/dry-runs/dry-run-results";
import { LendPanel } from "#components/dry-runs/lend-panel";
import { LifePlan } from "#components/dry-runs/life-plan";
import { LiveRefresh } from "#components/nodes/live-refresh";
import { InputFields } from "#components/templates/input-fields";
import { Button } from "#components/ui/button";
import { CodeBlock } from "#components/ui/code-block";
import { Field } from "#components/ui/field";
import { FormMessage } from "#components/ui/form-message";
import { NumberStepper } from "#components/ui/number-stepper";
import { Panel } from "#components/ui/panel";
import { whyRefused } from "#lib/client/ask";
import { formatQuantity } from "#lib/client/format";
import { actionsPlan, askedInDryRun, lifePlan, type PlannedHook } from "#lib/domain/hook/plan";
import { runsOnNodes } from "#lib/domain/hook/script";
import type { Id } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import {
  type DryFacts,
  type DryVersion,
  dryChecks,
  dryUserData,
  standingValues,
} from "#lib/domain/template/dry-run";
import { checkInputs } from "#lib/domain/template/input-values";
import type { InputValue } from "#lib/domain/template/inputs";
import type {
  RehearseTemplateInput,
  StartDryRunInput,
  TakeBackNodeInput,
} from "#lib/schemas/dry-run";
import type { DryRunView } from "#lib/schemas/dry-run-view";

const lendWords = {
  title: "Scripts on a lent node",
  description:
    "A free node boots what a launch would and runs the scripts, with the providers asked as they come; then it is wiped and validated, however that ends. It joins no network of an environment, nobody has a key to it, and it is given no value of a secret input.",
  act: "Lend it and run the scripts",
  runs: "the scripts on it, as root, and asks the providers",
};

type Props = {
  version: DryVersion & { id: Id<"templateVersion">; state: string };
  facts: DryFacts;
  runs: readonly DryRunView[];
  /** Free nodes that may be lent to it. */
  lendable: readonly { id: Id<"node">; name: string; nodeType: string }[];
  /** The one hook that the page is narrowed to. */
  hook: string | null;
  /** The page that it is narrowed from. */
  here: string;
  /** Absent for those who may only look. */
  start?: (input: StartDryRunInput) => Promise<Result<unknown, Refusal>>;
  rehearse?: (input: RehearseTemplateInput) => Promise<Result<unknown, Refusal>>;
  takeBack?: (input: TakeBackNodeInput) => Promise<Result<unknown, Refusal>>;
};

/**
 * A version tried out with the values as they stand: the tenant's own form, every check, what would run
 * when, what cloud-init would be told; and what its providers say when they are asked.
 */
export function DryRunBench(props: Props) {
  const { version, facts, runs, lendable, hook, here, start, rehearse, takeBack } = props;
  const [values, setValues] = useState<Record<string, InputValue>>({});
  const [tried, setTried] = useState<readonly string[]>([]);
  const [counts, setCounts] = useState<Record<string, number>>({});
  const [refused, setRefused] = useState<string>();
  const [pending, startTransition] = useTransition();
  const { inputs, groups } = version;
  const checks = dryChecks(version, facts, values);
  const isSound = checks.every((check) => check.id !== "inputs" || check.verdict !== "no");
  const checked = isSound ? checkInputs(inputs, values) : undefined;
  const fields = checked && !checked.ok ? checked.refusal.fields : {};
  const standing = standingValues(inputs, values);
  const whole = [
    ...lifePlan(version.hooks, standing),
    ...actionsPlan(version.hooks, version.actions, standing),
  ];
  const plan = hook === null ? whole : whole.filter((planned) => planned.hook.name === hook);
  const run = askedInDryRun(plan, { isLent: true });
  const asks = {
    providers: run.filter(({ hook: { kind } }) => kind === "http"),
    scripts: run.filter(({ hook: each }) => runsOnNodes(each)),
  };
  const shown = hook === null ? runs : runsOf(runs, hook);
  const rendered = dryUserData(version, values, counts);
  const open = runs.filter((each) => each.isOpen);
  const asking = open.filter((each) => each.lent === null);

  function whyNot(planned: readonly PlannedHook[], none: string): string | null {
    if (version.state === "retired") return "It is retired: nobody launches it any more.";
    if (!checked?.ok) return "Enter values that a launch takes: the checks say which are not.";
    if (planned.every(({ skipped }) => skipped !== null)) return none;
    return open.length > 0 ? "A dry run is under way." : null;
  }

  const entered = {
    templateVersionId: version.id,
    counts: Object.fromEntries(
      groups.map(({ name, defaultCount }) => [name, counts[name] ?? defaultCount]),
    ),
    inputs: values,
    hook,
  };

  return (
    <>
      <div className="grid items-start gap-5 lg:grid-cols-2">
        <Panel
          title="As a tenant enters it"
          description="Example values. Those of secrets are checked, never kept, and sent to no provider."
        >
          <div className="flex flex-col gap-4">
            {groups.map((group) => (
              <Field
                key={group.name}
                label={groups.length > 1 ? `Nodes of ${group.name}` : "Nodes"}
                hint={`${group.minCount} to ${group.maxCount} of ${group.profile}`}
              >
                <NumberStepper
                  value={counts[group.name] ?? group.defaultCount}
                  min={group.minCount}
                  max={group.maxCount}
                  onValueChange={(count) => setCounts({ ...counts, [group.name]: count })}
                />
              </Field>
            ))}
            {inputs.length === 0 ? (
              <p className="text-muted text-sm">The launch form asks for nothing more.</p>
            ) : (
              <InputFields
                inputs={inputs}
                values={values}
                errorOf={(name) => (tried.includes(name) ? fields[`inputs.${name}`] : undefined)}
                onChange={(name, value) => {
                  setValues({ ...values, [name]: value });
                  setTried([...tried, name]);
                }}
              />
            )}
          </div>
        </Panel>
        <Panel title="Checks" description="As publishing and a launch with these values make them.">
          <DryChecks checks={checks} />
        </Panel>
      </div>
      <Panel
        title={hook === null ? "Hooks, in the order in which they would run" : `Hook ${hook}`}
        description="With these values. At each point they run one after the other."
        padded={false}
      >
        {plan.length === 0 ? (
          <p className="px-4 py-3 text-muted text-sm">
            {version.hooks.length === 0
              ? "It has no hooks: nothing is done besides."
              : "None would ever run: no action names them."}
          </p>
        ) : (
          <LifePlan
            plan={plan}
            providers={facts.providers}
            narrowTo={hook === null ? (name) => `${here}?hook=${encodeURIComponent(name)}` : null}
          />
        )}
      </Panel>
      {(hook === null || asks.providers.length > 0) && (
        <Panel
          title="Providers"
          meta={
            asking.length > 0 && <LiveRefresh topics={asking.map((each) => `dry_run:${each.id}`)} />
          }
          description="Each is asked once what it would answer, of an environment that is not there. One that knows no dry runs is not asked."
          padded={false}
          actions={
            start && (
              <Button
                variant="primary"
                size="sm"
                pending={pending}
                pendingLabel="Asking…"
                disabledReason={whyNot(
                  asks.providers,
                  "No provider would be asked with these values.",
                )}
                reasonPlacement="beside"
                onClick={() =>
                  startTransition(async () => {
                    setRefused(await whyRefused(() => start(entered)));
                  })
                }
              >
                {hook === null ? "Call the providers" : "Call its provider"}
              </Button>
            )
          }
        >
          {refused && (
            <div className="px-4 pt-3">
              <FormMessage message={refused} />
            </div>
          )}
          <DryRunResults runs={shown.filter((each) => each.lent === null)} />
        </Panel>
      )}
      {asks.scripts.length > 0 && (
        <LendPanel
          words={lendWords}
          nodes={lendable}
          runs={shown}
          against={whyNot(asks.scripts, "No script would run with these values.")}
          lend={rehearse && ((nodeId) => rehearse({ ...entered, nodeId }))}
          takeBack={takeBack}
        />
      )}
      {hook === null && (
        <Panel
          title="What cloud-init would be told"
          description="At a first boot of the first node of each group. Secrets are masked; what hooks give before the first boot is added then."
          padded={false}
        >
          {rendered === null ? (
            <p className="px-4 py-3 text-muted text-sm">
              Shown when a launch with these values would be taken.
            </p>
          ) : (
            rendered.map((group) => (
              <details key={group.name} className="border-line border-b px-4 py-3 last:border-b-0">
                <summary className="cursor-pointer text-sm">
                  <span className="font-mono">{group.name}</span>
                  <span className="text-muted">
                    , {formatQuantity(group.nodes, "node")}: {group.hostname}
                  </span>
                </summary>
                <CodeBlock
                  className="mt-2"
                  code={group.userData}
                  label={`cloud-init of ${group.name}`}
                />
              </details>
            ))
          )}
        </Panel>
      )}
    </>
  );
}

/** Of each run what it asked for this hook; a run that did not is left out. */
function runsOf(runs: readonly DryRunView[], hook: string): DryRunView[] {
  return runs
    .map((run) => ({ ...run, calls: run.calls.filter((call) => call.name === hook) }))
    .filter((run) => run.calls.length > 0);
}
