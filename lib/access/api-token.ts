import { createHash, randomBytes } from "node:crypto";
import { sql } from "drizzle-orm";
import type { Database } from "#db/client";
import type { ActorToken, Caller } from "#lib/access/authorize";
import { loadPerson } from "#lib/access/load-actor";
import { isProjectPermission } from "#lib/access/policy";
import { readApiToken, tokenRandomBytes, writeApiToken } from "#lib/domain/access/api-token";
import type { ProjectRole } from "#lib/domain/access/role";
import type { Id } from "#lib/domain/id";

/** Requests that one token may make in a minute. */
export const requestsPerMinute = 600;

/** A new token: what is shown once, and what is kept of it. */
export function newApiToken(): { token: string; key: string; sha256: string } {
  const { key, token } = writeApiToken(randomBytes(tokenRandomBytes));
  return { key, token, sha256: sha256(token) };
}

/** Who shows a token, and how often it was shown in this minute; or why it is worth nothing. */
export type ShownToken =
  | {
      standing: "live";
      actor: Caller & { token: ActorToken };
      requests: number;
      windowSeconds: number;
      endsInMs: number;
      /** From where it was used last, when that was within ten minutes. */
      addressBefore: string | null;
    }
  | {
      /** `unknown`: misspelt, or never made; the others were good once. */
      standing: "unknown" | "expired" | "revoked" | "owner_gone";
      owner: Pick<Caller, "userId" | "name" | "memberships" | "token"> | null;
    };

type Row = {
  token_id: Id<"apiToken">;
  token_name: string;
  user_id: Id<"user"> | null;
  scopes: string[];
  standing: "live" | "expired" | "revoked";
  requests: number;
  window_seconds: number;
  ends_in_ms: number;
  tenant_id: Id<"tenant"> | null;
  tenant_slug: string;
  tenant_name: string;
  project_id: Id<"project"> | null;
  project_slug: string;
  project_name: string;
  account_id: Id<"serviceAccount"> | null;
  account_name: string | null;
  account_role: ProjectRole;
  address_before?: string | null;
};

/**
 * Who is behind an API token, read afresh each time, so that a revocation or a lost role takes
 * effect at the next request. 256 bits of chance need no slow hash: SHA-256 finds the row. Of a stream
 * that goes on (`counts: false`) it is asked again without being one more request.
 */
export async function loadTokenActor(
  db: Database,
  text: string,
  request: { requestId: string; ipAddress: string | null },
  { counts = true } = {},
): Promise<ShownToken> {
  const read = readApiToken(text);
  if (!read) return { standing: "unknown", owner: null };
  const { rows } = await db.execute<Row>(
    counts
      ? sql`select u.*, api_token_ends_in(u.token_id) as ends_in_ms
          from use_api_token(${read.key}, ${sha256(text)}, ${request.ipAddress}, 10) u`
      : sql`select s.*, api_token_ends_in(s.token_id) as ends_in_ms
          from see_api_token(${read.key}, ${sha256(text)}) s`,
  );
  const [row] = rows;
  if (!row) return { standing: "unknown", owner: null };
  const token: ActorToken = {
    id: row.token_id,
    name: row.token_name,
    // Bound to a project, it is good for nothing of the tenant as a whole.
    scopes: row.project_id ? row.scopes.filter(isProjectPermission) : row.scopes,
  };
  const whole = row.user_id
    ? await loadPerson(db, row.user_id, request)
    : accountActor(row, request);
  if (row.standing !== "live" || !whole) {
    return {
      standing: row.standing === "live" ? "owner_gone" : row.standing,
      owner: whole && { ...narrowed(whole, row), token },
    };
  }
  return {
    standing: "live",
    actor: { ...narrowed(whole, row), token },
    requests: row.requests,
    windowSeconds: row.window_seconds,
    endsInMs: row.ends_in_ms,
    addressBefore: row.address_before ?? null,
  };
}

function accountActor(
  row: Row,
  request: { requestId: string; ipAddress: string | null },
): Caller | null {
  if (!row.account_id || !row.tenant_id || !row.project_id) return null;
  return {
    userId: row.account_id,
    name: row.account_name ?? "",
    email: "",
    operatorRole: null,
    memberships: [
      {
        tenantId: row.tenant_id,
        tenantSlug: row.tenant_slug,
        tenantName: row.tenant_name,
        // Of the tenant it is given nothing: its scopes are its project's alone.
        role: "member",
        projects: [
          {
            projectId: row.project_id,
            slug: row.project_slug,
            name: row.project_name,
            role: row.account_role,
          },
        ],
      },
    ],
    ...request,
  };
}

/** A token that is bound to one project knows no other place of its owner's, nor the fleet. */
function narrowed(whole: Caller, row: Row): Caller {
  if (row.project_id === null) return whole;
  return {
    ...whole,
    operatorRole: null,
    memberships: whole.memberships
      .filter((membership) => membership.tenantId === row.tenant_id)
      .map((membership) => ({
        ...membership,
        projects: membership.projects.filter((project) => project.projectId === row.project_id),
      })),
  };
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
