"use client";

import { useState } from "react";
import { FormDialog } from "#components/forms/form-dialog";
import { Button } from "#components/ui/button";
import { ConfirmDialog } from "#components/ui/confirm-dialog";
import { Field } from "#components/ui/field";
import { Input } from "#components/ui/input";
import { RadioCards } from "#components/ui/radio-cards";
import { Textarea } from "#components/ui/textarea";
import { whyRefused } from "#lib/client/ask";
import { secretOf, textOf } from "#lib/client/form-values";
import type { Id } from "#lib/domain/id";
import type { NetworkDriverKind } from "#lib/domain/network/driver";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { RemoveSiteNetworkInput, SetSiteNetworkInput } from "#lib/schemas/network";

type Site = {
  id: Id<"site">;
  name: string;
  network: {
    driver: NetworkDriverKind;
    address: string | null;
    certificatePem: string | null;
    bridge: string | null;
    namespace: string | null;
  } | null;
};

/** What joins a site's nodes to tenants' networks. */
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
  const [driver, setDriver] = useState<NetworkDriverKind>(network?.driver ?? "http");
  return (
    <>
      <FormDialog
        trigger={
          <Button size="sm" aria-label={`Network driver of ${site.name}`}>
            Network driver
          </Button>
        }
        title={`Network driver of ${site.name}`}
        description="What puts the nodes of this site on their environment's VLAN, and takes them off it."
        submitLabel="Save"
        pendingLabel="Saving…"
        size="lg"
        send={(form) =>
          set(
            driver === "http"
              ? {
                  siteId: site.id,
                  driver,
                  address: textOf(form, "address"),
                  certificatePem: textOf(form, "certificatePem").replaceAll("\r\n", "\n"),
                  secret: secretOf(form, "secret"),
                }
              : {
                  siteId: site.id,
                  driver,
                  bridge: textOf(form, "bridge"),
                  namespace: textOf(form, "namespace"),
                },
          )
        }
      >
        {(errorOf) => (
          <>
            <RadioCards
              name="driver"
              legend="Driver"
              columns={2}
              value={driver}
              onValueChange={(value) => setDriver(value as NetworkDriverKind)}
              options={[
                {
                  value: "http",
                  title: "Your own controller",
                  description:
                    "Over HTTPS, each request signed: PUT /ports/{port} with a VLAN or none, GET to read back.",
                },
                {
                  value: "linux_bridge",
                  title: "A Linux bridge",
                  description:
                    "With VLAN filtering, on the machine that the worker runs on, as root.",
                },
              ]}
            />
            {driver === "http" ? (
              <ControllerFields
                network={network?.driver === "http" ? network : null}
                errorOf={errorOf}
              />
            ) : (
              <div className="grid gap-4 sm:grid-cols-2">
                <Field label="Bridge" required error={errorOf("bridge")} hint="As in br0.">
                  <Input
                    mono
                    name="bridge"
                    maxLength={15}
                    defaultValue={network?.bridge ?? ""}
                    autoComplete="off"
                  />
                </Field>
                <Field
                  label="Network namespace"
                  optional
                  error={errorOf("namespace")}
                  hint="Empty: the one that the worker runs in."
                >
                  <Input
                    mono
                    name="namespace"
                    maxLength={15}
                    defaultValue={network?.namespace ?? ""}
                    autoComplete="off"
                  />
                </Field>
              </div>
            )}
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

function ControllerFields({
  network,
  errorOf,
}: {
  network: { address: string | null; certificatePem: string | null } | null;
  errorOf: (field: string) => string | undefined;
}) {
  return (
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
          placeholder="10.0.8.5:443"
          maxLength={260}
          defaultValue={network?.address ?? ""}
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
          defaultValue={network?.certificatePem ?? ""}
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
  );
}
