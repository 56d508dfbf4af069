import type { ReactNode } from "react";
import { operatorWords } from "#components/operators/operator-words";
import { RelativeTime } from "#components/ui/relative-time";
import { formatQuantity } from "#lib/client/format";
import type { OperatorRole } from "#lib/domain/access/role";
import { sessionLife } from "#lib/domain/access/session-life";

type Offered = { email: string; invitedBy: string; expiresAt: string };

/** What a tenant's invitation is to. */
export function TenantOffer({
  invitation,
}: {
  invitation: Offered & {
    tenantName: string;
    role: string;
    projects: { name: string; role: string }[];
    memberDays: number | null;
  };
}) {
  const { email, tenantName, role, projects, memberDays, invitedBy, expiresAt } = invitation;
  return (
    <Offer title={`Join ${tenantName}`}>
      {invitedBy} invites {email} as {role}
      {projects.length > 0 &&
        `, with ${projects.map((each) => `${each.name} (${each.role})`).join(", ")}`}
      {memberDays !== null && `, for ${formatQuantity(memberDays, "day")}`}. The link stops working{" "}
      <RelativeTime at={expiresAt} />.
    </Offer>
  );
}

/** What an operator's invitation is to, and what it changes for whoever accepts. */
export function OperatorOffer({
  invitation,
}: {
  invitation: Offered & { role: OperatorRole; hasAccount: boolean };
}) {
  const { email, role, invitedBy, expiresAt, hasAccount } = invitation;
  const { title, description } = operatorWords[role];
  const { idleMs, absoluteMs } = sessionLife.operator;
  return (
    <>
      <Offer title="Become an operator">
        {invitedBy} invites {email} to the fleet. The link stops working{" "}
        <RelativeTime at={expiresAt} />.
      </Offer>
      <dl className="flex flex-col gap-2 border-line border-y py-3 text-sm">
        <div>
          <dt className="font-medium">{title}</dt>
          <dd className="text-muted">{description}</dd>
        </div>
        <div>
          <dt className="font-medium">Sessions</dt>
          <dd className="text-muted">
            You are signed out after {idleMs / 60_000} minutes without a click, and after{" "}
            {absoluteMs / 3_600_000} hours.
          </dd>
        </div>
        {hasAccount && (
          <div>
            <dt className="font-medium">Tenants</dt>
            <dd className="text-muted">What you are in tenants stays as it is.</dd>
          </div>
        )}
      </dl>
    </>
  );
}

function Offer({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div>
      <h1 className="font-semibold text-xl tracking-tight">{title}</h1>
      <p className="mt-1 text-muted text-sm">{children}</p>
    </div>
  );
}
