/** A promise taken back in one place, and the test that must notice. */
export type Mutant = {
  name: string;
  file: string;
  /** Stands in the file exactly once. */
  find: string;
  put: string;
  test: MutantTest;
};

/** `browser`: needs a build of the mutant, which takes a minute. */
export type MutantTest = { kind: "unit" | "integration" | "browser"; file: string; name: string };

const unit = (file: string, name: string): MutantTest => ({ kind: "unit", file, name });
const integration = (file: string, name: string): MutantTest => ({
  kind: "integration",
  file,
  name,
});
const browser = (file: string, name: string): MutantTest => ({ kind: "browser", file, name });

const tables = "db/migrations/0001_isolation.sql";
const authorize = "lib/access/authorize.ts";
const launch = "lib/commands/launch-environment.ts";

const isolation = (name: string) => integration("db/isolation.integration.test.ts", name);
const grants = (name: string) => unit("lib/access/authorize.test.ts", name);
const tokens = (name: string) => integration("lib/access/api-token.integration.test.ts", name);
const launches = (name: string) =>
  integration("lib/commands/launch-environment.integration.test.ts", name);
const signIns = (name: string) => integration("lib/commands/sign-in.integration.test.ts", name);
const factors = (name: string) =>
  integration("lib/commands/second-factor.integration.test.ts", name);
const tenantShares = (name: string) =>
  integration("lib/commands/tenant-shares.integration.test.ts", name);
const engine = (name: string) => integration("lib/worker/engine.integration.test.ts", name);
const scripts = (name: string) => integration("lib/boot/scripts.integration.test.ts", name);

