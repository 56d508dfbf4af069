import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { DryRunBench } from "#components/dry-runs/dry-run-bench";
import { TemplateStateText } from "#components/templates/template-state";
import { LinkButton } from "#components/ui/link-button";
import { PageHeader } from "#components/ui/page-header";
import { operatorMay } from "#lib/access/policy";
import { database } from "#lib/server/database";
import { requireFleetGrant } from "#lib/server/require-grant";
import { dryRunScreen } from "#lib/views/dry-runs";
import { startDryRunAction } from "../../../../actions";

export const metadata: Metadata = { title: "Dry run" };

export default async function DryRunPage({
  params,
  searchParams,
}: PageProps<"/fleet/templates/[templateId]/versions/[versionId]/dry-run">) {
  const grant = await requireFleetGrant("fleet.read");
  const screen = await dryRunScreen(database(), grant, await params);
  if (!screen) notFound();
  const { template, version, facts, runs } = screen;
  const { hook } = await searchParams;
  const narrowed = version.hooks.find((each) => each.name === hook)?.name ?? null;
  const above = `/fleet/templates/${template.id}`;
  const here = `${above}/versions/${version.id}/dry-run`;
  return (
    <>
      <PageHeader
        title={`Dry run of ${template.name}`}
        breadcrumbs={[
          { label: "Templates", href: "/fleet/templates" },
          { label: template.name, href: above },
          { label: `Version ${version.number}` },
          { label: "Dry run" },
        ]}
        meta={
          <>
            Version {version.number} <TemplateStateText state={version.state} />
          </>
        }
        description={
          narrowed
            ? "Narrowed to one hook."
            : "Checked, rendered and planned with example values. No node is taken and nothing is launched."
        }
        actions={narrowed && <LinkButton href={here}>All hooks</LinkButton>}
      />
      <DryRunBench
        version={version}
        facts={facts}
        runs={runs}
        hook={narrowed}
        here={here}
        start={operatorMay(grant.operatorRole, "catalogue.edit") ? startDryRunAction : undefined}
      />
    </>
  );
}
