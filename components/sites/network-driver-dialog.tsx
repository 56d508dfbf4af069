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
import type { RemoveSiteNetworkInput, SetSiteNetworkInput } from "#lib/schemas/network";

type Site = {
  id: Id<"site">;
  name: string;
  network: { address: string; certificatePem: string } | null;
};

/** Which controller joins a site's nodes to tenants' networks. */
export function NetworkDriverDialog({
  site,
  set,
  remove,
}: {
  site: Site;
  set: (input: SetSiteNetworkInput) => Promise<Result<unknown, Refusal>>;
  remove: (input: RemoveSiteNetworkInput) => Promise<Result<unknown, Refusal>>;
}) {
  const { network } = site;
  return (
    <>
      <FormDialog
        trigger={
          <Button size="sm" aria-label={`Network driver of ${site.name}`}>
            Network driver
          </Button>
        }
        title={`Network driver of ${site.name}`}
        description="The site's own network controller. Ingot asks it over HTTPS, each request signed: PUT /ports/{port} with a VLAN or none, and GET to read back."
        submitLabel="Save"
        pendingLabel="Saving…"
        size="lg"
        send={(form) =>
          set({
            siteId: site.id,
            address: textOf(form, "address"),
            certificatePem: textOf(form, "certificatePem").replaceAll("\r\n", "\n"),
            secret: secretOf(form, "secret"),
          })
        }
      >
        {(errorOf) => (
          <>
            <Field
              label="Address"
              required
              error={errorOf("address")}
              hint="In a network that controllers are in."
            >
              <Input
                mono
                name="address"
                placeholder="10.0.8.5:443"
                maxLength={260}
                defaultValue={network?.address}
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
                defaultValue={network?.certificatePem}
              />
            </Field>
            <Field
              label="Secret"
              required={!network}
              optional={network !== null}
              error={errorOf("secret")}
              hint={
                network
                  ? "Empty: the one that was entered before. It can never be read back here."
                  : "Signs the requests. Sealed at once: it can never be read back here."
              }
            >
              <Input mono name="secret" type="password" maxLength={200} autoComplete="off" />
            </Field>
          </>
        )}
      </FormDialog>
      {network && (
        <ConfirmDialog
          trigger={
            <Button size="sm" variant="danger-quiet" aria-label={`Remove driver of ${site.name}`}>
              Remove driver
            </Button>
          }
          title={`Remove the network driver of ${site.name}?`}
          consequences={[
            { verb: "Stops", text: "Ingot from joining this site's nodes to networks." },
            { verb: "Keeps", text: "every port as it is." },
          ]}
          confirmLabel="Remove driver"
          pendingLabel="Removing…"
          onConfirm={() => whyRefused(() => remove({ siteId: site.id }))}
        />
      )}
    </>
  );
}
