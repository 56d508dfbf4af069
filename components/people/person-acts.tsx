"use client";

import { Button } from "#components/ui/button";
import { ConfirmDialog } from "#components/ui/confirm-dialog";
import { whyRefused } from "#lib/client/ask";
import type { OperatorRole } from "#lib/domain/access/role";
import type { Id } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";

type Act = (input: { userId: Id<"user"> }) => Promise<Result<unknown, Refusal>>;

export type PersonEdit = {
  close: Act;
  reopen: Act;
  endAccess: Act;
  unlink: (input: { userId: Id<"user">; issuer: string }) => Promise<Result<unknown, Refusal>>;
};

type Props = {
  person: {
    userId: Id<"user">;
    name: string;
    isSelf: boolean;
    operatorRole: OperatorRole | null;
    closedAt: string | null;
  };
  edit: PersonEdit;
};

const kept = {
  verb: "Keeps",
  text: "their memberships, and environments with the SSH keys that these accept.",
};

/** What an operator does with an account as a whole. */
export function PersonActs({ person, edit }: Props) {
  const { userId, name } = person;
  if (person.closedAt) {
    return (
      <ConfirmDialog
        trigger={<Button variant="primary">Open the account again</Button>}
        title={`Open the account of ${name} again?`}
        consequences={[
          { verb: "Lets", text: "them in by the ways that they had, to what they reach." },
          { verb: "Leaves", text: "sessions and tokens that have ended as they are." },
        ]}
        confirmLabel="Open account"
        pendingLabel="Opening…"
        danger={false}
        onConfirm={() => whyRefused(() => edit.reopen({ userId }))}
      />
    );
  }
  return (
    <span className="flex flex-wrap gap-2">
      <ConfirmDialog
        trigger={<Button>End sessions and tokens</Button>}
        title={`End the sessions and tokens of ${name}?`}
        description="For an account that somebody else may have had."
        consequences={[
          { verb: "Ends", text: "every session and personal token, at once and for good." },
          { verb: "Keeps", text: "their ways in: change those that somebody else may know." },
        ]}
        confirmLabel="End sessions and tokens"
        pendingLabel="Ending…"
        onConfirm={() => whyRefused(() => edit.endAccess({ userId }))}
      />
      <ConfirmDialog
        trigger={
          <Button
            variant="danger"
            disabledReason={
              person.isSelf
                ? "This is your own account. Another admin of the fleet can close it."
                : null
            }
          >
            Close account
          </Button>
        }
        title={`Close the account of ${name}?`}
        consequences={[
          { verb: "Shuts", text: "every way in, that by identity providers included." },
          { verb: "Ends", text: "every session and personal token, at once and for good." },
          ...(person.operatorRole
            ? [{ verb: "Withdraws", text: "invitations of operators that they made." }]
            : []),
          kept,
        ]}
        confirmLabel="Close account"
        pendingLabel="Closing…"
        onConfirm={() => whyRefused(() => edit.close({ userId }))}
      />
    </span>
  );
}
