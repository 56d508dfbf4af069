"use client";

import { useState } from "react";
import { FirmwareRules } from "#components/node-types/firmware-rules";
import { Checkbox } from "#components/ui/checkbox";
import { Field } from "#components/ui/field";
import { Input } from "#components/ui/input";
import { Panel } from "#components/ui/panel";
import { Select, type SelectOption } from "#components/ui/select";
import { Textarea } from "#components/ui/textarea";
import { wipeRuleWords } from "#lib/client/baseline-words";
import type { SecurityBaseline } from "#lib/domain/node/baseline-rules";
import { usualWipeRules, type WipeRules } from "#lib/domain/node/wipe-measure";

type ErrorOf = (field: string) => string | undefined;

/** The rules on firmware and security, and what a wipe does beside the drives: folded while empty. */
export function BaselineFields({
  baseline = {},
  wipe = {},
  error,
}: {
  baseline?: SecurityBaseline | undefined;
  wipe?: WipeRules | undefined;
  error: ErrorOf;
}) {
  return (
    <>
      <Folded
        title="Firmware and security"
        hint="Judged when a node is verified and after each wipe."
        open={Object.keys(baseline).length > 0}
      >
        <FirmwareRules rules={baseline.firmware ?? []} error={error} />
        <div className="grid gap-x-4 gap-y-5 md:grid-cols-3">
          <RuleField
            name="secureBoot"
            label="Secure Boot"
            rule={baseline.secureBoot}
            value={baseline.secureBoot?.want}
            options={[
              { value: "on", label: "Must be on" },
              { value: "off", label: "Must be off" },
            ]}
          />
          <RuleField
            name="tpm"
            label="TPM"
            rule={baseline.tpm}
            value={baseline.tpm?.want}
            options={[
              { value: "present", label: "Must be there and on" },
              { value: "2.0", label: "Must be a TPM 2.0" },
            ]}
          />
          <RuleField
            name="ipmiOff"
            label="IPMI over the network"
            rule={baseline.ipmiOff}
            value={baseline.ipmiOff && "off"}
            options={[{ value: "off", label: "Must be off" }]}
          />
          <RuleField
            name="certificate"
            label="Controller certificate"
            rule={baseline.certificate}
            value={baseline.certificate && "valid"}
            options={[{ value: "valid", label: "Must be valid" }]}
          >
            <Field label="Oldest, days" optional error={error("baseline.certificate.maxAgeDays")}>
              <Input
                type="number"
                inputMode="numeric"
                min={1}
                name="baseline.certificate.maxAgeDays"
                defaultValue={baseline.certificate?.maxAgeDays}
              />
            </Field>
          </RuleField>
          <RuleField
            name="accounts"
            label="Other controller accounts"
            rule={baseline.accounts}
            value={baseline.accounts && "none"}
            options={[{ value: "none", label: "None may be enabled" }]}
          >
            <Field
              label="But for"
              optional
              error={error("baseline.accounts.allowed")}
              hint="User names, one a line."
            >
              <Textarea
                name="baseline.accounts.allowed"
                rows={2}
                defaultValue={baseline.accounts?.allowed.join("\n")}
              />
            </Field>
          </RuleField>
        </div>
      </Folded>
      <Folded
        title="Wipe, beside the drives"
        hint="What fails puts the node into quarantine, and so does what is required and cannot be done."
        open={Object.keys(wipe).length > 0}
        unsaid={`As usual: ${usualMeasures} where the controller can`}
      >
        <div className="grid gap-4 md:grid-cols-3">
          {(Object.keys(wipeRuleWords) as (keyof WipeRules)[]).map((rule) => (
            <Field
              key={rule}
              label={wipeRuleWords[rule]}
              error={error(`wipe.${rule}`)}
              hint={wipeHints[rule]}
            >
              <Select
                name={`wipe.${rule}`}
                defaultValue={wipe[rule] ?? ""}
                options={[
                  {
                    value: "",
                    label:
                      usualWipeRules[rule] === "off" ? "As usual: no" : "As usual: where it can be",
                  },
                  { value: "off", label: "No" },
                  { value: "offered", label: "Where it can be" },
                  { value: "required", label: "Required" },
                ]}
              />
            </Field>
          ))}
        </div>
      </Folded>
    </>
  );
}

const usualMeasures = (Object.keys(usualWipeRules) as (keyof WipeRules)[])
  .filter((rule) => usualWipeRules[rule] !== "off")
  .map((rule) => wipeRuleWords[rule].replace(/^New/, "new"))
  .join(" and ");

const wipeHints: Record<keyof WipeRules, string> = {
  controllerPassword: "A strong one that only Ingot's worker can open.",
  biosReset: "Defaults may turn network boot off: try it on one node first.",
  tpmClear: "Some firmware asks a person to confirm it: try it on one node first.",
};

function Folded({
  title,
  hint,
  open,
  unsaid = "Nothing asked for yet",
  children,
}: {
  title: string;
  hint: string;
  open: boolean;
  /** What holds while no rule is set. */
  unsaid?: string;
  children: React.ReactNode;
}) {
  return (
    <Panel title={title} description={hint} padded={false}>
      <details open={open}>
        <summary className="cursor-pointer px-4 py-2 text-sm hover:bg-hover">
          {open ? "Rules" : unsaid}
        </summary>
        <div className="flex flex-col gap-5 border-line border-t p-4">{children}</div>
      </details>
    </Panel>
  );
}

function RuleField({
  name,
  label,
  rule,
  value,
  options,
  children,
}: {
  name: keyof SecurityBaseline;
  label: string;
  rule: { required?: boolean } | undefined;
  value: string | undefined;
  options: SelectOption[];
  children?: React.ReactNode;
}) {
  const [want, setWant] = useState(value ?? "");
  return (
    <div className="flex flex-col gap-2">
      <Field label={label}>
        <Select
          name={`baseline.${name}`}
          value={want}
          onChange={(event) => setWant(event.target.value)}
          options={[{ value: "", label: "Not checked" }, ...options]}
        />
      </Field>
      {want !== "" && (
        <>
          {children}
          <Checkbox
            name={`baseline.${name}.required`}
            defaultChecked={rule?.required}
            label="Must be told: unknown counts, too"
          />
        </>
      )}
    </div>
  );
}
