"use client";

import type { ReactNode } from "react";
import { ConditionFields } from "#components/templates/condition-fields";
import { EditedList } from "#components/templates/edited-list";
import { Checkbox } from "#components/ui/checkbox";
import { Field } from "#components/ui/field";
import { Input } from "#components/ui/input";
import { Select } from "#components/ui/select";
import { Textarea } from "#components/ui/textarea";
import { approverKindWords } from "#lib/client/catalogue-words";
import {
  asksAddress,
  type EditedHook,
  type EditedInput,
  hasScript,
  isAsked,
  isTried,
  newHook,
  type WaitsFor,
  waitsFor,
} from "#lib/client/edited-template";
import {
  type ApproverKind,
  approverKinds,
  type FailurePolicy,
  failurePolicies,
  type HookKind,
  type HookPoint,
  hookKinds,
  hookKindWords,
  hookPoints,
  hookPointWords,
  whyNoQuarantine,
} from "#lib/domain/hook/hook";
import { isLaterPoint, isScriptPoint } from "#lib/domain/hook/script";
import { failureWords } from "#lib/domain/hook/words";
import type { Id } from "#lib/domain/id";

export type ProviderChoice = { id: Id<"provider">; name: string; state: "active" | "retired" };

type Props = {
  hooks: readonly EditedHook[];
  inputs: readonly EditedInput[];
  providers: readonly ProviderChoice[];
  errorOf: (field: string) => string | undefined;
  onChange: (hooks: EditedHook[]) => void;
};

/** The hooks of a template, in the order in which those of one point run. */
export function HookEditor({ hooks, inputs, providers, errorOf, onChange }: Props) {
  return (
    <EditedList items={hooks} noun="hook" addLabel="Add a hook" make={newHook} onChange={onChange}>
      {({ item, index, edit, controls }) => (
        <OneHook
          hook={item}
          inputs={inputs}
          providers={providers}
          errorOf={(field) => errorOf(`hooks.${index}.${field}`)}
          edit={edit}
          controls={controls}
        />
      )}
    </EditedList>
  );
}

const timeLabels = {
  script: "Done within",
  http: "Done within",
  approval: "Expires after",
  wait: "How long",
} as const satisfies Record<HookKind, string>;

/** What is to be known of a script on nodes that were handed over. */
const laterHint =
  "The nodes are their tenant's then, who may keep it from running: one that is off fails at once, one that does not begin it after 5 minutes, and its outputs are the tenant's word.";

const waitsForWords = {
  time: "Its time is over",
  address: "An address says yes",
  script: "A script says yes on each node",
} as const satisfies Record<WaitsFor, string>;

/** A hook that comes to have a script comes to a point at which one can run. */
function become(
  hook: EditedHook,
  change: Partial<Pick<EditedHook, "kind" | "waitsFor">>,
): Partial<EditedHook> {
  return hasScript({ ...hook, ...change }) && !isScriptPoint(hook.point)
    ? { ...change, point: "after_bootstrap" }
    : change;
}

