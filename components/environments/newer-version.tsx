"use client";

import type { Route } from "next";
import { useState } from "react";
import { reasonAgainst } from "#components/environments/environment-actions";
import { InputFields, type NamedKey } from "#components/templates/input-fields";
import { Button } from "#components/ui/button";
import { ChangeList } from "#components/ui/change-list";
import { ConfirmDialog } from "#components/ui/confirm-dialog";
import { Field } from "#components/ui/field";
import { Select } from "#components/ui/select";
import { TextLink } from "#components/ui/text-link";
import { whyRefused } from "#lib/client/ask";
import { formatQuantity } from "#lib/client/format";
import { newRequestKey } from "#lib/client/request-key";
import type { Place } from "#lib/client/use-environment";
import { nodesText } from "#lib/domain/environment/node-groups";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { InputValue } from "#lib/domain/template/inputs";
import type { UpgradeEnvironmentInput } from "#lib/schemas/environment";
import type { EnvironmentDetail } from "#lib/schemas/environment-view";

export type UpgradeEnvironment = (
  input: UpgradeEnvironmentInput,
) => Promise<Result<unknown, Refusal>>;

type Props = {
  place: Place;
  environment: EnvironmentDetail;
  upgrade: UpgradeEnvironment;
  done: () => void;
  keys: readonly NamedKey[];
};

/** The newer versions of its template: what each changes and asks, and the way to one of them. */
export function NewerVersion({ place, environment, upgrade, done, keys }: Props) {
  const { newer, templateVersion } = environment;
  const [chosen, setChosen] = useState<string>();
  const versions = newer?.versions ?? [];
  const to = versions.find(({ id }) => id === chosen) ?? versions[0];
  if (!newer || !to) return null;
  const launch = `/${place.tenant}/projects/${place.project}/environments/new?template=${newer.templateId}`;
  return (
    <details className="text-sm">
      <summary className="cursor-pointer text-muted">
        Version {versions[0]?.version} of its template is offered now:{" "}
        {versions[0]?.changes.length === 0
          ? "nothing differs for you"
          : formatQuantity(versions[0]?.changes.length ?? 0, "difference")}
      </summary>
      <div className="mt-2 flex flex-col items-start gap-2">
        {versions.length > 1 && (
          <Field label="Compared with">
            <Select
              value={to.id}
              onChange={(event) => setChosen(event.target.value)}
              options={versions.map(({ id, version }) => ({
                value: id,
                label: `Version ${version}`,
              }))}
            />
          </Field>
        )}
        <ChangeList changes={to.changes} />
        {to.asks.some(({ required }) => required) && (
          <p>
            It asks for what this environment has no value for:{" "}
            {to.asks.map(({ label }) => label).join(", ")}.
          </p>
        )}
        {to.obstacles.length > 0 && <p>{to.obstacles.join(" ")}</p>}
        <UpgradeButton
          key={to.id}
          environment={environment}
          to={to}
          upgrade={upgrade}
          done={done}
          keys={keys}
        />
        <p className="text-muted">
          Until then this environment keeps version {templateVersion}. Or{" "}
          <TextLink href={launch as Route}>launch one of version {versions[0]?.version}</TextLink>{" "}
          beside it, and release this one when you have moved.
        </p>
      </div>
    </details>
  );
}

type Version = NonNullable<EnvironmentDetail["newer"]>["versions"][number];

/** Orders the upgrade, with what the version asks and the environment's name typed. */
function UpgradeButton({
  environment,
  to,
  upgrade,
  done,
  keys,
}: Omit<Props, "place"> & { to: Version }) {
  const [values, setValues] = useState<Record<string, InputValue>>({});
  const { id: environmentId, name, nodes } = environment;
  return (
    <ConfirmDialog
      trigger={
        <Button size="sm" disabledReason={whyNot(environment, to)} reasonPlacement="beside">
          Upgrade to version {to.version}
        </Button>
      }
      title={`Upgrade ${name} to version ${to.version}?`}
      description="Every node is installed anew with what that version says."
      consequences={[
        { verb: "Keeps", text: `${nodesText(nodes)}, their addresses and their quota.` },
        {
          verb: "Loses",
          text: "Everything on the systems as they are now. It cannot be brought back.",
        },
      ]}
      confirmName={name}
      confirmLabel={`Upgrade to version ${to.version}`}
      pendingLabel="Upgrading…"
      onConfirm={async () => {
        const refused = await whyRefused(() =>
          upgrade({
            ...{ requestKey: newRequestKey(), environmentId, confirmName: name },
            ...{ templateVersionId: to.id, inputs: values },
          }),
        );
        if (!refused) done();
        return refused;
      }}
    >
      {to.asks.length > 0 && (
        <InputFields
          inputs={to.asks}
          keys={keys}
          values={values}
          errorOf={() => undefined}
          onChange={(input, value) => setValues({ ...values, [input]: value })}
        />
      )}
    </ConfirmDialog>
  );
}

function whyNot(environment: EnvironmentDetail, to: Version): string | null {
  if (to.obstacles.length > 0) {
    return "It cannot be had where this one is: launch one of it instead.";
  }
  return reasonAgainst(environment, "reinstall");
}
