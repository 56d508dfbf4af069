import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { TenantPeople } from "#components/tenants/tenant-people";
import { TenantQuota } from "#components/tenants/tenant-quota";
import { CopyText } from "#components/ui/copy-button";
import { PageHeader } from "#components/ui/page-header";
import { RelativeTime } from "#components/ui/relative-time";
import { TextLink } from "#components/ui/text-link";
import { operatorMay } from "#lib/access/policy";
import { database } from "#lib/server/database";
import { requireFleetGrant } from "#lib/server/require-grant";
import { tenantDetail } from "#lib/views/tenants";
import {
  addMemberAction,
  changeMemberRoleAction,
  createProjectAction,
  removeMemberAction,
  removeMemberFactorAction,
  resetPasswordAction,
  setProjectQuotaAction,
  setProjectRoleAction,
  setTenantQuotaAction,
} from "../actions";

export const metadata: Metadata = { title: "Tenant" };

export default async function TenantPage({ params }: PageProps<"/fleet/tenants/[slug]">) {
  const grant = await requireFleetGrant("fleet.read");
  const tenant = await tenantDetail(database(), grant, (await params).slug);
  if (!tenant) notFound();
  const mayEdit = operatorMay(grant.operatorRole, "tenant.edit");
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
        edit={
          mayEdit
            ? {
                createProject: createProjectAction,
                add: addMemberAction,
                changeRole: changeMemberRoleAction,
                remove: removeMemberAction,
                setProjectRole: setProjectRoleAction,
                resetPassword: resetPasswordAction,
                removeFactor: removeMemberFactorAction,
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
          operatorMay(grant.operatorRole, "quota.edit")
            ? { setTenant: setTenantQuotaAction, setProject: setProjectQuotaAction }
            : undefined
        }
      />
    </>
  );
}
