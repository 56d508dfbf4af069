import type { Metadata } from "next";
import { PageCalls } from "#components/api/page-calls";
import { SharingTable } from "#components/sharing/sharing-table";
import { EmptyState } from "#components/ui/empty-state";
import { LinkButton } from "#components/ui/link-button";
import { PageHeader } from "#components/ui/page-header";
import { Pagination } from "#components/ui/pagination";
import { Panel } from "#components/ui/panel";
import { TextLink } from "#components/ui/text-link";
import { FilterBar, FilterSearch, FilterSelect } from "#components/ui/url-filter";
import { operatorMay } from "#lib/access/policy";
import { apiCall } from "#lib/api/table";
import { formatQuantity } from "#lib/client/format";
import { pageHref } from "#lib/client/page-href";
import { readSettings } from "#lib/config/env";
import { sharingQuery } from "#lib/schemas/lists";
import { database } from "#lib/server/database";
import { requireFleetGrant } from "#lib/server/require-grant";
import { type SharingMatrix, sharingMatrix } from "#lib/views/sharing-matrix";
import { changeSharesAction } from "./actions";

export const metadata: Metadata = { title: "Sharing" };

const path = "/fleet/sharing";

export default async function SharingPage({ searchParams }: PageProps<"/fleet/sharing">) {
  const grant = await requireFleetGrant("fleet.read");
  const query = await searchParams;
  const asked = sharingQuery.parse(query);
  const matrix = await sharingMatrix(database(), grant, asked);
  const { parts, tenants, projects, choices } = matrix;
  const one = projects ? tenants[0] : undefined;
  const mayEdit = operatorMay(grant.operatorRole, "catalogue.edit");
  const { origin } = readSettings();
  const read = apiCall("getSharing", origin);
  const holder = projects?.[0]
    ? { tenantIds: [], projectIds: [projects[0].id] }
    : { tenantIds: [tenants[0]?.id ?? "TENANT_ID"], projectIds: [] };
  return (
    <>
      <PageHeader
        title="Sharing"
        description="Which tenants and projects may use which parts of the catalogue. A launch needs the template, the profiles of its groups and an image; the default image of a profile comes with it."
      />
      {choices.length === 0 ? (
        <Panel title="Nobody to share with" padded={false}>
          <EmptyState
            title="There is no tenant yet"
            action={<LinkButton href="/fleet/tenants">Tenants</LinkButton>}
          >
            Parts of the catalogue are shared with tenants and their projects.
          </EmptyState>
        </Panel>
      ) : (
        <Panel
          title={one ? `Shared with ${one.name}` : "Shared with all tenants"}
          meta={one ? formatQuantity(one.projects, "project") : String(choices.length)}
          padded={false}
        >
          <FilterBar>
            <FilterSelect
              param="tenant"
              label="Tenant"
              allLabel="All tenants"
              options={choices.map(({ slug, name }) => ({ value: slug, label: name }))}
            />
            {!one && <FilterSearch label="Search tenants" placeholder="Tenants by name" />}
            <FilterSearch param="part" label="Search parts" placeholder="Parts by name" />
          </FilterBar>
          <WhatATickDoes one={one} projects={projects ?? []} mayEdit={mayEdit} />
          {tenants.length === 0 || parts.length === 0 ? (
            <EmptyState
              title={tenants.length === 0 ? "No tenant matches" : "No part matches"}
              action={<LinkButton href={path}>Show all</LinkButton>}
            >
              Take a filter away, or search for another part of the name.
            </EmptyState>
          ) : (
            <SharingTable
              key={one?.slug}
              parts={parts}
              tenants={tenants.map((tenant) => ({
                ...tenant,
                href: one
                  ? null
                  : pageHref(path, { part: query.part, tenant: tenant.slug }, undefined),
              }))}
              projects={projects ?? []}
              change={mayEdit ? changeSharesAction : undefined}
            />
          )}
          {!one && tenants.length > 0 && (
            <Pagination
              summary={pageWords(matrix)}
              firstHref={asked.after ? pageHref(path, query, undefined) : null}
              nextHref={matrix.next && pageHref(path, query, matrix.next)}
            />
          )}
        </Panel>
      )}
      <PageCalls
        calls={[
          {
            label: "Read who has what",
            call: one ? { ...read, url: `${read.url}?tenant=${one.slug}` } : read,
          },
          ...(mayEdit
            ? [
                {
                  label: "Share a part, or take it away",
                  call: apiCall("changeShares", origin),
                  body: { kind: "template", id: "TEMPLATE_ID", ...holder, isShared: true },
                },
              ]
            : []),
        ]}
      />
    </>
  );
}

/** What the boxes mean, and where one sees what comes of them. */
function WhatATickDoes({
  one,
  projects,
  mayEdit,
}: {
  one: { name: string } | undefined;
  projects: readonly { id: string; name: string }[];
  mayEdit: boolean;
}) {
  return (
    <div className="flex flex-col gap-1 border-line border-b px-4 py-2 text-muted text-sm">
      <p className="max-w-prose">
        {one ? (
          <>What {one.name} has as a whole, every project of it has, also those made later.</>
        ) : (
          <>
            A tick is for the whole tenant: every project of it has the part, also those made later.
            Where it says <em className="whitespace-nowrap">2 of 5</em>, so many of its projects
            have it without that; the tenant's name leads to them.
          </>
        )}{" "}
        Taken from the whole tenant it is taken from all its projects, also from those that had it
        before; to leave it with some of them, use <em>Share</em> on the page of a template, or
        among the profiles or images. What runs is not touched.
      </p>
      {projects.length > 0 && (
        <p>
          As the members see it:{" "}
          {projects.map((project, at) => (
            <span key={project.id}>
              {at > 0 && ", "}
              <TextLink href={`${path}/${project.id}`}>{project.name}</TextLink>
            </span>
          ))}
        </p>
      )}
      {!mayEdit && <p>Only fleet admins share and take back.</p>}
    </div>
  );
}

function pageWords({ tenants, from, total }: SharingMatrix): string {
  return tenants.length === total
    ? `${formatQuantity(total, "tenant")}, by name`
    : `Tenants ${from} to ${from + tenants.length - 1} of ${total}, by name`;
}
