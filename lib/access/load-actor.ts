import { type SQL, sql } from "drizzle-orm";
import type { Database } from "#db/client";
import { touchSession } from "#db/queries/sessions";
import type { Actor, Membership } from "#lib/access/authorize";
import { withUser } from "#lib/access/with-grant";
import type { OperatorRole } from "#lib/domain/access/role";
import { type Proof, proofMinutes } from "#lib/domain/access/second-factor";
import { isSessionLive, seenEveryMs } from "#lib/domain/access/session-life";
import type { Id } from "#lib/domain/id";

export type LoadedSession = {
  sessionId: Id<"session">;
  actor: Actor;
  /** Someone else made the password; until it is replaced the session is good for nothing else. */
  mustChangePassword: boolean;
  /** Every place of theirs asks for a second factor; until there is one the session is good for no more. */
  mustSetUpFactor: boolean;
  /** The provider that this sign-in was with asks for a second factor itself. */
  isVouched: boolean;
  /**
   * Their provider does not say when they last signed in there, they have nothing else to show, and
   * they have come just now: a first second factor may be set up on that.
   */
  mayEnrolUnproved: boolean;
};

type PersonRow = {
  name: string;
  email: string;
  operator_role: OperatorRole | null;
  must_change_password: boolean;
  has_factor: boolean;
  operators_need_factor: boolean;
  /** A provider that the person can sign in with asks for a second factor itself. */
  has_vouching_provider: boolean;
  memberships: (Omit<Membership, "projects"> & {
    needsFactor: boolean;
    projects: { projectId: Id<"project">; slug: string; name: string; role: string | null }[];
  })[];
};

type Row = PersonRow & {
  now: string;
  created_at: string;
  last_seen_at: string;
  has_password: boolean;
  is_proof_old: boolean;
  is_proof_unknown: boolean;
  has_just_come: boolean;
  has_passkey: boolean;
  has_code: boolean;
  provider: { id: string; label: string } | null;
  provider_asks: boolean;
};

/**
 * By the database's clock, which access begins and ends by: that of this process may be wrong. A test
 * can say another moment.
 */
const moment = (instead: Date | undefined): SQL =>
  instead ? sql`${instead}::timestamptz` : sql`now()`;

/** What decides what the person `u` may do, in one value: asked the same for a session and a token. */
const memberships = (now: SQL) => sql`
        coalesce((
          select json_agg(json_build_object(
            'tenantId', t.id, 'tenantSlug', t.slug, 'tenantName', t.name, 'role', m.role,
            'needsFactor', t.members_need_factor, 'projects', coalesce((
              select json_agg(json_build_object(
                'projectId', p.id, 'slug', p.slug, 'name', p.name, 'role', pm.role) order by p.name)
              from projects p
              left join project_members pm on pm.project_id = p.id and pm.user_id = u.id
                and (pm.until is null or pm.until > ${now})
              where p.tenant_id = t.id and (m.role in ('owner', 'admin') or pm.user_id is not null)
            ), '[]'::json)) order by t.name)
          from tenant_members m join tenants t on t.id = m.tenant_id
          where m.user_id = u.id and (m.until is null or m.until > ${now})
        ), '[]'::json)`;

/** What the person `u` has, and what is asked of operators. */
const factors = sql`
        exists (select from totp_factors f where f.user_id = u.id and f.confirmed_at is not null)
          or exists (select from passkeys k where k.user_id = u.id) as has_factor,
        exists (
          select from user_identities i join identity_providers p on p.issuer = i.issuer
          where i.user_id = u.id and p.enabled and p.own_second_factor) as has_vouching_provider,
        coalesce((select r.operators_need_factor from sign_in_rules r where r.id = 1), false)
          as operators_need_factor`;

/**
 * Where somebody is let in, by whether they have what is asked for. A tenant's rule closes that tenant
 * and nothing else: its admins can make anyone a member, and must not close the rest to them.
 */
function placesFor(row: PersonRow, hasFactor: boolean) {
  const closed = hasFactor ? [] : row.memberships.filter((each) => each.needsFactor);
  const open = row.memberships.filter((each) => hasFactor || !each.needsFactor);
  const isOperator = row.operator_role !== null;
  const asksOperator = isOperator && row.operators_need_factor && !hasFactor;
  const isShutOut = !isOperator && closed.length > 0 && open.length === 0;
  return { open, closed, mustSetUpFactor: asksOperator || isShutOut };
}

/**
 * The person behind a session with everything that decides what they may do, or null when the
 * session is over: revoked, expired, left alone for too long, or its owner disabled. Read afresh
 * each time, so a revocation or a lost role takes effect at the next request.
 */
