"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";
import { InspectionFields } from "#components/inspections/inspection-fields";
import { BaselineFields } from "#components/node-types/baseline-fields";
import { Button } from "#components/ui/button";
import { Field } from "#components/ui/field";
import { FormMessage } from "#components/ui/form-message";
import { Input } from "#components/ui/input";
import { LinkButton } from "#components/ui/link-button";
import { Panel } from "#components/ui/panel";
import { RadioCards } from "#components/ui/radio-cards";
import { textOf } from "#lib/client/form-values";
import { type GpuCheck, specOfForm } from "#lib/client/node-type-form";
import { useSubmission } from "#lib/client/use-submission";
import type { Id } from "#lib/domain/id";
import type { NodeTypeSpec } from "#lib/domain/node/node-type";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";

type Entered = { name: string; spec: NodeTypeSpec };
type Answer = Promise<Result<unknown, Refusal>>;
type Props = { spec?: NodeTypeSpec; name?: string; submitLabel: string } & (
  | { id?: undefined; save: (input: Entered) => Answer }
  | { id: Id<"nodeType">; save: (input: Entered & { nodeTypeId: Id<"nodeType"> }) => Answer }
);

/** The expected hardware, part by part. What is left empty is not checked. */
export function NodeTypeForm(props: Props) {
  const { name, spec = {}, submitLabel } = props;
  const router = useRouter();
  const submission = useSubmission();
  const [gpuCheck, setGpuCheck] = useState<GpuCheck>(
    spec.gpu ? "some" : spec.gpu === null ? "none" : name === undefined ? "some" : "any",
  );
  const error = (field: string) => submission.errorOf(`spec.${field}`);
  const number = { type: "number", inputMode: "numeric", min: 1 } as const;

  return (
    <form
      className="flex flex-col gap-5"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        const form = new FormData(event.currentTarget);
        submission.send(
          () => {
            const entered = { name: textOf(form, "name"), spec: specOfForm(form) };
            return props.id === undefined
              ? props.save(entered)
              : props.save({ ...entered, nodeTypeId: props.id });
          },
          () => router.push("/fleet/node-types"),
        );
      }}
    >
      <Panel title="Name and chassis">
        <div className="grid gap-4 md:grid-cols-4">
          <Field
            label="Name"
            required
            error={submission.errorOf("name")}
            hint="As in HGX H200 8-GPU."
          >
            <Input name="name" defaultValue={name} maxLength={80} autoComplete="off" />
          </Field>
          <Field label="Manufacturer" optional error={error("manufacturer")}>
            <Input name="manufacturer" defaultValue={spec.manufacturer} maxLength={100} />
          </Field>
          <Field label="Model" optional error={error("model")}>
            <Input name="model" defaultValue={spec.model} maxLength={100} />
          </Field>
          <Field
            label="Height, units"
            optional
            error={error("heightUnits")}
            hint="How racks are drawn."
          >
            <Input {...number} name="heightUnits" defaultValue={spec.heightUnits} />
          </Field>
        </div>
      </Panel>
      <Panel title="GPU">
        <div className="flex flex-col gap-4">
          <RadioCards
            name="gpu.check"
            legend="What a node has"
            columns={3}
            value={gpuCheck}
            onValueChange={(value) => setGpuCheck(value as GpuCheck)}
            options={[
              { value: "some", title: "GPUs", description: "Counted, and of one model." },
              { value: "none", title: "No GPUs", description: "A CPU node: any GPU is wrong." },
              { value: "any", title: "Not checked", description: "With or without is both right." },
            ]}
          />
          {gpuCheck === "some" && (
            <div className="grid gap-4 md:grid-cols-3">
              <Field label="Number" required error={error("gpu.count")}>
                <Input {...number} name="gpu.count" defaultValue={spec.gpu?.count ?? 8} />
              </Field>
              <Field label="Model" optional error={error("gpu.model")} hint="As in H200.">
                <Input name="gpu.model" defaultValue={spec.gpu?.model} maxLength={100} />
              </Field>
              <Field label="Memory of each, GiB" optional error={error("gpu.memoryGib")}>
                <Input {...number} name="gpu.memoryGib" defaultValue={spec.gpu?.memoryGib} />
              </Field>
            </div>
          )}
        </div>
      </Panel>
      <Panel title="CPU and memory" description="Leave a part empty and it is not checked.">
        <div className="grid gap-4 md:grid-cols-3">
          <Field label="CPU sockets" optional error={error("cpu.sockets")}>
            <Input {...number} name="cpu.sockets" defaultValue={spec.cpu?.sockets} />
          </Field>
          <Field label="Cores per socket" optional error={error("cpu.coresPerSocket")}>
            <Input {...number} name="cpu.coresPerSocket" defaultValue={spec.cpu?.coresPerSocket} />
          </Field>
          <Field label="CPU model" optional error={error("cpu.model")}>
            <Input name="cpu.model" defaultValue={spec.cpu?.model} maxLength={100} />
          </Field>
          <Field label="Memory, GiB" optional error={error("memory.gib")}>
            <Input {...number} name="memory.gib" defaultValue={spec.memory?.gib} />
          </Field>
          <Field
            label="Tolerance, percent"
            optional
            error={error("memory.tolerancePercent")}
            hint="Firmware keeps some memory for itself."
          >
            <Input
              {...number}
              min={0}
              max={50}
              name="memory.tolerancePercent"
              defaultValue={spec.memory?.tolerancePercent ?? 2}
            />
          </Field>
        </div>
      </Panel>
      <Panel title="Drives and ports">
        <div className="grid gap-4 md:grid-cols-4">
          <Field label="Drives, at least" optional error={error("drives.count")}>
            <Input {...number} name="drives.count" defaultValue={spec.drives?.count} />
          </Field>
          <Field label="Each at least, GB" optional error={error("drives.minSizeGb")}>
            <Input {...number} name="drives.minSizeGb" defaultValue={spec.drives?.minSizeGb} />
          </Field>
          <Field label="Ethernet ports, at least" optional error={error("nics.ethernet")}>
            <Input {...number} name="nics.ethernet" defaultValue={spec.nics?.ethernet} />
          </Field>
          <Field label="InfiniBand ports, at least" optional error={error("nics.infiniband")}>
            <Input {...number} name="nics.infiniband" defaultValue={spec.nics?.infiniband} />
          </Field>
          <Field
            label="InfiniBand rate, Gb/s"
            optional
            error={error("nics.infinibandGbps")}
            hint="Of each port, at least."
          >
            <Input
              {...number}
              name="nics.infinibandGbps"
              defaultValue={spec.nics?.infinibandGbps}
            />
          </Field>
          <Field label="DPUs, at least" optional error={error("dpus.count")}>
            <Input {...number} name="dpus.count" defaultValue={spec.dpus?.count} />
          </Field>
        </div>
      </Panel>
      <BaselineFields baseline={spec.baseline} wipe={spec.wipe} error={error} />
      <Panel
        title="Before it is available"
        description="At enrolment, at each verification and after each wipe. The node is turned off and booted for it."
      >
        <InspectionFields order={spec.inspection} mayBeNone errorOf={error} />
        <Field
          label="Without tests of GPUs and fabric, because"
          optional
          className="mt-4 max-w-xl"
          error={error("withoutGpuTests")}
          hint="Left empty, a burn-in keeps a node with GPUs back until they were tested and passed."
        >
          <Input name="withoutGpuTests" defaultValue={spec.withoutGpuTests} />
        </Field>
      </Panel>
      <div className="flex flex-col gap-3">
        <FormMessage message={submission.message} />
        <div className="flex gap-2">
          <Button
            type="submit"
            variant="primary"
            pending={submission.pending}
            pendingLabel="Saving…"
          >
            {submitLabel}
          </Button>
          <LinkButton href="/fleet/node-types" variant="ghost">
            Cancel
          </LinkButton>
        </div>
      </div>
    </form>
  );
}
