"use client";

import { useState } from "react";
import { FormDialog } from "#components/forms/form-dialog";
import { Button } from "#components/ui/button";
import { Field } from "#components/ui/field";
import { Input } from "#components/ui/input";
import { RadioCards } from "#components/ui/radio-cards";
import { textOf } from "#lib/client/form-values";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { RegisterImageInput } from "#lib/schemas/image";

type Props = { register: (input: RegisterImageInput) => Promise<Result<unknown, Refusal>> };

/** What an image is for, and in which form: all there are, as one choice. */
const kinds = {
  tenant: {
    title: "Environments, in memory",
    description: "What tenants run; gone when the node is off.",
  },
  disk: {
    title: "Environments, installed",
    description: "What tenants run from their node's disk.",
  },
  sanitize: { title: "Sanitizing", description: "What wipes a node between tenants." },
  install: { title: "Installing", description: "What writes images to a node's disk." },
  inspect: { title: "Inspecting", description: "What tells of a host from within, and tests it." },
} as const;
type Kind = keyof typeof kinds;

const fileLabels = { kernel: "Kernel file", initrd: "Initrd file", disk: "Disk image file" };

/** Makes an image known by its files and their checksums. */
export function RegisterImageDialog({ register }: Props) {
  const [kind, setKind] = useState<Kind>("tenant");
  return (
    <FormDialog
      trigger={<Button variant="primary">Register an image</Button>}
      title="Register an image"
      description="Copy its files into the image directory first. The worker reads them and approves the image when the checksums are true."
      submitLabel="Register"
      pendingLabel="Registering…"
      size="lg"
      send={(form) => {
        const known = {
          name: textOf(form, "name"),
          version: textOf(form, "version"),
          defaultUser: textOf(form, "defaultUser"),
        };
        if (kind === "disk") {
          return register({
            ...known,
            form: "disk",
            purpose: "tenant",
            diskFile: textOf(form, "diskFile"),
            diskSha256: textOf(form, "diskSha256"),
            // Empty is no number; the schema says so, where 0 would be said of `Number("")`.
            diskBytes: Number(textOf(form, "diskBytes") || "NaN"),
          });
        }
        return register({
          ...known,
          form: "memory",
          purpose: kind,
          kernelFile: textOf(form, "kernelFile"),
          kernelSha256: textOf(form, "kernelSha256"),
          initrdFile: textOf(form, "initrdFile"),
          initrdSha256: textOf(form, "initrdSha256"),
          kernelArgs: textOf(form, "kernelArgs"),
        });
      }}
    >
      {(errorOf) => (
        <>
          <RadioCards
            name="purpose"
            legend="What it is for"
            columns={2}
            value={kind}
            onValueChange={(value) => setKind(value as Kind)}
            options={Object.entries(kinds).map(([value, words]) => ({ value, ...words }))}
          />
          <div className="grid gap-4 sm:grid-cols-3">
            <Field label="Name" required error={errorOf("name")} hint="As in Ubuntu.">
              <Input name="name" maxLength={80} autoComplete="off" />
            </Field>
            <Field label="Version" required error={errorOf("version")} hint="As in 24.04.3.">
              <Input name="version" maxLength={40} autoComplete="off" />
            </Field>
            <Field
              label="User of the image"
              required
              error={errorOf("defaultUser")}
              hint="Who one signs in as over SSH."
            >
              <Input mono name="defaultUser" defaultValue="ubuntu" maxLength={32} />
            </Field>
          </div>
          {(kind === "disk" ? (["disk"] as const) : (["kernel", "initrd"] as const)).map((part) => (
            <div key={part} className="grid gap-4 sm:grid-cols-[1fr_2fr]">
              <Field label={fileLabels[part]} required error={errorOf(`${part}File`)}>
                <Input mono name={`${part}File`} maxLength={128} autoComplete="off" />
              </Field>
              <Field
                label={`SHA-256 of the ${part === "disk" ? "file" : part}`}
                required
                error={errorOf(`${part}Sha256`)}
                hint="What sha256sum prints."
              >
                <Input
                  mono
                  name={`${part}Sha256`}
                  maxLength={64}
                  spellCheck={false}
                  autoComplete="off"
                />
              </Field>
            </div>
          ))}
          {kind === "disk" ? (
            <Field
              label="Size unpacked, in bytes"
              required
              error={errorOf("diskBytes")}
              hint="A raw disk, compressed by gzip. It goes to the smallest disk of a node that holds it, the first by name among equals. It must have cloud-init on ext4 or xfs."
            >
              <Input
                mono
                name="diskBytes"
                inputMode="numeric"
                placeholder="542113792"
                maxLength={16}
                autoComplete="off"
              />
            </Field>
          ) : (
            <Field
              label="Kernel arguments"
              optional
              error={errorOf("kernelArgs")}
              hint="Added to those that Ingot sets itself."
            >
              <Input
                mono
                name="kernelArgs"
                placeholder="console=ttyS0,115200n8"
                maxLength={500}
                autoComplete="off"
              />
            </Field>
          )}
        </>
      )}
    </FormDialog>
  );
}
