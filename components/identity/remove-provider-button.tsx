"use client";

import type { Provider, ProviderEdit } from "#components/identity/identity";
import { Button } from "#components/ui/button";
import { ConfirmDialog } from "#components/ui/confirm-dialog";
import { whyRefused } from "#lib/client/ask";

/** Takes a provider away, once its name has been typed. */
export function RemoveProviderButton({
  provider,
  remove,
}: {
  provider: Provider;
  remove: ProviderEdit["remove"];
}) {
  return (
    <ConfirmDialog
      trigger={
        <Button size="sm" variant="danger-quiet" aria-label={`Remove ${provider.label}`}>
          Remove
        </Button>
      }
      title={`Remove ${provider.label}?`}
      consequences={[
        { verb: "Ends", text: "signing in with it, and the table of its groups." },
        {
          verb: "Keeps",
          text: "accounts, open sessions, and the roles that it gave: people manage these from now on.",
        },
      ]}
      confirmName={provider.label}
      confirmLabel="Remove provider"
      pendingLabel="Removing…"
      onConfirm={() => whyRefused(() => remove({ id: provider.id }))}
    />
  );
}
