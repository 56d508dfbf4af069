import type { Metadata } from "next";
import { PageCalls } from "#components/api/page-calls";
import { ProjectKeysPanel } from "#components/keys/project-keys-panel";
import { PageHeader } from "#components/ui/page-header";
import { apiCall } from "#lib/api/table";
import { readSettings } from "#lib/config/env";
import { database } from "#lib/server/database";
import { requireProjectGrant } from "#lib/server/require-grant";
import { projectKeyList } from "#lib/views/project-keys";
import { addProjectKeyAction, removeProjectKeyAction } from "./actions";

export const metadata: Metadata = { title: "SSH keys of a project" };

export default async function ProjectKeysPage({
  params,
}: PageProps<"/[tenant]/projects/[project]/keys">) {
  const { tenant, project } = await params;
  const grant = await requireProjectGrant(tenant, project, "project.read");
  const { projectName, keys, mayChange } = await projectKeyList(database(), grant);
  return (
    <>
      <PageHeader
        title="SSH keys"
        description="Put on the nodes of every environment that is launched in this project, beside the keys of whoever launches it."
        breadcrumbs={[
          { label: projectName, href: `/${tenant}/projects/${project}` },
          { label: "SSH keys" },
        ]}
      />
      <ProjectKeysPanel
        keys={keys}
        projectHref={`/${tenant}/projects/${project}`}
        mayChange={mayChange}
        add={addProjectKeyAction.bind(null, tenant, project)}
        remove={removeProjectKeyAction.bind(null, tenant, project)}
      />
      <PageCalls
        calls={[
          {
            label: "List the project's keys",
            call: apiCall("listProjectKeys", readSettings().origin, { tenant, project }),
          },
        ]}
        byPeopleOnly="Keys"
      />
    </>
  );
}
