"use client";

import { useState } from "react";
import { FormDialog } from "#components/forms/form-dialog";
import { Button } from "#components/ui/button";
import { ConfirmDialog } from "#components/ui/confirm-dialog";
import { Field } from "#components/ui/field";
import { Input } from "#components/ui/input";
import { RadioCards } from "#components/ui/radio-cards";
import { whyRefused } from "#lib/client/ask";
import { numberOf, textOf } from "#lib/client/form-values";
import type { DhcpMode, Provisioning } from "#lib/domain/boot/dnsmasq-config";
import type { Id } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { RemoveProvisioningInput } from "#lib/schemas/provisioning";

type Entered = {
  siteId: Id<"site">;
  mode: DhcpMode;
  networkInterface: string;
  subnet: string;
  firstAddress: string;
  lastAddress: string;
  router: string;
  dns: string;
  leaseMinutes: number;
};

/** What the provisioning network of a site is, from which a DHCP configuration is made. */
export function ProvisioningDialog({
  site,
  set,
  remove,
}: {
  site: { id: Id<"site">; name: string; provisioning: Provisioning | null };
  set: (input: Entered) => Promise<Result<unknown, Refusal>>;
  remove: (input: RemoveProvisioningInput) => Promise<Result<unknown, Refusal>>;
}) {
  const { provisioning } = site;
  const [mode, setMode] = useState<DhcpMode>(provisioning?.mode ?? "dhcp");
  return (
    <>
      <FormDialog
        trigger={<Button size="sm">{provisioning ? "Change" : "Enter the network"}</Button>}
        title={`Provisioning network of ${site.name}`}
        description="A configuration for dnsmasq is made of this. Nothing is sent anywhere."
        submitLabel="Save"
        pendingLabel="Saving…"
        size="lg"
        send={(form) =>
          set({
            siteId: site.id,
            mode,
            networkInterface: textOf(form, "networkInterface"),
            subnet: textOf(form, "subnet"),
            firstAddress: textOf(form, "firstAddress"),
            lastAddress: textOf(form, "lastAddress"),
            router: textOf(form, "router"),
            dns: textOf(form, "dns"),
            leaseMinutes: mode === "dhcp" ? numberOf(form, "leaseMinutes") : 60,
          })
        }
      >
        {(errorOf) => (
          <>
            <RadioCards
              name="mode"
              legend="Who gives addresses"
              columns={2}
              value={mode}
              onValueChange={(value) => setMode(value as DhcpMode)}
              options={[
                {
                  value: "dhcp",
                  title: "dnsmasq",
                  description: "There is no other DHCP server on this network.",
                },
                {
                  value: "proxy",
                  title: "Another server",
                  description: "dnsmasq only adds what to boot (proxy DHCP).",
                },
              ]}
            />
            <div className="grid gap-4 sm:grid-cols-2">
              <Field label="Network" required error={errorOf("subnet")} hint="IPv4, as CIDR.">
                <Input
                  mono
                  name="subnet"
                  placeholder="10.77.0.0/24"
                  defaultValue={provisioning?.subnet ?? ""}
                  autoComplete="off"
                />
              </Field>
              <Field
                label="Interface"
                optional
                error={errorOf("networkInterface")}
                hint="Of the machine that runs dnsmasq. Empty: any."
              >
                <Input
                  mono
                  name="networkInterface"
                  maxLength={15}
                  placeholder="eno1"
                  defaultValue={provisioning?.networkInterface ?? ""}
                  autoComplete="off"
                />
              </Field>
            </div>
            {mode === "dhcp" && (
              <div className="grid gap-4 sm:grid-cols-2">
                <Field label="First address" required error={errorOf("firstAddress")}>
                  <Input
                    mono
                    name="firstAddress"
                    placeholder="10.77.0.50"
                    defaultValue={provisioning?.firstAddress ?? ""}
                    autoComplete="off"
                  />
                </Field>
                <Field label="Last address" required error={errorOf("lastAddress")}>
                  <Input
                    mono
                    name="lastAddress"
                    placeholder="10.77.0.200"
                    defaultValue={provisioning?.lastAddress ?? ""}
                    autoComplete="off"
                  />
                </Field>
                <Field
                  label="Router"
                  optional
                  error={errorOf("router")}
                  hint="Empty: none is told."
                >
                  <Input
                    mono
                    name="router"
                    placeholder="10.77.0.1"
                    defaultValue={provisioning?.router ?? ""}
                    autoComplete="off"
                  />
                </Field>
                <Field
                  label="Name server"
                  optional
                  error={errorOf("dns")}
                  hint="Empty: none is told."
                >
                  <Input
                    mono
                    name="dns"
                    defaultValue={provisioning?.dns ?? ""}
                    autoComplete="off"
                  />
                </Field>
                <Field label="Lease, in minutes" required error={errorOf("leaseMinutes")}>
                  <Input
                    name="leaseMinutes"
                    type="number"
                    min={2}
                    max={10_080}
                    defaultValue={provisioning?.leaseMinutes ?? 60}
                  />
                </Field>
              </div>
            )}
          </>
        )}
      </FormDialog>
      {provisioning && (
        <ConfirmDialog
          trigger={
            <Button size="sm" variant="danger-quiet">
              Remove
            </Button>
          }
          title={`Remove the provisioning network of ${site.name}?`}
          consequences={[
            {
              verb: "Forgets",
              text: "the network, the leases that were told of, and the secret of the script that tells of them.",
            },
            { verb: "Keeps", text: "a DHCP server that runs as it is." },
          ]}
          confirmLabel="Remove network"
          pendingLabel="Removing…"
          onConfirm={() => whyRefused(() => remove({ siteId: site.id }))}
        />
      )}
    </>
  );
}
