"use client";

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

/** Makes an image known by its files and their checksums. */
export function RegisterImageDialog({ register }: Props) {
  return (
    <FormDialog
      trigger={<Button variant="primary">Register an image</Button>}
      title="Register an image"
      description="Copy kernel and initrd into the image directory first. The worker reads both and approves the image when the checksums are true."
      submitLabel="Register"
      pendingLabel="Registering…"
      size="lg"
      send={(form) =>
        register({
          name: textOf(form, "name"),
          version: textOf(form, "version"),
          purpose: textOf(form, "purpose") === "sanitize" ? "sanitize" : "tenant",
          kernelFile: textOf(form, "kernelFile"),
          kernelSha256: textOf(form, "kernelSha256"),
          initrdFile: textOf(form, "initrdFile"),
          initrdSha256: textOf(form, "initrdSha256"),
          kernelArgs: textOf(form, "kernelArgs"),
          defaultUser: textOf(form, "defaultUser"),
        })
      }
    >
      {(errorOf) => (
        <>
          <RadioCards
            name="purpose"
            legend="What it is for"
            columns={2}
            defaultValue="tenant"
            options={[
              { value: "tenant", title: "Environments", description: "What tenants run." },
              {
                value: "sanitize",
                title: "Sanitizing",
                description: "What wipes a node between tenants.",
              },
            ]}
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
          {(["kernel", "initrd"] as const).map((part) => (
            <div key={part} className="grid gap-4 sm:grid-cols-[1fr_2fr]">
              <Field
                label={part === "kernel" ? "Kernel file" : "Initrd file"}
                required
                error={errorOf(`${part}File`)}
              >
                <Input mono name={`${part}File`} maxLength={128} autoComplete="off" />
              </Field>
              <Field
                label={`SHA-256 of the ${part}`}
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
        </>
      )}
    </FormDialog>
  );
}
