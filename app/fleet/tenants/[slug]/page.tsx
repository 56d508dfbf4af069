import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { PageCalls } from "#components/api/page-calls";
import { TenantPeople } from "#components/tenants/tenant-people";
import { TenantQuota } from "#components/tenants/tenant-quota";
import { CopyText } from "#components/ui/copy-button";
import { PageHeader } from "#components/ui/page-header";
import { RelativeTime } from "#components/ui/relative-time";
import { TextLink } from "#components/ui/text-link";
import { operatorMay } from "#lib/access/policy";
import { apiCall } from "#lib/api/table";
import { readSettings } from "#lib/config/env";
import { database } from "#lib/server/database";
import { requireFleetGrant } from "#lib/server/require-grant";
import { tenantDetail } from "#lib/views/tenants";
import {
  addMemberAction,
  changeMemberRoleAction,
  createProjectAction,
  inviteMemberAction,
  removeMemberAction,
  removeMemberFactorAction,
  resendInvitationAction,
  resetPasswordAction,
  setMemberTermAction,
  setProjectQuotaAction,
  setProjectRoleAction,
  setTenantQuotaAction,
  withdrawInvitationAction,
} from "../actions";

export const metadata: Metadata = { title: "Tenant" };

export default async function TenantPage({ params }: PageProps<"/fleet/tenants/[slug]">) {
  const grant = await requireFleetGrant("fleet.read");
  const tenant = await tenantDetail(database(), grant, (await params).slug);
  if (!tenant) notFound();
  const mayEdit = operatorMay(grant.operatorRole, "tenant.edit");
  const maySetQuota = operatorMay(grant.operatorRole, "quota.edit");
  const { origin } = readSettings();
  const here = { tenant: tenant.slug };
  const limit = {
    dimension: tenant.subjects[0]?.dimension ?? "gpus",
    subject: tenant.subjects[0]?.subject ?? "GPU_MODEL",
    limit: 8,
  };
  return (
    <>
      <PageHeader
        title={tenant.name}
        breadcrumbs={[{ label: "Tenants", href: "/fleet/tenants" }, { label: tenant.name }]}
        meta={
          <>
            <CopyText value={tenant.id} label="Tenant id" />
            <span>
              added <RelativeTime at={tenant.createdAt} />
            </span>
            <TextLink href={`/fleet/audit?tenant=${tenant.slug}`}>Audit log</TextLink>
          </>
        }
      />
      <TenantPeople
        tenantId={tenant.id}
        members={tenant.members}
        projects={tenant.projects}
        invitations={tenant.invitations}
        origin={origin}
        edit={
          mayEdit
            ? {
                createProject: createProjectAction,
                add: addMemberAction,
                changeRole: changeMemberRoleAction,
                remove: removeMemberAction,
                setProjectRole: setProjectRoleAction,
                setTerm: setMemberTermAction,
                resetPassword: resetPasswordAction,
                removeFactor: removeMemberFactorAction,
                invite: inviteMemberAction,
                resendInvitation: resendInvitationAction,
                withdrawInvitation: withdrawInvitationAction,
              }
            : undefined
        }
      />
      <TenantQuota
        tenantId={tenant.id}
        projects={tenant.projects}
        lines={tenant.quota.lines}
        subjects={tenant.subjects}
        edit={
          maySetQuota
            ? { setTenant: setTenantQuotaAction, setProject: setProjectQuotaAction }
            : undefined
        }
      />
      <PageCalls
        calls={[
          { label: "Read this tenant", call: apiCall("getTenant", origin, here) },
          ...(maySetQuota
            ? [
                {
                  label: "Set a limit",
                  call: apiCall("setTenantQuota", origin, here),
                  body: limit,
                },
                {
                  label: "Promise a project a part",
                  call: apiCall("splitTenantQuota", origin, here),
                  body: { projectId: tenant.projects[0]?.id ?? "PROJECT", ...limit },
                },
              ]
            : []),
        ]}
        byPeopleOnly="Members and their roles"
      />
    </>
  );
}
