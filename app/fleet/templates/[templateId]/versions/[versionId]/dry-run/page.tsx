import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { PageCalls } from "#components/api/page-calls";
import { DryRunBench } from "#components/dry-runs/dry-run-bench";
import { TemplateStateText } from "#components/templates/template-state";
import { LinkButton } from "#components/ui/link-button";
import { PageHeader } from "#components/ui/page-header";
import { operatorMay } from "#lib/access/policy";
import { apiCall } from "#lib/api/table";
import { readSettings } from "#lib/config/env";
import { database } from "#lib/server/database";
import { requireFleetGrant } from "#lib/server/require-grant";
import { dryRunScreen } from "#lib/views/dry-runs";
import { rehearseTemplateAction, startDryRunAction, takeBackNodeAction } from "../../../../actions";

export const metadata: Metadata = { title: "Dry run" };

export default async function DryRunPage({
  params,
  searchParams,
}: PageProps<"/fleet/templates/[templateId]/versions/[versionId]/dry-run">) {
  const grant = await requireFleetGrant("fleet.read");
  const screen = await dryRunScreen(database(), grant, await params);
  if (!screen) notFound();
  const { template, version, facts, lendable, runs } = screen;
  const { hook } = await searchParams;
  const narrowed = version.hooks.find((each) => each.name === hook)?.name ?? null;
  const above = `/fleet/templates/${template.id}`;
  const here = `${above}/versions/${version.id}/dry-run`;
  const mayEdit = operatorMay(grant.operatorRole, "catalogue.edit");
  const mayOperate = operatorMay(grant.operatorRole, "node.operate");
  const entered = {
    counts: Object.fromEntries(version.groups.map((group) => [group.name, group.defaultCount])),
    inputs: Object.fromEntries(
      version.inputs.map((input) => [input.name, input.default ?? "VALUE"]),
    ),
    hook: narrowed,
  };
  const { origin } = readSettings();
  const ofVersion = { templateVersion: version.id };
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
            : "Checked, rendered and planned with example values. Nothing is launched, and no node is taken but one that you lend."
        }
        actions={narrowed && <LinkButton href={here}>All hooks</LinkButton>}
      />
      <DryRunBench
        version={version}
        facts={facts}
        runs={runs}
        hook={narrowed}
        here={here}
        lendable={lendable}
        start={mayEdit ? startDryRunAction : undefined}
        rehearse={mayOperate ? rehearseTemplateAction : undefined}
        takeBack={mayOperate ? takeBackNodeAction : undefined}
      />
      <PageCalls
        calls={[
          { label: "List the last dry runs", call: apiCall("listDryRuns", origin, ofVersion) },
          {
            label: "Read one",
            call: apiCall("getDryRun", origin, { dryRun: runs[0]?.id ?? "DRY_RUN_ID" }),
          },
          ...(mayEdit
            ? [
                {
                  label: "Ask the providers",
                  call: apiCall("startDryRun", origin, ofVersion),
                  body: entered,
                },
              ]
            : []),
          ...(mayOperate
            ? [
                {
                  label: "Run its scripts on a node",
                  call: apiCall("rehearseTemplate", origin, ofVersion),
                  body: { ...entered, nodeId: lendable[0]?.id ?? "NODE_ID" },
                },
                {
                  label: "Take the node back",
                  call: apiCall("takeBackNode", origin, { dryRun: runs[0]?.id ?? "DRY_RUN_ID" }),
                },
              ]
            : []),
        ]}
      />
    </>
  );
}
