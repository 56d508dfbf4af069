import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { PageCalls } from "#components/api/page-calls";
import { PersonScreen } from "#components/people/person-screen";
import { operatorMay } from "#lib/access/policy";
import { isId } from "#lib/domain/id";
import { database } from "#lib/server/database";
import { requireFleetGrant } from "#lib/server/require-grant";
import { personView } from "#lib/views/person";
import {
  closeAccountAction,
  endAccessAction,
  reopenAccountAction,
  unlinkIdentityOfAction,
} from "../actions";

export const metadata: Metadata = { title: "Person" };

export default async function PersonPage({ params }: PageProps<"/fleet/people/[userId]">) {
  const grant = await requireFleetGrant("fleet.read");
  const { userId } = await params;
  const person = isId("user", userId) ? await personView(database(), grant, userId) : null;
  if (!person) notFound();
  return (
    <>
      <PersonScreen
        person={person}
        {...(operatorMay(grant.operatorRole, "operator.edit") && {
          edit: {
            close: closeAccountAction,
            reopen: reopenAccountAction,
            endAccess: endAccessAction,
            unlink: unlinkIdentityOfAction,
          },
        })}
      />
      <PageCalls byPeopleOnly="People and their accounts" />
    </>
  );
}