export async function loadSession(
  db: Database,
  token: { userId: Id<"user">; sessionId: Id<"session"> },
  request: { requestId: string; ipAddress: string | null; counts: boolean },
  now?: Date,
): Promise<LoadedSession | null> {
  const at = moment(now);
  return withUser(db, token.userId, async (tx) => {
    const { rows } = await tx.execute<Row>(sql`
      select ${at} as now, s.created_at, s.last_seen_at, u.name, u.email, u.operator_role,
        u.must_change_password and s.provider_id is null as must_change_password,
        u.password_hash is not null as has_password,
        coalesce(s.proved_at < now() - make_interval(mins => ${proofMinutes}), true) as is_proof_old,
        s.proved_at is null as is_proof_unknown,
        s.created_at > now() - make_interval(mins => ${proofMinutes}) as has_just_come,
        exists (select from passkeys k where k.user_id = u.id and k.distrusted_at is null)
          as has_passkey,
        exists (select from totp_factors f where f.user_id = u.id and f.confirmed_at is not null)
          or exists (select from recovery_codes c where c.user_id = u.id and c.used_at is null)
          as has_code,
        (select json_build_object('id', p.id, 'label', p.label) from identity_providers p
          where p.id = s.provider_id and p.enabled) as provider,
        coalesce((select p.own_second_factor from identity_providers p where p.id = s.provider_id),
          false) as provider_asks,
        ${factors}, ${memberships(at)} as memberships
      from sessions s join users u on u.id = s.user_id
      where s.id = ${token.sessionId} and s.user_id = ${token.userId}
        and s.revoked_at is null and s.expires_at > ${at} and u.disabled_at is null`);
    const [row] = rows;
    if (!row) return null;
    const asked = new Date(row.now);
    const seen = { createdAt: new Date(row.created_at), lastSeenAt: new Date(row.last_seen_at) };
    if (!isSessionLive(seen, row.operator_role !== null, asked)) return null;
    if (request.counts) {
      const olderThan = new Date(asked.getTime() - seenEveryMs);
      if (seen.lastSeenAt < olderThan) await touchSession(tx, token.sessionId, asked, olderThan);
    }
    const places = placesFor(row, row.has_factor || row.provider_asks);
    return {
      sessionId: token.sessionId,
      mustChangePassword: row.must_change_password,
      mustSetUpFactor: places.mustSetUpFactor,
      isVouched: row.provider_asks,
      mayEnrolUnproved:
        row.is_proof_unknown && row.has_just_come && !row.has_factor && !row.has_password,
      actor: {
        ...personOf(token.userId, row, places, request),
        sessionId: token.sessionId,
        ...(row.is_proof_old && { proofDue: proofsOf(row) }),
      },
    };
  });
}

/**
 * How a person can show again that it is they: by a second factor, where they have one; else by their
 * password, or by their provider when this sign-in was with it.
 */
function proofsOf(row: Row): Proof[] {
  const provider: Proof[] = row.provider ? [{ kind: "provider", ...row.provider }] : [];
  if (!row.has_factor) {
    return [...(row.has_password ? [{ kind: "password" as const }] : []), ...provider];
  }
  return [
    ...(row.has_passkey ? [{ kind: "passkey" as const }] : []),
    ...(row.has_code ? [{ kind: "code" as const }] : []),
    ...(row.provider_asks ? provider : []),
  ];
}

/**
 * A person with everything that decides what they may do, or null when the account is disabled or
 * waits for a new password or a second factor: who shows one of their tokens is never let further than they are.
 */
export async function loadPerson(
  db: Database,
  userId: Id<"user">,
  request: { requestId: string; ipAddress: string | null },
  now?: Date,
): Promise<Actor | null> {
  return withUser(db, userId, async (tx) => {
    const { rows } = await tx.execute<PersonRow>(sql`
      select u.name, u.email, u.operator_role, u.must_change_password, ${factors},
        ${memberships(moment(now))} as memberships
      from users u
      where u.id = ${userId} and u.disabled_at is null and not u.must_change_password`);
    const [row] = rows;
    if (!row) return null;
    const places = placesFor(row, row.has_factor || row.has_vouching_provider);
    return places.mustSetUpFactor ? null : personOf(userId, row, places, request);
  });
}

function personOf(
  userId: Id<"user">,
  row: PersonRow,
  { open, closed }: ReturnType<typeof placesFor>,
  request: { requestId: string; ipAddress: string | null },
): Actor {
  return {
    userId,
    name: row.name,
    email: row.email,
    operatorRole: row.operator_role,
    factorDueIn: closed.map(({ tenantId, tenantSlug, tenantName }) => ({
      ...{ tenantId, tenantSlug, tenantName },
    })),
    memberships: open.map(({ needsFactor: _, ...membership }) => ({
      ...membership,
      projects: membership.projects.map(({ role, ...project }) => ({
        ...project,
        role: (role ?? undefined) as Membership["projects"][number]["role"],
      })),
    })),
    requestId: request.requestId,
    ipAddress: request.ipAddress,
  };
}
