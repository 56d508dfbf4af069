import { Checkbox } from "#components/ui/checkbox";
import { Field, FieldGroup } from "#components/ui/field";
import { Input } from "#components/ui/input";
import { Select } from "#components/ui/select";
import { Textarea } from "#components/ui/textarea";
import { numberOf, optionalNumberOf, textOf } from "#lib/client/form-values";
import type { Id } from "#lib/domain/id";
import {
  type ContainerRuntime,
  containerRuntimes,
  type GpuSharing,
  gpuSharings,
} from "#lib/domain/profile/facts";
import { gpuSharingWords } from "#lib/domain/profile/terms";

export type ImageChoice = { id: Id<"image">; name: string; state: string };

export type Terms = {
  displayName: string;
  description: string;
  defaultImageId: Id<"image">;
  allowedImageIds: Id<"image">[] | null;
  longestLeaseHours: number | null;
  priceCents: number | null;
  gpuSharing: GpuSharing;
  containerRuntime: ContainerRuntime;
  storageClasses: string[];
};

type Props = {
  images: readonly ImageChoice[];
  currency: string;
  errorOf: (field: string) => string | undefined;
  /** What the fields begin with; empty for a new profile. */
  terms?: Terms;
};

/** What a profile is offered at. */
export function TermsFields({ images, currency, errorOf, terms }: Props) {
  return (
    <>
      <Field label="Display name" required error={errorOf("displayName")} hint="As in 8 × H200.">
        <Input
          name="displayName"
          maxLength={80}
          autoComplete="off"
          defaultValue={terms?.displayName}
        />
      </Field>
      <Field label="Description" optional error={errorOf("description")}>
        <Textarea name="description" rows={2} maxLength={500} defaultValue={terms?.description} />
      </Field>
      <Field label="Default image" required error={errorOf("defaultImageId")}>
        <Select
          name="defaultImageId"
          placeholder="Choose an image"
          defaultValue={terms?.defaultImageId}
          options={images.map((image) => ({
            value: image.id,
            label: nameOf(image),
          }))}
        />
      </Field>
      <FieldGroup
        legend="Allowed images"
        error={errorOf("allowedImageIds")}
        hint="Besides the default one, which is always allowed. Tick none for all that a project may run."
      >
        {images.map((image) => (
          <Checkbox
            key={image.id}
            name="allowedImageId"
            value={image.id}
            label={nameOf(image)}
            defaultChecked={terms?.allowedImageIds?.includes(image.id)}
          />
        ))}
      </FieldGroup>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field
          label="Longest lease"
          optional
          error={errorOf("longestLeaseHours")}
          hint="In hours, as in 168 for a week. Empty for no end."
        >
          <Input
            type="number"
            name="longestLeaseHours"
            min={1}
            max={8760}
            defaultValue={terms?.longestLeaseHours ?? ""}
          />
        </Field>
        <Field
          label="Price of a node, an hour"
          optional
          error={errorOf("priceCents")}
          hint={`In ${currency}, as in 24.50. Empty where none is told.`}
        >
          <Input
            type="number"
            name="price"
            min={0}
            step={0.01}
            defaultValue={terms?.priceCents == null ? "" : (terms.priceCents / 100).toFixed(2)}
          />
        </Field>
        <Field label="GPU sharing" error={errorOf("gpuSharing")} hint={handedOn}>
          <Select
            name="gpuSharing"
            defaultValue={terms?.gpuSharing}
            options={gpuSharings.map((value) => ({ value, label: gpuSharingWords[value] }))}
          />
        </Field>
        <Field label="Container runtime" error={errorOf("containerRuntime")} hint={handedOn}>
          <Select
            name="containerRuntime"
            defaultValue={terms?.containerRuntime}
            options={containerRuntimes.map((value) => ({ value, label: value }))}
          />
        </Field>
      </div>
      <Field
        label="Storage classes"
        optional
        error={errorOf("storageClasses")}
        hint={`Names, separated by commas. ${handedOn}`}
      >
        <Input
          mono
          name="storageClasses"
          autoComplete="off"
          defaultValue={terms?.storageClasses.join(", ")}
        />
      </Field>
    </>
  );
}

const handedOn = "Ingot hands this to hooks and providers; it does not set it up by itself.";

const nameOf = ({ name, state }: ImageChoice) =>
  state === "approved" ? name : `${name} (${state})`;

/** The terms as they stand in a form. */
export function termsOf(form: FormData): Terms & { allowedImageIds: Id<"image">[] } {
  const price = textOf(form, "price");
  return {
    displayName: textOf(form, "displayName"),
    description: textOf(form, "description"),
    defaultImageId: textOf(form, "defaultImageId") as Id<"image">,
    allowedImageIds: form.getAll("allowedImageId") as Id<"image">[],
    longestLeaseHours: optionalNumberOf(form, "longestLeaseHours"),
    gpuSharing: textOf(form, "gpuSharing") as GpuSharing,
    containerRuntime: textOf(form, "containerRuntime") as ContainerRuntime,
    storageClasses: textOf(form, "storageClasses")
      .split(",")
      .map((name) => name.trim())
      .filter(Boolean),
    // 24.10 times a hundred is not a whole number; more digits than two are refused, not cut off.
    priceCents: price === "" ? null : Number((numberOf(form, "price") * 100).toFixed(6)),
  };
}
