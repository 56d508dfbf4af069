"use client";

import { FormDialog } from "#components/forms/form-dialog";
import { Button } from "#components/ui/button";
import { ConfirmDialog } from "#components/ui/confirm-dialog";
import { Field } from "#components/ui/field";
import { Input } from "#components/ui/input";
import { Textarea } from "#components/ui/textarea";
import { whyRefused } from "#lib/client/ask";
import { secretOf, textOf } from "#lib/client/form-values";
import type { Id } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { RemoveFabricManagerInput, SetFabricManagerInput } from "#lib/schemas/network";

type Site = {
  id: Id<"site">;
  name: string;
  fabricManager: { address: string; certificatePem: string; username: string } | null;
};

/** What puts a site's InfiniBand ports into tenants' partitions. */
export function FabricManagerDialog({
  site,
  set,
  remove,
}: {
  site: Site;
  set: (input: SetFabricManagerInput) => Promise<Result<unknown, Refusal>>;
  remove: (input: RemoveFabricManagerInput) => Promise<Result<unknown, Refusal>>;
}) {
  const { fabricManager: manager } = site;
  return (
    <>
      <FormDialog
        trigger={
          <Button size="sm" aria-label={`Fabric manager of ${site.name}`}>
            Fabric manager
          </Button>
        }
        title={`Fabric manager of ${site.name}`}
        description="NVIDIA UFM, or what answers its REST API under /ufmRest/resources/pkeys: it puts nodes' InfiniBand ports into their environment's partition, and takes them out."
        submitLabel="Save"
        pendingLabel="Saving…"
        size="lg"
        send={(form) =>
          set({
            siteId: site.id,
            address: textOf(form, "address"),
            certificatePem: textOf(form, "certificatePem").replaceAll("\r\n", "\n"),
            username: textOf(form, "username"),
            password: secretOf(form, "password"),
          })
        }
      >
        {(errorOf) => (
          <>
            <Field
              label="Address"
              required
              error={errorOf("address")}
              hint="In a network that controllers may be in."
            >
              <Input
                mono
                name="address"
                placeholder="10.0.8.6:443"
                maxLength={260}
                defaultValue={manager?.address ?? ""}
                autoComplete="off"
              />
            </Field>
            <Field
              label="Certificate"
              required
              error={errorOf("certificatePem")}
              hint="The one it shows, or that of the authority which issued it. No other is trusted."
            >
              <Textarea
                mono
                name="certificatePem"
                rows={6}
                maxLength={10_000}
                spellCheck={false}
                placeholder="-----BEGIN CERTIFICATE-----"
                defaultValue={manager?.certificatePem ?? ""}
              />
            </Field>
            <div className="grid gap-4 sm:grid-cols-2">
              <Field label="User name" required error={errorOf("username")}>
                <Input
                  name="username"
                  maxLength={128}
                  spellCheck={false}
                  defaultValue={manager?.username ?? ""}
                  autoComplete="off"
                />
              </Field>
              <Field
                label="Password"
                required={!manager}
                optional={manager !== null}
                error={errorOf("password")}
                hint={
                  manager
                    ? "Empty: the one that was entered before. It can never be read back here."
                    : "Sealed at once: it can never be read back here."
                }
              >
                <Input
                  name="password"
                  type="password"
                  maxLength={512}
                  autoComplete="new-password"
                />
              </Field>
            </div>
          </>
        )}
      </FormDialog>
      {manager && (
        <ConfirmDialog
          trigger={
            <Button
              size="sm"
              variant="danger-quiet"
              aria-label={`Remove fabric manager of ${site.name}`}
            >
              Remove manager
            </Button>
          }
          title={`Remove the fabric manager of ${site.name}?`}
          consequences={[
            { verb: "Stops", text: "Ingot from putting this site's ports into partitions." },
            { verb: "Keeps", text: "every partition as it is." },
          ]}
          confirmLabel="Remove manager"
          pendingLabel="Removing…"
          onConfirm={() => whyRefused(() => remove({ siteId: site.id }))}
        />
      )}
    </>
  );
}
