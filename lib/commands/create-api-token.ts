import type { Database } from "#db/client";
import { countLiveTokens, insertToken, lockServiceAccount } from "#db/queries/api-tokens";
import { holdSession } from "#db/queries/sessions";
import { lockUser } from "#db/queries/users";
import { newApiToken } from "#lib/access/api-token";
import { recordAudit, recordOwnAct } from "#lib/access/audit";
import type { Actor, Grant } from "#lib/access/authorize";
import { effectiveProjectRole, scopesOfPerson, scopesOfProjectRole } from "#lib/access/policy";
import { withGrant, withUser } from "#lib/access/with-grant";
import { mostTokens } from "#lib/domain/access/api-token";
import { sessionEnded } from "#lib/domain/access/session-life";
import type { TokenScope } from "#lib/domain/access/token-scope";
import { newId } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { CreateOwnTokenInput, CreateServiceTokenInput } from "#lib/schemas/api-token";

/** The token itself is told here and never again. */
export type MadeToken = { token: string; expiresAt: string };

type Refused = RefusalOf<"not_found" | "not_now" | "invalid_input">;

/** Makes a token of a service account. Refuses scopes that the account's role does not include. */
export async function createServiceToken(
  db: Database,
  grant: Grant<"project.automation">,
  input: CreateServiceTokenInput,
): Promise<Result<MadeToken, Refused>> {
  return withGrant(db, grant, async (tx) => {
    const account = await lockServiceAccount(tx, grant, input.serviceAccountId);
    if (!account) return refuse({ kind: "not_found", resource: "service account" });
    const beyond = firstBeyond(input.scopes, scopesOfProjectRole(account.role));
    if (beyond) return tooWide(`A ${account.role} of the project has no "${beyond}".`);
    const live = await countLiveTokens(tx, { serviceAccountId: account.id });
    if (live >= mostTokens) return tooMany();
    const { token, key, sha256 } = newApiToken();
    const id = newId("apiToken");
    const { expiresAt } = await insertToken(tx, {
      id,
      key,
      sha256,
      name: input.name,
      serviceAccountId: account.id,
      tenantId: grant.tenantId,
      projectId: grant.projectId,
      scopes: [...new Set(input.scopes)],
      createdByName: grant.actorName,
      days: input.days,
    });
    await recordAudit(tx, grant, {
      action: "api_token.create",
      object: { kind: "api_token", id, name: input.name },
      detail: { key, of: account.name, scopes: input.scopes, expiresAt: expiresAt.toISOString() },
    });
    return ok({ token, expiresAt: expiresAt.toISOString() });
  });
}

/**
 * Makes a token of the person's own: it is let do what they may at each request, and of that what
 * its scopes include, in one project or in all their places.
 */
export async function createOwnToken(
  db: Database,
  actor: Actor,
  input: CreateOwnTokenInput,
): Promise<Result<MadeToken, Refused>> {
  const place = placeOf(actor, input.projectId);
  if (place === undefined) return refuse({ kind: "not_found", resource: "project" });
  const beyond = firstBeyond(input.scopes, place?.scopes ?? scopesOfPerson(actor));
  if (beyond) {
    return tooWide(
      `You do not have "${beyond}" ${place ? "in this project" : "anywhere"} yourself.`,
    );
  }
  return withUser(db, actor.userId, async (tx) => {
    // Meanwhile this session may have been ended, and all tokens with it: none is made after that.
    await lockUser(tx, actor.userId);
    const { sessionId } = actor;
    if (sessionId && !(await holdSession(tx, actor.userId, sessionId))) return sessionEnded;
    if ((await countLiveTokens(tx, { userId: actor.userId })) >= mostTokens) return tooMany();
    const { token, key, sha256 } = newApiToken();
    const id = newId("apiToken");
    const { expiresAt } = await insertToken(tx, {
      id,
      key,
      sha256,
      name: input.name,
      userId: actor.userId,
      tenantId: place?.tenantId ?? null,
      projectId: input.projectId,
      scopes: [...new Set(input.scopes)],
      createdByName: actor.name,
      days: input.days,
    });
    await recordOwnAct(tx, actor, {
      action: "api_token.create",
      object: { kind: "api_token", id, name: input.name },
      detail: {
        key,
        place: place?.words ?? "everywhere",
        scopes: input.scopes,
        expiresAt: expiresAt.toISOString(),
      },
    });
    return ok({ token, expiresAt: expiresAt.toISOString() });
  });
}

/** The place of a token: null for all of its owner's, undefined when the owner has no such project. */
function placeOf(actor: Actor, projectId: CreateOwnTokenInput["projectId"]) {
  if (projectId === null) return null;
  for (const membership of actor.memberships) {
    const project = membership.projects.find((each) => each.projectId === projectId);
    if (!project) continue;
    const role = effectiveProjectRole(membership.role, project.role);
    return {
      tenantId: membership.tenantId,
      words: `${membership.tenantSlug}/${project.slug}`,
      scopes: role ? scopesOfProjectRole(role) : [],
    };
  }
  return undefined;
}

function firstBeyond(wanted: readonly TokenScope[], allowed: readonly TokenScope[]) {
  return wanted.find((scope) => !allowed.includes(scope));
}

function tooWide(words: string) {
  return refuse({
    kind: "invalid_input" as const,
    fields: { scopes: `${words} Leave it out, or change the role first.` },
  });
}

function tooMany() {
  return refuse({
    kind: "not_now" as const,
    reason: `There are ${mostTokens} tokens already.`,
    advice: "Revoke one that is not used any more.",
  });
}
