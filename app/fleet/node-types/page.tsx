import type { Metadata } from "next";
import { PageCalls } from "#components/api/page-calls";
import { EmptyState } from "#components/ui/empty-state";
import { LinkButton } from "#components/ui/link-button";
import { PageHeader } from "#components/ui/page-header";
import { Panel } from "#components/ui/panel";
import { DataTable } from "#components/ui/table";
import { Tag } from "#components/ui/tag";
import { TextLink } from "#components/ui/text-link";
import { operatorMay } from "#lib/access/policy";
import { apiCall } from "#lib/api/table";
import { nodeTypeWords } from "#lib/client/node-type-words";
import { readSettings } from "#lib/config/env";
import { database } from "#lib/server/database";
import { requireFleetGrant } from "#lib/server/require-grant";
import { nodeTypesView } from "#lib/views/node-types";

export const metadata: Metadata = { title: "Node types" };

export default async function NodeTypesPage() {
  const grant = await requireFleetGrant("fleet.read");
  const types = await nodeTypesView(database(), grant);
  const add = operatorMay(grant.operatorRole, "catalogue.edit") && (
    <LinkButton href="/fleet/node-types/new" variant="primary">
      Add a node type
    </LinkButton>
  );
  return (
    <>
      <PageHeader
        title="Node types"
        description="The hardware a node is expected to have. Discovery is compared with it field by field, and a node that differs is never handed out by itself."
        actions={types.length > 0 && add}
      />
      <Panel title="All node types" meta={String(types.length)} padded={false}>
        <DataTable
          label="Node types"
          rows={types}
          rowKey={(type) => type.id}
          columns={[
            {
              id: "name",
              header: "Name",
              rowHeader: true,
              cell: (type) => (
                <TextLink quiet href={`/fleet/node-types/${type.id}`}>
                  {type.name}
                </TextLink>
              ),
            },
            {
              id: "expects",
              header: "Expects",
              cell: (type) => {
                const words = nodeTypeWords(type.spec);
                if (words.length === 0) return <span className="text-faint">nothing yet</span>;
                return (
                  <ul className="flex flex-col gap-0.5">
                    {words.map((part) => (
                      <li key={part.label}>
                        <span className="text-faint">{part.label}</span> {part.value}
                      </li>
                    ))}
                  </ul>
                );
              },
            },
            { id: "nodes", header: "Nodes", align: "end", cell: (type) => type.nodes },
            {
              id: "differing",
              header: "Differing",
              align: "end",
              cell: (type) => type.differing,
            },
            {
              id: "profiles",
              header: "Offered by",
              cell: (type) =>
                type.profiles.length === 0 ? (
                  <span className="text-faint">no profile</span>
                ) : (
                  <span className="flex flex-wrap gap-1">
                    {type.profiles.map((profile) => (
                      <Tag key={profile} mono>
                        {profile}
                      </Tag>
                    ))}
                  </span>
                ),
            },
          ]}
          empty={
            <EmptyState title="No node type yet" action={add}>
              Say what hardware you have, so that every enrolled node can be held against it.
            </EmptyState>
          }
        />
      </Panel>
      <PageCalls
        calls={[
          { label: "List the node types", call: apiCall("listNodeTypes", readSettings().origin) },
        ]}
      />
    </>
  );
}
