"use client";

import { FormDialog } from "#components/forms/form-dialog";
import { Button } from "#components/ui/button";
import { Callout } from "#components/ui/callout";
import { CodeBlock, CommandBlock } from "#components/ui/code-block";
import { DownloadButton } from "#components/ui/download-button";
import { leaseScriptPath, leaseScriptUser } from "#lib/domain/boot/lease-script";
import type { Id } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { MakeLeaseScriptInput } from "#lib/schemas/provisioning";

/** Makes the script by which dnsmasq tells of its leases, and shows it this once. */
export function LeaseScriptDialog({
  site,
  wasMade,
  make,
}: {
  site: { id: Id<"site">; name: string };
  /** There is one already, which this one puts out of use. */
  wasMade: boolean;
  make: (input: MakeLeaseScriptInput) => Promise<Result<{ script: string }, Refusal>>;
}) {
  return (
    <FormDialog
      trigger={<Button size="sm">{wasMade ? "Make another script" : "Make the script"}</Button>}
      title={`Have dnsmasq tell of leases at ${site.name}`}
      description={
        wasMade
          ? "Another script, with another secret. What the one before tells is not taken any more."
          : "A script that dnsmasq runs for each lease, with a secret in it that is good for telling of this network's leases and for nothing else."
      }
      submitLabel="Make the script"
      pendingLabel="Making…"
      size="lg"
      send={() => make({ siteId: site.id })}
      result={({ script }) => (
        <div className="flex flex-col gap-3 text-sm">
          <Callout kind="attention" title="Save it now: it is not shown again">
            Ingot keeps only a hash of the secret in it.
          </Callout>
          <div className="flex flex-wrap items-center justify-between gap-3">
            <p className="max-w-prose text-muted">
              Put it on the machine that runs dnsmasq, download the configuration again, which now
              names it, and start dnsmasq anew. It needs dnsmasq 2.81 or newer, and curl or wget.
            </p>
            <DownloadButton text={script} fileName="ingot-leases">
              Download the script
            </DownloadButton>
          </div>
          <CommandBlock
            label="Where to put it"
            command={`install -o ${leaseScriptUser} -m 500 ingot-leases ${leaseScriptPath}`}
          />
          <CodeBlock code={script} label="Script that tells of leases" />
        </div>
      )}
    >
      {() => null}
    </FormDialog>
  );
}
