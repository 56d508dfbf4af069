import type { Metadata } from "next";
import { PageCalls } from "#components/api/page-calls";
import { OperatorInvitations } from "#components/operators/operator-invitations";
import { OperatorsPanel } from "#components/operators/operators-panel";
import { PageHeader } from "#components/ui/page-header";
import { operatorMay } from "#lib/access/policy";
import { apiCall } from "#lib/api/table";
import { readSettings } from "#lib/config/env";
import { database } from "#lib/server/database";
import { requireFleetGrant } from "#lib/server/require-grant";
import { operatorsView } from "#lib/views/operators";
import {
  changeOperatorRoleAction,
  inviteOperatorAction,
  removeOperatorFactorAction,
  resendOperatorInvitationAction,
  withdrawOperatorInvitationAction,
} from "./actions";

export const metadata: Metadata = { title: "Operators" };

export default async function OperatorsPage() {
  const grant = await requireFleetGrant("fleet.read");
  const { operators, invitations } = await operatorsView(database(), grant);
  const mayEdit = operatorMay(grant.operatorRole, "operator.edit");
  return (
    <>
      <PageHeader
        title="Operators"
        description="Who runs and watches the fleet. Members of tenants are kept with their tenant."
      />
      <OperatorsPanel
        operators={operators}
        edit={
          mayEdit
            ? { changeRole: changeOperatorRoleAction, removeFactor: removeOperatorFactorAction }
            : undefined
        }
      />
      <OperatorInvitations
        invitations={invitations}
        origin={readSettings().origin}
        edit={
          mayEdit
            ? {
                invite: inviteOperatorAction,
                resend: resendOperatorInvitationAction,
                withdraw: withdrawOperatorInvitationAction,
              }
            : undefined
        }
      />
      <PageCalls
        calls={[
          { label: "List the operators", call: apiCall("listOperators", readSettings().origin) },
        ]}
        byPeopleOnly="Operators, their roles and invitations"
      />
    </>
  );
}
