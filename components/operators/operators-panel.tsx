"use client";

import { useState, useTransition } from "react";
import { comesBack } from "#components/members/member";
import { RemoveFactorDialog } from "#components/members/remove-factor-dialog";
import { operatorWords } from "#components/operators/operator-words";
import { Button } from "#components/ui/button";
import { ConfirmDialog } from "#components/ui/confirm-dialog";
import { DropdownMenu, MenuRadioGroup } from "#components/ui/dropdown-menu";
import { FormMessage } from "#components/ui/form-message";
import { Panel } from "#components/ui/panel";
import { RelativeTime } from "#components/ui/relative-time";
import { type Column, DataTable } from "#components/ui/table";
import { Tag } from "#components/ui/tag";
import { TextLink } from "#components/ui/text-link";
import { whyRefused } from "#lib/client/ask";
import { type OperatorRole, operatorRoles } from "#lib/domain/access/role";
import type { Id } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { ChangeOperatorRoleInput } from "#lib/schemas/account";

export type Operator = {
  userId: Id<"user">;
  name: string;
  email: string;
  role: OperatorRole;
  manager: string | null;
  isSelf: boolean;
  isClosed: boolean;
  hasNotSignedIn: boolean;
  hasSecondFactor: boolean;
  createdAt: string;
};

export type OperatorEdit = {
  changeRole: (input: ChangeOperatorRoleInput) => Promise<Result<unknown, Refusal>>;
  removeFactor: (input: { userId: Id<"user"> }) => Promise<Result<unknown, Refusal>>;
};

/** Everyone who runs or watches the fleet. `edit` is absent for those who may only look. */
export function OperatorsPanel({
  operators,
  edit,
}: {
  operators: Operator[];
  edit?: OperatorEdit;
}) {
  const [refused, setRefused] = useState<string>();
  const columns: Column<Operator>[] = [
    {
      id: "name",
      header: "Operator",
      rowHeader: true,
      cell: (operator) => (
        <>
          <span className="inline-flex items-center gap-2">
            <TextLink quiet href={`/fleet/people/${operator.userId}`}>
              {operator.name}
            </TextLink>
            {operator.isClosed && <Tag>closed</Tag>}
            {operator.isSelf && <Tag>you</Tag>}
          </span>
          <span className="block text-faint text-xs">{operator.email}</span>
        </>
      ),
    },
    {
      id: "role",
      header: "Role",
      cell: (operator) =>
        operator.manager ? (
          <>
            {operatorWords[operator.role].title}
            <span className="block text-faint text-xs">{operator.manager}</span>
          </>
        ) : edit ? (
          <RoleMenu operator={operator} change={edit.changeRole} onRefused={setRefused} />
        ) : (
          operatorWords[operator.role].title
        ),
    },
    {
      id: "factor",
      header: "Second factor",
      cell: (operator) =>
        operator.hasSecondFactor ? "set up" : <span className="text-faint">none</span>,
    },
    {
      id: "since",
      header: "Account made",
      cell: (operator) => (
        <span className="inline-flex flex-wrap items-center gap-2">
          <RelativeTime at={operator.createdAt} />
          {operator.hasNotSignedIn && <Tag>one-time password not used</Tag>}
        </span>
      ),
    },
  ];
  if (edit) {
    columns.push({
      id: "act",
      header: "Acts",
      headerHidden: true,
      align: "end",
      cell: (operator) => (
        <span className="inline-flex flex-wrap gap-1.5 md:justify-end">
          {operator.hasSecondFactor && !operator.isSelf && (
            <RemoveFactorDialog
              name={operator.name}
              remove={() => edit.removeFactor({ userId: operator.userId })}
            />
          )}
          <ConfirmDialog
            trigger={
              <Button size="sm" variant="danger-quiet" aria-label={`Remove ${operator.name}`}>
                Remove
              </Button>
            }
            title={`Take the fleet away from ${operator.name}?`}
            consequences={[
              { verb: "Takes", text: "everything under Fleet from them, at once." },
              { verb: "Withdraws", text: "invitations of operators that they made." },
              { verb: "Keeps", text: "their account, and what they are in tenants." },
              ...comesBack(operator.manager),
            ]}
            confirmLabel="Remove operator"
            pendingLabel="Removing…"
            onConfirm={() =>
              whyRefused(() => edit.changeRole({ userId: operator.userId, role: null }))
            }
          />
        </span>
      ),
    });
  }
  return (
    <Panel title="Operators" meta={String(operators.length)} padded={false}>
      {refused && (
        <div className="border-line border-b px-4 py-2">
          <FormMessage message={refused} />
        </div>
      )}
      <DataTable
        label="Operators"
        columns={columns}
        rows={operators}
        rowKey={(operator) => operator.userId}
      />
    </Panel>
  );
}

function RoleMenu({
  operator,
  change,
  onRefused,
}: {
  operator: Operator;
  change: OperatorEdit["changeRole"];
  onRefused: (words: string | undefined) => void;
}) {
  const [pending, startTransition] = useTransition();
  const { title } = operatorWords[operator.role];
  return (
    <DropdownMenu
      align="start"
      trigger={
        <Button size="sm" pending={pending} aria-label={`Role of ${operator.name}: ${title}`}>
          {title}
        </Button>
      }
    >
      <MenuRadioGroup
        label="Role in the fleet"
        value={operator.role}
        onValueChange={(role) =>
          startTransition(async () => {
            onRefused(
              await whyRefused(() =>
                change({ userId: operator.userId, role: role as OperatorRole }),
              ),
            );
          })
        }
        options={operatorRoles.map((role) => ({ value: role, label: operatorWords[role].title }))}
      />
    </DropdownMenu>
  );
}