function OneHook({
  hook,
  inputs,
  providers,
  errorOf,
  edit,
  controls,
}: {
  hook: EditedHook;
  inputs: readonly EditedInput[];
  providers: readonly ProviderChoice[];
  errorOf: (field: string) => string | undefined;
  edit: (change: Partial<EditedHook>) => void;
  controls: ReactNode;
}) {
  const { kind } = hook;
  const outputs = kind === "http" ? "outputs" : "script.outputs";
  return (
    <>
      <div className="grid items-start gap-3 sm:grid-cols-2 lg:grid-cols-4">
        <Field label="Hook" error={errorOf("name")}>
          <Input
            mono
            value={hook.name}
            maxLength={40}
            autoComplete="off"
            onChange={(event) => edit({ name: event.target.value })}
          />
        </Field>
        <Field label="Kind">
          <Select
            value={kind}
            onChange={(event) => edit(become(hook, { kind: event.target.value as HookKind }))}
            options={hookKinds.map((each) => ({ value: each, label: hookKindWords[each] }))}
          />
        </Field>
        <Field label="When" className="lg:col-span-2">
          <Select
            value={hook.point}
            onChange={(event) => edit({ point: event.target.value as HookPoint })}
            options={hookPoints.map((each) => ({
              value: each,
              label: hookPointWords[each],
              disabledReason:
                hasScript(hook) && !isScriptPoint(each) ? "no script can run then" : null,
            }))}
          />
        </Field>
        {kind === "http" && (
          <Field label="Provider" error={errorOf("providerId")}>
            <Select
              value={hook.providerId}
              placeholder="Choose a provider"
              onChange={(event) => edit({ providerId: event.target.value as Id<"provider"> })}
              options={providers.map((each) => ({
                value: each.id,
                label: each.name,
                disabledReason: each.state === "retired" ? "retired" : null,
              }))}
            />
          </Field>
        )}
        {kind === "approval" && (
          <Field label="Decided by">
            <Select
              value={hook.approvers}
              onChange={(event) => edit({ approvers: event.target.value as ApproverKind })}
              options={approverKinds.map((each) => ({
                value: each,
                label: approverKindWords[each],
              }))}
            />
          </Field>
        )}
        {kind === "approval" && hook.approvers === "people" && (
          <Field
            label="Their addresses"
            hint="Separated by commas: fleet admins, or owners and admins of the tenant."
            error={errorOf("approvers.emails.0")}
          >
            <Input
              value={hook.emails}
              autoComplete="off"
              onChange={(event) => edit({ emails: event.target.value })}
            />
          </Field>
        )}
        {kind === "wait" && (
          <Field label="Until">
            <Select
              value={hook.waitsFor}
              onChange={(event) => edit(become(hook, { waitsFor: event.target.value as WaitsFor }))}
              options={waitsFor.map((each) => ({ value: each, label: waitsForWords[each] }))}
            />
          </Field>
        )}
        <Field
          label={isAsked(hook) ? "At most" : timeLabels[kind]}
          hint="As in 90s, 15m, 12h or 7d."
          error={errorOf("seconds") && "Enter a time such as 15m, at most 30d."}
        >
          <Input
            mono
            value={hook.time}
            autoComplete="off"
            onChange={(event) => edit({ time: event.target.value })}
          />
        </Field>
        {asksAddress(hook) && (
          <Field
            label="Address"
            className="lg:col-span-2"
            hint="An https address. Any answer of the 2xx kind is a yes, anything else a not yet."
            error={errorOf("until.url")}
          >
            <Input
              mono
              value={hook.untilUrl}
              maxLength={200}
              autoComplete="off"
              placeholder="https://ready.example.com/cluster"
              onChange={(event) => edit({ untilUrl: event.target.value })}
            />
          </Field>
        )}
        {isAsked(hook) && (
          <Field label="Asked every" hint="In seconds, 5 to 300." error={errorOf("backoffSeconds")}>
            <Input
              type="number"
              min={5}
              max={300}
              value={hook.backoff}
              onChange={(event) => edit({ backoff: event.target.value })}
            />
          </Field>
        )}
        {(kind === "http" || hasScript(hook)) && (
          <Field
            label="Outputs"
            optional
            hint="Names it has to give, separated by commas."
            error={errorOf(outputs) ?? errorOf(`${outputs}.0`)}
          >
            <Input
              mono
              value={hook.outputs}
              autoComplete="off"
              onChange={(event) => edit({ outputs: event.target.value })}
            />
          </Field>
        )}
        {isTried(kind) && (
          <>
            <Field
              label="Retries"
              hint={
                kind === "script"
                  ? "On nodes on which it failed."
                  : "Of calls that come to nothing."
              }
              error={errorOf("retries")}
            >
              <Input
                type="number"
                min={0}
                max={20}
                value={hook.retries}
                onChange={(event) => edit({ retries: event.target.value })}
              />
            </Field>
            <Field
              label="First pause"
              hint="In seconds; doubled each time."
              error={errorOf("backoffSeconds")}
            >
              <Input
                type="number"
                min={1}
                max={300}
                value={hook.backoff}
                onChange={(event) => edit({ backoff: event.target.value })}
              />
            </Field>
          </>
        )}
        <Field label="If it fails" className="lg:col-span-2">
          <Select
            value={hook.onFailure}
            onChange={(event) => edit({ onFailure: event.target.value as FailurePolicy })}
            options={failurePolicies.map((each) => ({
              value: each,
              label: failureWords(each, hook.point),
              disabledReason:
                each === "quarantine" && whyNoQuarantine(hook)
                  ? "a script's or provider's at a launch"
                  : null,
            }))}
          />
        </Field>
      </div>
      {asksAddress(hook) && (
        <Field
          label="Its certificate"
          optional
          error={errorOf("until.certificatePem")}
          hint="As PEM: the one it shows, or its authority's. Empty: one that the worker's machine trusts."
        >
          <Textarea
            mono
            rows={4}
            spellCheck={false}
            autoComplete="off"
            value={hook.untilCertificate}
            onChange={(event) => edit({ untilCertificate: event.target.value })}
          />
        </Field>
      )}
      {hasScript(hook) && (
        <Field
          label="Script"
          error={errorOf("script.text")}
          hint={`${kind === "wait" ? "Exit code 0 is a yes, any other a not yet. " : ""}Runs as root on each node, by what its first line names. Inputs are in its environment as INGOT_INPUT_NAME; outputs go to the file $INGOT_OUTPUTS as NAME=value.${isLaterPoint(hook.point) ? ` ${laterHint}` : ""}`}
        >
          <Textarea
            mono
            rows={Math.min(24, Math.max(8, hook.script.split("\n").length + 1))}
            wrap="off"
            spellCheck={false}
            autoComplete="off"
            value={hook.script}
            onChange={(event) => edit({ script: event.target.value })}
          />
        </Field>
      )}
      <div className="flex flex-wrap items-center gap-x-6 gap-y-2">
        <Checkbox
          label="Once in an environment's life"
          checked={hook.executeOnce}
          onChange={(event) => edit({ executeOnce: event.target.checked })}
        />
        <span className="ml-auto">{controls}</span>
      </div>
      <ConditionFields
        legend="Skipped when"
        never="Never"
        inputs={inputs}
        value={hook.skipIf}
        onChange={(skipIf) => edit({ skipIf })}
      />
    </>
  );
}
