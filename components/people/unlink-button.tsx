"use client";

import type { PersonEdit } from "#components/people/person-acts";
import { Button } from "#components/ui/button";
import { ConfirmDialog } from "#components/ui/confirm-dialog";
import { whyRefused } from "#lib/client/ask";
import type { PersonView } from "#lib/schemas/person-view";

type Props = {
  person: Pick<PersonView, "userId" | "name" | "isSelf">;
  linked: {
    issuer: string;
    label: string;
    without: "another way" | "one-time password" | "nothing";
  };
  unlink: PersonEdit["unlink"];
};

const left = {
  "one-time password":
    "no way in until you give them a one-time password, on the page of their tenant.",
  nothing:
    "no way in, and no password would be one: passwords are kept to operators, or they are in no tenant.",
} as const;

/** Takes an identity that is a person's no more from their account. */
export function UnlinkButton({ person, linked, unlink }: Props) {
  return (
    <ConfirmDialog
      trigger={
        <Button
          size="sm"
          variant="danger-quiet"
          aria-label={`Unlink ${linked.label} from ${person.name}`}
          disabledReason={
            person.isSelf ? "This is your own account. Unlink it on your account page." : null
          }
        >
          Unlink
        </Button>
      }
      title={`Unlink ${linked.label} from ${person.name}?`}
      consequences={[
        {
          verb: "Ends",
          text: `signing in to this account with ${linked.label}, and its sessions.`,
        },
        {
          verb: "Keeps",
          text: "their roles and tokens. Signed in, they may link a provider again.",
        },
        ...(linked.without === "another way"
          ? []
          : [{ verb: "Leaves", text: left[linked.without] }]),
      ]}
      confirmLabel="Unlink"
      pendingLabel="Unlinking…"
      onConfirm={() => whyRefused(() => unlink({ userId: person.userId, issuer: linked.issuer }))}
    />
  );
}
