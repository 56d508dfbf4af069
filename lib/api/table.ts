import { auditRoutes } from "#lib/api/audit-routes";
import { contextRoutes } from "#lib/api/context-routes";
import { dryRunRoutes } from "#lib/api/dry-run-routes";
import { enrolmentRoutes } from "#lib/api/enrolment-routes";
import { environmentRoutes } from "#lib/api/environment-routes";
import { eventRoutes } from "#lib/api/event-routes";
import { fabricRoutes } from "#lib/api/fabric-routes";
import { fleetHoldRoutes } from "#lib/api/fleet-hold-routes";
import { fleetWebhookRoutes } from "#lib/api/fleet-webhook-routes";
import { healthRoutes } from "#lib/api/health-routes";
import { healthRuleRoutes } from "#lib/api/health-rule-routes";
import { healthSilenceRoutes } from "#lib/api/health-silence-routes";
import { holdRoutes } from "#lib/api/hold-routes";
import { hookRoutes } from "#lib/api/hook-routes";
import { imageRoutes } from "#lib/api/image-routes";
import { memberRoutes } from "#lib/api/member-routes";
import { nodeRoutes } from "#lib/api/node-routes";
import { nodeTypeRoutes } from "#lib/api/node-type-routes";
import { operationRoutes } from "#lib/api/operation-routes";
import { ownRoutes } from "#lib/api/own-routes";
import { poolRoutes } from "#lib/api/pool-routes";
import { profileRoutes } from "#lib/api/profile-routes";
import { projectRoutes } from "#lib/api/project-routes";
import { providerRoutes } from "#lib/api/provider-routes";
import { quotaRoutes } from "#lib/api/quota-routes";
import type { AnyRoute, Method } from "#lib/api/route";
import { sharingRoutes } from "#lib/api/sharing-routes";
import { siteRoutes } from "#lib/api/site-routes";
import { templateRoutes } from "#lib/api/template-routes";
import { tenantRoutes } from "#lib/api/tenant-routes";
import { useRoutes } from "#lib/api/use-routes";
import { webhookRoutes } from "#lib/api/webhook-routes";
import type { EnvironmentCommand } from "#lib/domain/environment/state";

/** Every route of the API, by the name that OpenAPI calls its operation. */
export const apiRoutes = {
  ...ownRoutes,
  ...projectRoutes,
  ...environmentRoutes,
  ...holdRoutes,
  ...hookRoutes,
  ...eventRoutes,
  ...tenantRoutes,
  ...memberRoutes,
  ...useRoutes,
  ...quotaRoutes,
  ...auditRoutes,
  ...webhookRoutes,
  ...fleetWebhookRoutes,
  ...operationRoutes,
  ...providerRoutes,
  ...siteRoutes,
  ...fabricRoutes,
  ...nodeRoutes,
  ...enrolmentRoutes,
  ...fleetHoldRoutes,
  ...poolRoutes,
  ...healthRoutes,
  ...healthSilenceRoutes,
  ...healthRuleRoutes,
  ...contextRoutes,
  ...imageRoutes,
  ...nodeTypeRoutes,
  ...profileRoutes,
  ...templateRoutes,
  ...dryRunRoutes,
  ...sharingRoutes,
};

export type ApiRoutes = typeof apiRoutes;
export type ApiRouteName = keyof ApiRoutes;

/** Where the API begins. */
export const apiBase = "/api/v1";

/** The routes as the door and the document read them. */
export const routeList = Object.entries(apiRoutes).map(([name, route]) => ({
  name: name as ApiRouteName,
  route: route as unknown as AnyRoute,
}));

/** The method and the address of a route, the parts of its path filled in: for the call beside a button. */
export function apiCall(
  name: ApiRouteName,
  origin: string,
  params: Record<string, string> = {},
): { method: Method; url: string } {
  const { method, path } = apiRoutes[name];
  const filled = path.replace(/\{(\w+)\}/g, (whole, key) =>
    params[key] === undefined ? whole : encodeURIComponent(params[key]),
  );
  return { method, url: `${origin}${apiBase}${filled}` };
}

const commandRoutes = {
  start: "startEnvironment",
  stop: "stopEnvironment",
  restart: "restartEnvironment",
  reinstall: "reinstallEnvironment",
  abort: "abortEnvironment",
  retry: "retryEnvironment",
  release: "releaseEnvironment",
} as const satisfies Record<EnvironmentCommand, ApiRouteName>;

/**
 * The calls that read one environment, its operations and its log, give it each of its commands, press each of its actions, say when
 * it ends, change its inputs and run a hook of it again; `OPERATION` and `HOOK_RUN` stand for their ids.
 */
export function environmentCalls(
  origin: string,
  params: { tenant: string; project: string; environment: string },
  actions: readonly string[],
) {
  const commands = Object.fromEntries(
    Object.entries(commandRoutes).map(([command, name]) => [
      command,
      apiCall(name, origin, params),
    ]),
  ) as Record<EnvironmentCommand, ReturnType<typeof apiCall>>;
  return {
    read: apiCall("getEnvironment", origin, params),
    operations: apiCall("listOperations", origin, params),
    operation: apiCall("getOperation", origin, { ...params, operation: "OPERATION" }),
    hookRuns: apiCall("listEnvironmentHookRuns", origin, params),
    scriptLog: apiCall("getScriptLog", origin, { ...params, scriptRun: "SCRIPT_RUN" }),
    log: apiCall("getEnvironmentLog", origin, params),
    commands,
    upgrade: apiCall("upgradeEnvironment", origin, params),
    lease: apiCall("setLease", origin, params),
    inputs: apiCall("changeInputs", origin, params),
    retryHook: apiCall("retryHook", origin, { ...params, hookRun: "HOOK_RUN" }),
    actions: Object.fromEntries(
      actions.map((action) => [action, apiCall("runAction", origin, { ...params, action })]),
    ),
  };
}
