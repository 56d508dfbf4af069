/**
 * What a token can be given: permissions of the policy table, those that the API asks for. To change
 * roles, people, tokens and secrets is not among them, so that whoever finds a token makes no second way
 * in with it. A webhook's secret opens nothing: it tells its receiver who sent a message.
 */
export const tokenScopes = [
  "project.read",
  "environment.read",
  "environment.launch",
  "environment.operate",
  "environment.act",
  "environment.release",
  "tenant.read",
  "tenant.audit",
  "tenant.use",
  "member.read",
  "project.create",
  "quota.split",
  "approval.answer",
  "tenant.webhooks",
  "fleet.read",
  "fleet.audit",
  "node.enrol",
  "node.operate",
  "pool.edit",
  "catalogue.edit",
  "context.edit",
  "tenant.create",
  "quota.edit",
  "approval.decide",
] as const;
export type TokenScope = (typeof tokenScopes)[number];

/** What each lets a program do, to be read beside its name. */
export const scopeWords: Record<TokenScope, string> = {
  "project.read": "See projects, their catalogue, quota and use.",
  "environment.read": "See environments, their operations and logs, and follow events.",
  "environment.launch": "Launch environments, and ask what a launch would meet.",
  "environment.operate":
    "Start, stop, restart, reinstall, retry and abort environments, set when they end, run hooks again.",
  "environment.act": "Press the actions that environments offer.",
  "environment.release": "Release environments: their data is wiped.",
  "tenant.read": "See the tenant's projects and quota.",
  "tenant.audit": "Read the tenant's audit log, and follow its events.",
  "tenant.use": "Read the tenant's reports of use, with what it cost.",
  "member.read": "See the tenant's members: their names, addresses and roles, and who is invited.",
  "project.create": "Create projects in the tenant.",
  "quota.split": "Promise parts of the tenant's quota to its projects.",
  "approval.answer": "See what waits for your approval in the tenant, and decide it.",
  "tenant.webhooks":
    "See, create, change and remove the tenant's webhooks, which tell more than the token may read.",
  "fleet.read": "See the fleet: nodes, their health, pools, hooks, what waits for an operator.",
  "fleet.audit": "Read the fleet's audit log, which has what every tenant does.",
  "node.enrol":
    "Enrol nodes and have their controllers' passwords tried again; sites, racks, fabrics, ports, provisioning networks.",
  "node.operate":
    "Verify, wipe, inspect, flag, quarantine and retire nodes, handle their health, run hooks again.",
  "pool.edit": "Create, change and retire pools, and reserve items of them.",
  "catalogue.edit":
    "Change what tenants are offered: images, node types, profiles, templates with their scripts, who has which.",
  "context.edit":
    "Create, change, attach and remove config contexts; an attached one brings its secrets to what is launched.",
  "tenant.create": "Create tenants, without people in them.",
  "quota.edit": "Set what tenants and their projects may hold.",
  "approval.decide": "Decide what waits for an operator.",
};

/** True for a scope that only looks. */
export function onlyReads(scope: TokenScope): boolean {
  return scope.endsWith(".read") || scope.endsWith(".audit");
}