export const mutants: Mutant[] = [
  {
    name: "a tenant's table without its policies",
    file: tables,
    find: "perform isolate('quotas', own, own);",
    put: "",
    test: isolation("every table of a tenant is under forced row-level security with a policy"),
  },
  {
    name: "row-level security not forced on the owner",
    file: tables,
    find: "perform isolate('operations', own, own);",
    put: "perform isolate('operations', own, own); alter table operations no force row level security;",
    test: isolation("every table of a tenant is under forced row-level security with a policy"),
  },
  {
    name: "a policy that lets every tenant read",
    file: tables,
    find: "perform isolate('allocations', own, own);",
    put: "perform isolate('allocations', 'true', own);",
    test: isolation("a tenant reads, changes, removes and adds no row of another, in any table"),
  },
  {
    name: "a reason of health without a tenant is every tenant's to read",
    file: "db/migrations/0007_platform.sql",
    find: "select isolate('health_reasons', 'tenant_id = (select app_tenant())', null);",
    put: "select isolate('health_reasons', 'coalesce(tenant_id, (select app_tenant())) = (select app_tenant())', null);",
    test: integration(
      "lib/worker/health/health-watcher.integration.test.ts",
      "a reason without a tenant is operators' alone, keeps a free node, and is told to operators",
    ),
  },
  {
    name: "what a node told before its tenant held it on that tenant's map",
    file: "db/migrations/0042_gpu_map.sql",
    find: "      and a.started_at <= gpu_latest.at\n",
    put: "",
    test: integration(
      "lib/views/live-feeds.integration.test.ts",
      "a map of GPUs shows an environment's own since it holds them, and follows each scrape",
    ),
  },
  {
    name: "a map of GPUs of an environment of another project",
    file: "db/queries/environment-gpus.ts",
    find: "and a.project_id = ",
    put: "and '' <> ",
    test: integration(
      "lib/views/live-feeds.integration.test.ts",
      "a map of GPUs shows an environment's own since it holds them, and follows each scrape",
    ),
  },
  {
    name: "nodes asked for together in the time in which only the first was held",
    file: "lib/drivers/prometheus/open-gpu-means.ts",
    find: "const key = JSON.stringify(part);",
    put: "const key = String(part.first);",
    test: unit(
      "lib/drivers/prometheus/gpu-means.test.ts",
      "however many nodes are held and whenever, of none a moment is read in which it was not",
    ),
  },
  {
    name: "a policy that lets every tenant write",
    file: tables,
    find: "perform isolate('environments', own, own);",
    put: "perform isolate('environments', own, 'true');",
    test: isolation("a tenant reads, changes, removes and adds no row of another, in any table"),
  },
  {
    name: "a scope that outlives its transaction",
    file: "db/client.ts",
    find: "true), set_config('app.user'",
    put: "false), set_config('app.user'",
    test: isolation("a pooled connection carries nothing over to the next transaction"),
  },
  {
    name: "any tenant's name opens one's own",
    file: authorize,
    find: `): Result<TenantGrant<P>, Refused> {
  const membership = actor.memberships.find((m) => m.tenantSlug === tenantSlug);`,
    put: `): Result<TenantGrant<P>, Refused> {
  const membership = actor.memberships[0];`,
    test: grants("to a stranger nothing exists, whatever they ask for"),
  },
  {
    name: "no role asked in a tenant",
    file: authorize,
    find: 'if (!tenantRoleMay(membership.role, permission)) return refuse({ kind: "forbidden", permission });',
    put: "",
    test: grants("a member without the permission is told so"),
  },
  {
    name: "no role asked in a project",
    file: authorize,
    find: 'if (!projectRoleMay(role, permission)) return refuse({ kind: "forbidden", permission });',
    put: "",
    test: grants("a member without the permission is told so"),
  },
  {
    name: "no role asked of an operator",
    file: authorize,
    find: `if (!operatorMay(actor.operatorRole, permission))
    return refuse({ kind: "forbidden", permission });`,
    put: "",
    test: grants("a member without the permission is told so"),
  },
  {
    name: "a token wider than its scopes",
    file: authorize,
    find: "actor.token !== undefined && !actor.token.scopes.includes(permission);",
    put: 'actor.token !== undefined && permission === "";',
    test: tokens("a service account may do what its scopes include, in its own project alone"),
  },
  {
    name: "a revoked or expired token let in",
    file: "lib/access/api-token.ts",
    find: 'if (row.standing !== "live" || !whole) {',
    put: "if (!whole) {",
    test: integration(
      "lib/api/door.integration.test.ts",
      "no door of the document is without a lock, whoever knocks",
    ),
  },
  {
    name: "a token that never expires",
    file: "db/migrations/0024_token_places.sql",
    find: "live := found_token.revoked_at is null and found_token.expires_at > now();",
    put: "live := found_token.revoked_at is null;",
    test: tokens(
      "a token that was revoked, has expired, or whose account is gone is refused at once",
    ),
  },
  {
    name: "a token for one project good for its person's others",
    file: "lib/access/api-token.ts",
    find: "if (row.project_id === null) return whole;",
    put: "if (row.user_id !== null) return whole;",
    test: tokens("a person's token is never wider than the person is at that moment"),
  },
  {
    name: "as many requests as a token likes",
    file: "lib/api/door.ts",
    find: "if (shown.requests > requestsPerMinute) {",
    put: "if (shown.requests < 0) {",
    test: integration(
      "lib/api/door.integration.test.ts",
      "a token that asks too often is told when to come back",
    ),
  },
  {
    name: "as many changes as a caller likes",
    file: "lib/access/keep-pace.ts",
    find: "if (acts <= mostPerMinute.change) return undefined;",
    put: "if (acts > 0) return undefined;",
    test: integration(
      "lib/access/keep-pace.integration.test.ts",
      "of a hundred changes at once sixty are let through, and after a minute sixty more",
    ),
  },
  {
    name: "as many reads as a person has tokens",
    file: "lib/access/keep-pace.ts",
    find: "if (acts <= mostPerMinute.read) return",
    put: "if (acts > 0) return",
    test: integration(
      "lib/access/keep-pace.integration.test.ts",
      "a person's tokens together read six hundred times a minute, their pages as often besides, and all are told how many are left",
    ),
  },
  {
    name: "a membership that outlasts its time",
    file: "lib/access/load-actor.ts",
    find: "(m.until is null or m.until >",
    put: "(true or m.until >",
    test: integration(
      "lib/commands/invitations.integration.test.ts",
      "access that was given for a time ends by itself, and an owner's does not",
    ),
  },
  {
    name: "a project role that outlasts its time",
    file: "lib/access/load-actor.ts",
    find: "(pm.until is null or pm.until >",
    put: "(true or pm.until >",
    test: integration(
      "lib/commands/invitations.integration.test.ts",
      "access that was given for a time ends by itself, and an owner's does not",
    ),
  },
  {
    name: "an own origin that is never compared",
    file: "lib/access/own-origin.ts",
    find: "if (origin === null) return false;",
    put: "if (origin !== undefined) return true;",
    test: unit("lib/access/own-origin.test.ts", "a foreign origin"),
  },
  {
    name: "an audit chain whose hashes nobody works out",
    file: "db/queries/audit-chains.ts",
    find: "digest().equals(hash)) {",
    put: "digest().equals(hash) && hash.length === 0) {",
    test: integration(
      "lib/views/audit-chain.integration.test.ts",
      "of hundreds of changes, removals, moves and additions each is found, however it is covered up",
    ),
  },
  {
    name: "audit events that can be changed",
    file: tables,
    find: "raise exception 'audit events are never changed';",
    put: "return case when tg_op = 'DELETE' then old else new end;",
    test: isolation("an audit event is never changed or removed, by nobody"),
  },
  {
    name: "a webhook sent to whatever network",
    file: "lib/drivers/http-provider/post.ts",
    find: "const outside = ips.find((ip) => !isAllowed(ip));",
    put: "const outside = ips.find((ip) => ip === '' && !isAllowed(ip));",
    test: unit(
      "lib/drivers/http-provider/call-webhook.test.ts",
      "a webhook in a network that is not allowed is sent nothing",
    ),
  },
  {
    name: "a redirect of a webhook followed, unchecked",
    file: "lib/drivers/http-provider/post.ts",
    find: 'resolve({ status: answer.statusCode ?? 0, text: "" });',
    put: `const { location } = answer.headers;
          const { host: address, pathname: path } = new URL(location ?? "https://nowhere");
          const next = { ...endpoint, address, path };
          if (location) resolve(post(next, sent, { ...allowed, isAllowed: () => true }));
          else resolve({ status: answer.statusCode ?? 0, text: "" });`,
    test: integration(
      "lib/worker/notifications/notifications.integration.test.ts",
      "a receiver that hangs or leads elsewhere is tried again; after a day of 500 it is given up, and sent by hand",
    ),
  },
  {
    name: "a credential written as it is",
    file: "lib/commands/register-nodes.ts",
    find: "sealed: seal(sealingKey, credentialPlace(id), JSON.stringify({ username, password })),",
    put: "sealed: JSON.stringify({ username, password }),",
    test: integration(
      "lib/commands/enrol-nodes.integration.test.ts",
      "enrols the lines that can be, each with its credential, operation and audit event",
    ),
  },
  {
    name: "a session that was ended let in",
    file: "lib/access/load-actor.ts",
    find: "and s.revoked_at is null and s.expires_at",
    put: "and s.expires_at",
    test: signIns("an ended session is refused at its next request"),
  },
  {
    name: "a closed account let in",
    file: "lib/access/load-actor.ts",
    find: " and u.disabled_at is null`);",
    put: "`);",
    test: signIns("a disabled person is out at the next request"),
  },
  {
    name: "a token made while all of them end",
    file: "lib/commands/create-api-token.ts",
    find: "if (sessionId && !(await holdSession(tx, actor.userId, sessionId))) return sessionEnded;",
    put: "",
    test: integration(
      "lib/commands/accounts.integration.test.ts",
      "all that is open of an account ends at once, and a token that is being made is not made",
    ),
  },
  {
    name: "a password changed over a reset",
    file: "lib/commands/change-password.ts",
    find: "if (locked?.passwordHash !== user.passwordHash) {",
    put: "if (!locked) {",
    test: signIns("a reset that comes between is not undone by whoever knew the old password"),
  },
  {
    name: "as many tries at a password as somebody likes",
    file: "lib/commands/sign-in.ts",
    find: "if (waitMs > 0)",
    put: "if (waitMs > Number.MAX_VALUE)",
    test: signIns(
      "after some failures an account must wait, even with the right password, and then may again",
    ),
  },
  {
    name: "a code of the app taken twice",
    file: "db/queries/second-factors.ts",
    find: "lt(totpFactors.lastStep, step),",
    put: "",
    test: factors(
      "the password alone opens nothing, and of two sign-ins with one code at the same moment one wins",
    ),
  },
  {
    name: "a recovery code taken twice",
    file: "db/queries/second-factors.ts",
    find: "        isNull(recoveryCodes.usedAt),\n",
    put: "",
    test: factors("a recovery code lets its own person in once"),
  },
  {
    name: "an identity known by its subject, whoever its issuer is",
    file: "db/queries/identity.ts",
    find: ".where(and(eq(userIdentities.issuer, issuer), eq(userIdentities.subject, subject)));",
    put: ".where(eq(userIdentities.subject, subject));",
    test: integration(
      "lib/commands/sign-in-with-provider.integration.test.ts",
      "an account is made for a group that has a role, found again by its subject alone, never by address",
    ),
  },
  {
    name: "an owner's invitation made anew by an admin",
    file: "lib/commands/invite-member.ts",
    find: "return admitted.ok ? ok(pending) : admitted;",
    put: "return admitted.ok || pending ? ok(pending) : admitted;",
    test: integration(
      "lib/commands/invitations.integration.test.ts",
      "the link of an owner-to-be is an owner's to make, to make anew and to take back",
    ),
  },
  {
    name: "an operator's invitation whose address nobody looks at",
    file: "lib/commands/accept-operator-invitation.ts",
    find: "if (user.email !== invitation.email) {",
    put: "if (user.email === '') {",
    test: integration(
      "lib/commands/operator-invitations.integration.test.ts",
      "an operator's invitation is for its address: another account does not take it, and that is written down",
    ),
  },
  {
    name: "an operator's session that goes on as a member's",
    file: "lib/commands/renew-session.ts",
    find: "await shortenSessions(tx, userId, absoluteMs);",
    put: "void absoluteMs;",
    test: integration(
      "lib/commands/operator-invitations.integration.test.ts",
      "an owner of a tenant becomes an operator, stays an owner, and goes on in another session",
    ),
  },
  {
    name: "a weighty act without a fresh proof",
    file: "lib/server/action.ts",
    find: "if (actor.proofDue && isWeighty) return proofDue(actor.proofDue);",
    put: "",
    test: browser(
      "e2e/actions.spec.ts",
      "an owner whose proof is old is asked for a new one before whatever gives access",
    ),
  },
  {
    name: "launches that take nodes without their locks",
    file: "db/queries/free-nodes.ts",
    find: '.for("no key update", { skipLocked: true })',
    put: "",
    test: launches("racing launches of many tenants take every free node, each once"),
  },
  {
    name: "a launch that does not wait for the last node",
    file: "db/queries/free-nodes.ts",
    find: `.limit(need.count)
    .for("no key update");`,
    put: `.limit(need.count)
    .for("no key update", { skipLocked: true });`,
    test: launches(
      "a launch that finds the last node held by another waits, and has it when the other gives up",
    ),
  },
  {
    name: "a database that lets two hold one node",
    file: tables,
    find: "exclude using gist (node_id with =, tstzrange(started_at, released_at) with &&);",
    put: "check (started_at is not null);",
    test: launches(
      "a node that is held cannot be held a second time, for part of that time or all of it",
    ),
  },
  {
    name: "launches that count without the quota's lock",
    file: "db/queries/quotas.ts",
    find: `.where(eq(tenants.id, tenantId))
    .for("no key update");`,
    put: ".where(eq(tenants.id, tenantId));",
    test: launches("racing launches of one tenant take exactly what its quota holds"),
  },
  {
    name: "holds that count without the quota's lock",
    file: "db/queries/quotas.ts",
    find: `.where(eq(tenants.id, tenantId))
    .for("no key update");`,
    put: ".where(eq(tenants.id, tenantId));",
    test: integration(
      "lib/commands/holds.integration.test.ts",
      "holds and launches of one tenant do not take the same quota",
    ),
  },
  {
    name: "a launch that is repeated made again",
    file: launch,
    find: "if (earlier) return earlier;",
    put: "",
    test: launches("the same request key launches one environment, also when both arrive at once"),
  },
  {
    name: "another caller's Idempotency-Key taken for one's own",
    file: "lib/api/door.ts",
    find: "keyOf(route, request, shown.actor.userId)",
    put: 'keyOf(route, request, "" as never)',
    test: integration(
      "lib/api/door.integration.test.ts",
      "the same Idempotency-Key launches once, and another caller's key is another",
    ),
  },
  {
    name: "the ends of leases of a node type that a tenant does not see",
    file: "db/migrations/0059_lease_ends_at_sites.sql",
    find: "and exists (select from profiles p where p.node_type_id = p_node_type and app_sees_profile(p.id))",
    put: "",
    test: integration(
      "lib/commands/holds.integration.test.ts",
      "a preflight says by when leases end, and of others' nothing else",
    ),
  },
  {
    name: "a partition of samples that the worker reads past the table's policies",
    file: "db/migrations/0044_copy_samples.sql",
    find: "grant insert on %s to ingot_worker",
    put: "grant insert, select on %s to ingot_worker",
    test: integration(
      "db/queries/gpu-samples.integration.test.ts",
      "the worker may add to a partition and nothing else, and COPY into the table is refused",
    ),
  },
  {
    name: "what is left of a pool counted without the pool's lock",
    file: "db/migrations/0055_kept_items.sql",
    find: "order by p.id for no key update;",
    put: "order by p.id;",
    test: integration(
      "lib/commands/draw-network.integration.test.ts",
      "of those who reach for the last item at once, with a hold or a launch, one has it",
    ),
  },
  {
    name: "nodes taken at a site that has not what their network needs",
    file: "lib/commands/hold-nodes.ts",
    find: "{ own, racks: supply?.racks ?? null }",
    put: "{ own }",
    test: integration(
      "lib/commands/draw-network.integration.test.ts",
      "of two sites nodes are taken where their network can be had, said, held and launched alike",
    ),
  },
  {
    name: "nodes counted before those who had the pools have taken theirs",
    file: "db/queries/supplied-racks.ts",
    find: "isToTake ? await listFreeRacks(tx, nodes, own) : before",
    put: "before",
    test: integration(
      "lib/commands/draw-network.integration.test.ts",
      "a launch that waited for the pools weighs the nodes that are left then",
    ),
  },
  {
    name: "nodes taken that were not weighed",
    file: "lib/commands/hold-nodes.ts",
    find: "if (inTheEnd && !inTheEnd.ok) return inTheEnd;",
    put: "",
    test: integration(
      "lib/commands/draw-network.integration.test.ts",
      "nodes that become free while a launch or a hold waits pass no quota of addresses",
    ),
  },
  {
    name: "a hold that keeps nothing of the pools",
    file: "db/migrations/0055_kept_items.sql",
    find: "where h.ended_at is null and h.until > now() and h.id is distinct from p_own",
    put: "where false",
    test: integration(
      "lib/commands/draw-network.integration.test.ts",
      "the last of a pool that a hold keeps is for its launch, and until then nobody else's",
    ),
  },
  {
    name: "one operation claimed by several workers",
    file: "db/queries/operations.ts",
    find: `.limit(input.limit)
    .for("no key update", { skipLocked: true });`,
    put: ".limit(input.limit);",
    test: engine("ten workers that look at once claim every operation once"),
  },
  {
    name: "a commit that does not name its fence",
    file: "db/queries/operations.ts",
    find: "eq(operations.fence, operation.fence),",
    put: "",
    test: engine("a worker that lost its lease commits nothing, and another goes on"),
  },
  {
    name: "a hook run again alone while its environment is given back",
    file: "lib/commands/retry-hook.ts",
    find: "await lockEnvironment(tx, run, run.environmentId)",
    put: "(await tx.select().from(environments).where(eq(environments.id, run.environmentId)))[0]",
    test: integration(
      "lib/commands/run-action.integration.test.ts",
      "a failed hook is run again alone only by whom, when and where it could have come by itself",
    ),
  },
  {
    name: "inputs changed as they were before another change",
    file: "lib/commands/change-inputs.ts",
    find: "await lockEnvironment(tx, grant, input.environmentId)",
    put: "(await tx.select().from(environments).where(eq(environments.id, input.environmentId)))[0]",
    test: integration(
      "lib/commands/change-inputs.integration.test.ts",
      "two changes at once both stand, and one waits for whatever moves the environment",
    ),
  },
  {
    name: "a secret that was changed, no longer hidden where a node still has it",
    file: "lib/worker/workflows/seed-values.ts",
    find: "given.formerSecrets.map(",
    put: "[].map(",
    test: integration(
      "lib/boot/scripts.integration.test.ts",
      "a runner stays where hooks run scripts later, hides secrets without a window, and goes with its node",
    ),
  },
  {
    name: "a provider left alone by two operators, each for a reason of their own",
    file: "lib/commands/stop-asking.ts",
    find: '.for("no key update", { of: hookRuns })',
    put: "",
    test: integration(
      "lib/worker/hooks/runner.integration.test.ts",
      "an operator has a provider asked no more to take back; its late answer changes nothing",
    ),
  },
  {
    name: "a provider changed over what somebody else has changed meanwhile",
    file: "db/queries/lock-provider.ts",
    find: '.for("no key update")',
    put: "",
    test: integration(
      "lib/worker/hooks/runner.integration.test.ts",
      "of two operators who change a provider at once one wins, and the other reads who was first",
    ),
  },
  {
    name: "a draft published by two operators, each as if alone",
    file: "lib/commands/move-template-version.ts",
    find: '.for("no key update")',
    put: "",
    test: integration(
      "lib/commands/catalogue.integration.test.ts",
      "of two operators who publish one draft at once one does, and the other reads that it is done",
    ),
  },
  {
    name: "a version published while its provider is retired",
    file: "db/queries/publish-facts.ts",
    find: 'reading.for("share")',
    put: "reading",
    test: integration(
      "lib/commands/catalogue.integration.test.ts",
      "a version is not published while a provider that it calls is being retired",
    ),
  },
  {
    name: "a hook that is to run once run again",
    file: "db/queries/hook-runs.ts",
    find: "const once = executeOnce && earlier.find((run) => run.name === name);",
    put: "const once = executeOnce && earlier.find(() => false);",
    test: integration(
      "e2e/lab/hooks.integration.test.ts",
      "what is entered reaches hooks and nodes, a provider is asked until it is done, a person decides",
    ),
  },
  {
    name: "a session that reaches further under its old id",
    file: "lib/commands/accept-invitation.ts",
    find: "await renewForRole(tx, { userId, sessionId }, renewedAs, actor.operatorRole !== null);",
    put: "void renewForRole;",
    test: integration(
      "lib/commands/invitations.integration.test.ts",
      "the session of whoever accepts goes on under another id, and proves no more than before",
    ),
  },
  {
    name: "a session's cookie that comes along from other sites",
    file: "lib/server/auth.ts",
    find: "sameSite: sessionSameSite(),",
    put: 'sameSite: sessionSameSite() && ("lax" as const),',
    test: browser(
      "e2e/elsewhere.spec.ts",
      "a link of another site finds its person signed in, and whatever else comes from there is nobody's",
    ),
  },
  {
    name: "doors of the build that ask for no role in a project",
    file: authorize,
    find: 'if (!projectRoleMay(role, permission)) return refuse({ kind: "forbidden", permission });',
    put: "void [projectRoleMay, role];",
    test: browser(
      "e2e/doors.spec.ts",
      "every door of the build opens to whom it should, and nobody finds a secret behind it",
    ),
  },
  {
    name: "acts of the build that ask for no role in a tenant",
    file: authorize,
    find: 'if (!tenantRoleMay(membership.role, permission)) return refuse({ kind: "forbidden", permission });',
    put: "void tenantRoleMay;",
    test: browser(
      "e2e/actions.spec.ts",
      "every act is refused to whom its permission says, and nothing is said of the input before",
    ),
  },
  {
    name: "a key between two tables of tenants without the tenant",
    file: "db/migrations/0014_keys.sql",
    find: 'FOREIGN KEY ("tenant_id","project_id") REFERENCES "public"."projects"("tenant_id","id")',
    put: 'FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id")',
    test: integration(
      "db/keys-and-indexes.integration.test.ts",
      "a key between tables of tenants names the tenant, but for what is made of a row just read",
    ),
  },
  {
    name: "a session kept open by pages that ask for themselves",
    file: "lib/domain/access/presence.ts",
    find: 'return wanted === null || wanted === "document" || header("next-action") !== null;',
    put: "return true;",
    test: unit("lib/domain/access/presence.test.ts", "a page that asks for itself anew"),
  },
  {
    name: "nodes taken before the hooks that come first",
    file: "lib/commands/launch-environment.ts",
    find: "async () => (isLater ? [] : holdNodes(",
    put: "async () => (holdNodes(",
    test: integration(
      "e2e/lab/hooks.integration.test.ts",
      "what is asked before any node is taken holds none, and its yes takes them by the launch's own rules",
    ),
  },
  {
    name: "a node that a hook found wrong kept for the next try",
    file: "lib/worker/hooks/gate.ts",
    find: 'run.definition.onFailure === "quarantine" ? await blameFor(context, run) : undefined;',
    put: 'run.definition.onFailure === "continue" ? await blameFor(context, run) : undefined;',
    test: integration(
      "e2e/lab/hooks.integration.test.ts",
      "a no first of all holds no node, a script quarantines the node it fails on, each end is told",
    ),
  },
  {
    name: "a boot token good from anywhere",
    file: "lib/boot/place-check.ts",
    find: "if (from === peer || !this.#keepsPlaces) return null;",
    put: "return null;",
    test: unit(
      "lib/boot/server.test.ts",
      "each part of a boot may have another lease, and a lease of the node's takes its place over",
    ),
  },
  {
    name: "a boot token good for whatever machine",
    file: "lib/boot/place-check.ts",
    find: "if (another) return another;",
    put: "",
    test: unit(
      "lib/boot/server.test.ts",
      "a machine that says it is another one is given nothing to boot, and its job nothing to do",
    ),
  },
  {
    name: "a node that is not flagged for stolen boot tokens",
    file: "lib/boot/note-misplaced.ts",
    find: "if (row.count === suspiciousRequests && rule?.enabled) {",
    put: "if (false) {",
    test: integration(
      "lib/boot/postgres-store.integration.test.ts",
      "five requests from elsewhere are in the audit log, and flag the node once",
    ),
  },
  {
    name: "firmware that is given a script to start",
    file: "lib/boot/urls.ts",
    find: "/boot.efi`;",
    put: "/boot.ipxe`;",
    test: integration(
      "lib/worker/workflows/inspect-steps.integration.test.ts",
      "a node of a type that asks for it is inspected and tested before it is offered",
    ),
  },
  {
    name: "a medium that stays in a controller's drive",
    file: "lib/worker/workflows/boot-steps.ts",
    find: "await controller.ejectMedia();",
    put: "",
    test: integration(
      "lib/worker/workflows/inspect-steps.integration.test.ts",
      "a host is inspected from a medium, which is out again before it is offered",
    ),
  },
  {
    name: "a controller's address taken for its host's",
    file: "lib/boot/route.ts",
    find: 'if (route === "medium") return "medium";',
    put: "",
    test: unit(
      "lib/boot/server.test.ts",
      "where a controller reads a medium says nothing of where its host is, and the host's first word is its boot",
    ),
  },
  {
    name: "a boot program with the part of a file that was not asked for",
    file: "lib/boot/send.ts",
    find: "before += sizeOf(part);",
    put: "",
    test: unit(
      "lib/boot/boot-programs.test.ts",
      "a program that was interrupted goes on where it stopped, over the joints of its parts",
    ),
  },
  {
    name: "a boot window of whatever network port",
    file: "lib/boot/postgres-store.ts",
    find: ".where(and(eq(bootWindows.mac, mac), isAwaited))",
    put: ".where(isAwaited)",
    test: integration(
      "lib/boot/postgres-store.integration.test.ts",
      "a MAC that two windows claim leads to neither",
    ),
  },
  {
    name: "a boot window that opens when it is over",
    file: "lib/boot/postgres-store.ts",
    find: ".where(and(eq(hashColumns[purpose], tokenHash), stages[purpose] ?? isOpen));",
    put: ".where(eq(hashColumns[purpose], tokenHash));",
    test: integration(
      "lib/boot/postgres-store.integration.test.ts",
      "a window that is closed or over by the database's clock opens to nobody but scripts of hooks",
    ),
  },
  {
    name: "a node that was given back still asks for scripts",
    file: "lib/boot/postgres-store.ts",
    find: "        or(isNull(allocations.releasedAt), isGivenBackLater),\n",
    put: "",
    test: scripts(
      "a runner stays where hooks run scripts later, hides secrets without a window, and goes with its node",
    ),
  },
  {
    name: "a script for whatever node asks",
    file: "lib/boot/postgres-script-store.ts",
    find: "? eq(scriptRuns.allocationId, allocationId)",
    put: "? isNotNull(scriptRuns.allocationId)",
    test: scripts("a script is its own node's, is begun by one runner and reported once"),
  },
  {
    name: "a silence that nobody listened through held against a runner",
    file: "lib/boot/runner-watch.ts",
    find: "if (nowMs - this.#lookedMs > 3 * lookMs) this.#sinceMs = nowMs;",
    put: "",
    test: scripts(
      "a script whose runner is not heard any more has failed, and what comes late changes nothing",
    ),
  },
  {
    name: "a runner of a silent script taken for one that is gone",
    file: "lib/boot/postgres-script-store.ts",
    find: "if (row.heardAt) await tx.update(scriptRuns).set(heard).where(eq(scriptRuns.id, id));",
    put: "",
    test: scripts(
      "a script whose runner is not heard any more has failed, and what comes late changes nothing",
    ),
  },
  {
    name: "what runs once tried again by itself where it may have run",
    file: "lib/worker/hooks/carry-script.ts",
    find: " || failed.every(mayHaveRun)",
    put: "",
    test: scripts(
      "a script whose runner is not heard any more has failed, and what comes late changes nothing",
    ),
  },
  {
    name: "a script's log for every project of its tenant",
    file: "lib/views/script-runs.ts",
    find: 'grant.scope === "project" ? eq(scriptRuns.projectId, grant.projectId) : undefined',
    put: "undefined",
    test: integration(
      "lib/views/script-log.integration.test.ts",
      "what is kept of a script's log is told whole, to whom its run is, as a file that nothing in it gets out of",
    ),
  },
  {
    name: "user-data given to all who ask",
    file: "lib/boot/postgres-store.ts",
    find: "isNull(bootWindows.userDataFetchedAt),\n            lt(",
    put: "lt(",
    test: integration(
      "lib/boot/postgres-store.integration.test.ts",
      "user-data goes to one of many at once, and comes back three times at most",
    ),
  },
  {
    name: "an action taken from a foreign page",
    file: "lib/server/action.ts",
    find: "if (comesFromOwnPage(all, origin)) return undefined;",
    put: "if (comesFromOwnPage(all, origin) || all.has('next-action')) return undefined;",
    test: browser(
      "e2e/origins.spec.ts",
      "every action refuses a page that is not ours, whoever is signed in",
    ),
  },
  {
    name: "a webhook's secret written as it is",
    file: "lib/commands/create-webhook.ts",
    find: "sealedSecret: seal(sealingKey, webhookSecretPlace(id), secret),",
    put: "sealedSecret: secret,",
    test: browser(
      "e2e/doors.spec.ts",
      "every door of the build opens to whom it should, and nobody finds a secret behind it",
    ),
  },
  {
    name: "a scraper that forgets its nodes while the database is away",
    file: "lib/worker/scrapers/exporter-scraper.ts",
    find: "if (isLeading === null) return;",
    put: "if (isLeading === null) return standDown();",
    test: unit(
      "lib/worker/scrapers/gpu-scraper.test.ts",
      "while it is not known who leads, all is asked on and held, and stored by who leads then",
    ),
  },
  {
    name: "a look that holds the node before the reasons it may write",
    file: "db/queries/controller-looks.ts",
    find: "await holdOpen(tx, nodeId);",
    put: "",
    test: integration(
      "lib/worker/reconcilers/watch-controllers.integration.test.ts",
      "a look waits for whoever handles a reason before it holds the node",
    ),
  },
  {
    name: "a refused sign-in counts although its change was sent",
    file: "db/queries/nodes.ts",
    find: "and r.state = 'sent')",
    put: "and r.state = 'none')",
    test: integration(
      "lib/worker/controllers.integration.test.ts",
      "the refusal of a sign-in that is being changed, or was meanwhile, is not held against the one in use",
    ),
  },
  {
    name: "a tenant given a part as a whole while a project of it is made",
    file: "db/queries/shares.ts",
    find: "await lockTenants(tx, to.tenantIds);\n",
    put: "",
    test: tenantShares("a project that is made while its tenant is given a part as a whole has it"),
  },
  {
    name: "a part taken from a whole tenant while a project of it is made",
    file: "db/queries/shares.ts",
    find: "await lockTenants(tx, from.tenantIds);",
    put: "",
    test: tenantShares(
      "a project that is made while a part is taken from its whole tenant does not keep it",
    ),
  },
  {
    name: "a part taken from one project of a tenant that has it as a whole",
    file: "lib/commands/change-shares.ts",
    find: "if (tenant !== undefined) {",
    put: "if (tenant === null) {",
    test: tenantShares(
      "from one project of a tenant that has it as a whole it is not taken, and what is said to do leaves it with the others",
    ),
  },
  {
    name: "a tenant that shares with itself what nobody gave it",
    file: "db/migrations/0053_tenant_shares.sql",
    find: " and exists (select from %1$s_tenant_shares r\n        where r.%1$s_id = %1$s_shares.%1$s_id and r.tenant_id = %1$s_shares.tenant_id)",
    put: "",
    test: tenantShares(
      "a member reads what their tenant has as a whole and nothing of others, and gives themselves nothing",
    ),
  },
  {
    name: "a new password that the controller refuses leaves a wiped node available",
    file: "lib/worker/workflows/controller-steps.ts",
    find: 'if (outcome === "failed") return words;',
    put: "",
    test: integration(
      "e2e/lab/controller-wipe.integration.test.ts",
      "a new password that is refused, or taken and not kept, keeps any node back",
    ),
  },
  {
    name: "a reset of the BIOS that still waits after the wipe's start counts as done",
    file: "lib/domain/node/bios-settings.ts",
    find: "return now?.resetPending === true || waits;",
    put: "return waits;",
    test: unit("lib/domain/node/bios-settings.test.ts", "not applied, where the order still waits"),
  },
  {
    name: "a clear of the TPM is believed without a look at it after the wipe's start",
    file: "lib/domain/node/bios-settings.ts",
    find: "if (now?.tpmClearPending === false) {",
    put: "if (now !== undefined) {",
    test: integration(
      "e2e/lab/controller-wipe.integration.test.ts",
      "what a wipe ordered for its own start is read back, and keeps a node back that did not do it",
    ),
  },
];
