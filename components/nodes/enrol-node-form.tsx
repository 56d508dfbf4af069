"use client";

import type { Route } from "next";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { Button } from "#components/ui/button";
import { Callout } from "#components/ui/callout";
import { Field } from "#components/ui/field";
import { FormMessage } from "#components/ui/form-message";
import { Input } from "#components/ui/input";
import { LinkButton } from "#components/ui/link-button";
import { Select } from "#components/ui/select";
import { numberOf, secretOf, textOf } from "#lib/client/form-values";
import { useSubmission } from "#lib/client/use-submission";
import type { Id } from "#lib/domain/id";
import {
  type ControllerProtocol,
  controllerProtocols,
  protocolWarnings,
} from "#lib/domain/node/controller-protocol";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";

export type EnrolNodeFormProps = {
  racks: { id: Id<"rack">; name: string; site: string }[];
  nodeTypes: { id: Id<"nodeType">; name: string }[];
  enrol: (input: EnrolNodeFields) => Promise<Result<{ nodeId: string }, Refusal>>;
};

export type EnrolNodeFields = {
  name: string;
  rackId: Id<"rack">;
  unit: number | null;
  nodeTypeId: Id<"nodeType">;
  controllerAddress: string;
  username: string;
  password: string;
  expectedFingerprint: string | null;
  address: string | null;
  protocol: ControllerProtocol;
};

/** Registers one node by its controller. What was entered stays when something is refused. */
export function EnrolNodeForm({ racks, nodeTypes, enrol }: EnrolNodeFormProps) {
  const router = useRouter();
  const submission = useSubmission();
  const [protocol, setProtocol] = useState<ControllerProtocol>("redfish");
  const warning = protocolWarnings[protocol];
  const missing =
    racks.length === 0
      ? "Make a rack first: a node stands in one."
      : nodeTypes.length === 0
        ? "Make a node type first: the node is compared with it."
        : null;

  function submit(form: FormData) {
    submission.send(
      () =>
        enrol({
          name: textOf(form, "name"),
          // The choices were ids; the server parses them again.
          rackId: textOf(form, "rackId") as Id<"rack">,
          unit: textOf(form, "unit") === "" ? null : numberOf(form, "unit"),
          nodeTypeId: textOf(form, "nodeTypeId") as Id<"nodeType">,
          controllerAddress: textOf(form, "controllerAddress"),
          username: textOf(form, "username"),
          password: secretOf(form, "password"),
          expectedFingerprint: textOf(form, "expectedFingerprint") || null,
          address: textOf(form, "address") || null,
          protocol,
        }),
      ({ nodeId }) => router.push(`/fleet/nodes/${nodeId}` as Route),
    );
  }

  return (
    <form
      className="flex max-w-2xl flex-col gap-5"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        submit(new FormData(event.currentTarget));
      }}
    >
      <div className="grid gap-4 sm:grid-cols-2">
        <Field
          label="Name"
          required
          error={submission.errorOf("name")}
          hint="Lower-case letters, digits, dashes."
        >
          <Input name="name" mono autoComplete="off" spellCheck={false} />
        </Field>
        <Field label="Node type" required error={submission.errorOf("nodeTypeId")}>
          <Select
            name="nodeTypeId"
            options={nodeTypes.map((type) => ({ value: type.id, label: type.name }))}
          />
        </Field>
        <Field label="Rack" required error={submission.errorOf("rackId")}>
          <Select
            name="rackId"
            options={racks.map(({ id, name, site }) => ({ value: id, label: `${site} / ${name}` }))}
          />
        </Field>
        <Field
          label="Unit"
          optional
          error={submission.errorOf("unit")}
          hint="The lowest unit it fills."
        >
          <Input name="unit" type="number" inputMode="numeric" min={1} max={100} />
        </Field>
      </div>
      <fieldset className="grid gap-4 border-line border-t pt-4 sm:grid-cols-2">
        <legend className="sr-only">Controller</legend>
        <Field label="Controller speaks" error={submission.errorOf("protocol")}>
          <Select
            name="protocol"
            value={protocol}
            onChange={(event) => setProtocol(controllerProtocolOf(event.target.value))}
            options={controllerProtocols.map((value) => ({ value, label: protocolNames[value] }))}
          />
        </Field>
        {warning && (
          <Callout
            kind="attention"
            title="An IPMI controller is trusted blindly"
            className="sm:col-span-2"
          >
            {warning}
          </Callout>
        )}
        <Field
          label="Controller address"
          required
          error={submission.errorOf("controllerAddress")}
          hint={`Host name or IP address, with a port if it is not ${protocol === "ipmi" ? 623 : 443}.`}
          className="sm:col-span-2"
        >
          <Input name="controllerAddress" mono autoComplete="off" spellCheck={false} />
        </Field>
        <Field label="User name" required error={submission.errorOf("username")}>
          <Input name="username" autoComplete="off" spellCheck={false} />
        </Field>
        <Field
          label="Password"
          required
          error={submission.errorOf("password")}
          hint="Sealed at once; only the worker can open it."
        >
          <Input name="password" type="password" autoComplete="new-password" />
        </Field>
        {protocol === "redfish" && (
          <Field
            label="Certificate fingerprint"
            optional
            error={submission.errorOf("expectedFingerprint")}
            hint="SHA-256, if you know it beforehand. Otherwise the controller's certificate is shown to you before anything is sent."
            className="sm:col-span-2"
          >
            <Input name="expectedFingerprint" mono autoComplete="off" spellCheck={false} />
          </Field>
        )}
        <Field
          label="Address of the operating system"
          optional
          error={submission.errorOf("address")}
          hint="Left out, it is learnt when the node first phones home."
          className="sm:col-span-2"
        >
          <Input name="address" mono autoComplete="off" spellCheck={false} />
        </Field>
      </fieldset>
      <FormMessage message={submission.message} />
      <div className="flex gap-2">
        <Button
          type="submit"
          variant="primary"
          pending={submission.pending}
          pendingLabel="Enrolling…"
          disabledReason={missing}
          reasonPlacement="beside"
        >
          Enrol
        </Button>
        <LinkButton href="/fleet/nodes">Cancel</LinkButton>
      </div>
    </form>
  );
}

const protocolNames: Record<ControllerProtocol, string> = { redfish: "Redfish", ipmi: "IPMI" };

function controllerProtocolOf(value: string): ControllerProtocol {
  return controllerProtocols.find((known) => known === value) ?? "redfish";
}
