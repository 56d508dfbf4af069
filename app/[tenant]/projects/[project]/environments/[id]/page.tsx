import type { Metadata } from "next";
import { notFound } from "next/navigation";
import {
  abortEnvironmentAction,
  changeEnvironmentKeysAction,
  changeInputsAction,
  operateEnvironmentAction,
  releaseEnvironmentAction,
  retryEnvironmentAction,
  retryHookAction,
  runActionAction,
  setLeaseAction,
  upgradeEnvironmentAction,
} from "#app/[tenant]/projects/[project]/environments/actions";
import { ActivityPanel } from "#components/environments/activity-panel";
import { EnvironmentReadme } from "#components/environments/environment-readme";
import { EnvironmentScreen } from "#components/environments/environment-screen";
import { environmentCalls } from "#lib/api/table";
import { readSettings } from "#lib/config/env";
import { database } from "#lib/server/database";
import { requireProjectGrant } from "#lib/server/require-grant";
import { environmentActivity } from "#lib/views/activity";
import { environmentDetail } from "#lib/views/environment-detail";
import { keyOffer } from "#lib/views/key-offer";

export const metadata: Metadata = { title: "Environment" };

export default async function EnvironmentPage({
  params,
}: PageProps<"/[tenant]/projects/[project]/environments/[id]">) {
  const { tenant, project, id } = await params;
  const grant = await requireProjectGrant(tenant, project, "environment.read");
  const environment = await environmentDetail(database(), grant, id);
  if (!environment) notFound();
  const offer = await keyOffer(database(), grant);
  const activity = await environmentActivity(database(), grant, id);
  return (
    <EnvironmentScreen
      key={environment.id}
      initial={environment}
      place={{ tenant, project }}
      breadcrumbs={[
        { label: environment.projectName, href: `/${tenant}/projects/${project}` },
        { label: environment.name },
      ]}
      acts={{
        operate: operateEnvironmentAction.bind(null, tenant, project),
        abort: abortEnvironmentAction.bind(null, tenant, project),
        retry: retryEnvironmentAction.bind(null, tenant, project),
        upgrade: upgradeEnvironmentAction.bind(null, tenant, project),
        runAction: runActionAction.bind(null, tenant, project),
        retryHook: retryHookAction.bind(null, tenant, project),
        release: releaseEnvironmentAction.bind(null, tenant, project),
        setLease: setLeaseAction.bind(null, tenant, project),
        changeInputs: changeInputsAction.bind(null, tenant, project),
        changeKeys: changeEnvironmentKeysAction.bind(null, tenant, project),
      }}
      keyOffer={offer}
      api={environmentCalls(
        readSettings().origin,
        { tenant, project, environment: id },
        environment.actions.map(({ name }) => name),
      )}
      readme={<EnvironmentReadme environment={environment} />}
      activity={<ActivityPanel events={activity} />}
    />
  );
}
