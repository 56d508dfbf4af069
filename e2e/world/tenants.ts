import { generateKeyPairSync } from "node:crypto";
import { and, eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { quotas } from "#db/schema/quotas";
import { sshKeys } from "#db/schema/ssh-keys";
import { projects, tenants } from "#db/schema/tenants";
import { actorOf, type GrantsOf, must, reading } from "#e2e/world/acting";
import { member, type Person } from "#e2e/world/people";
import { withUser } from "#lib/access/with-grant";
import { addSshKey } from "#lib/commands/add-ssh-key";
import { createProject } from "#lib/commands/create-project";
import { createTenant } from "#lib/commands/create-tenant";
import { setProjectQuota } from "#lib/commands/set-project-quota";
import { setProjectRole } from "#lib/commands/set-project-role";
import { setTenantQuota } from "#lib/commands/set-tenant-quota";
import type { ProjectRole, TenantRole } from "#lib/domain/access/role";
import type { Id } from "#lib/domain/id";
import type { QuotaDimension } from "#lib/domain/quota/quota";

export type Limit = { dimension: QuotaDimension; subject: string; limit: number };

export type TenantPlan = {
  slug: string;
  name: string;
  limits: Limit[];
  projects: { slug: string; name: string; limits?: Limit[] }[];
  members: (Person & {
    role: TenantRole;
    /** Roles by project slug. */
    projects?: Record<string, ProjectRole>;
    /** Whether they have an SSH key saved. */
    hasKey?: boolean;
  })[];
};

export type MadeTenant = {
  tenantId: Id<"tenant">;
  projectIds: Record<string, Id<"project">>;
};

/** A tenant with all that is planned for it. What of it is there already is left as it is. */
export async function tenant(
  db: Database,
  may: GrantsOf,
  plan: TenantPlan,
  password: string,
): Promise<MadeTenant> {
  const tenantId = await emptyTenant(db, may, plan);
  const limits = await reading(db, (tx) =>
    tx.select().from(quotas).where(eq(quotas.tenantId, tenantId)),
  );
  const missing = (of: Id<"project"> | null, wanted: Limit[]) =>
    wanted.filter(
      ({ dimension, subject }) =>
        !limits.some(
          (known) =>
            known.projectId === of && known.dimension === dimension && known.subject === subject,
        ),
    );
  for (const limit of missing(null, plan.limits)) {
    must(await setTenantQuota(db, may("quota.edit"), { tenantId, ...limit }));
  }
  const projectIds: Record<string, Id<"project">> = {};
  for (const { limits: wanted = [], ...planned } of plan.projects) {
    const projectId = await project(db, may, tenantId, planned);
    projectIds[planned.slug] = projectId;
    for (const limit of missing(projectId, wanted)) {
      must(await setProjectQuota(db, may("quota.edit"), tenantId, { projectId, ...limit }));
    }
  }
  for (const { projects: roles = {}, hasKey = false, ...person } of plan.members) {
    const userId = await member(db, may, tenantId, person, password);
    for (const [slug, role] of Object.entries(roles)) {
      const projectId = projectIds[slug];
      if (!projectId) throw new Error(`${plan.slug} has no project ${slug}`);
      const input = { projectId, userId, role };
      must(await setProjectRole(db, may("tenant.edit"), tenantId, input));
    }
    if (hasKey) await savedKey(db, person.email);
  }
  return { tenantId, projectIds };
}

async function emptyTenant(db: Database, may: GrantsOf, { slug, name }: TenantPlan) {
  const [known] = await reading(db, (tx) =>
    tx.select().from(tenants).where(eq(tenants.slug, slug)),
  );
  if (known) return known.id;
  return must(await createTenant(db, may("tenant.create"), { slug, name })).tenantId;
}

async function project(
  db: Database,
  may: GrantsOf,
  tenantId: Id<"tenant">,
  planned: { slug: string; name: string },
) {
  const those = and(eq(projects.tenantId, tenantId), eq(projects.slug, planned.slug));
  const [known] = await reading(db, (tx) => tx.select().from(projects).where(those));
  if (known) return known.id;
  return must(await createProject(db, may("tenant.edit"), tenantId, planned)).projectId;
}

/** An SSH key of a person who has none. */
async function savedKey(db: Database, email: string): Promise<void> {
  const actor = await actorOf(db, email);
  const known = await withUser(db, actor.userId, (tx) =>
    tx.select({ id: sshKeys.id }).from(sshKeys).where(eq(sshKeys.userId, actor.userId)),
  );
  if (known.length > 0) return;
  must(await addSshKey(db, actor, { name: "laptop", publicKey: newPublicKey(email) }));
}

/** The public line of a key pair whose private half nobody keeps (RFC 8709, section 4). */
export function newPublicKey(comment: string): string {
  const { publicKey } = generateKeyPairSync("ed25519");
  const raw = publicKey.export({ type: "spki", format: "der" }).subarray(-32);
  const field = (bytes: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  const blob = Buffer.concat([field(Buffer.from("ssh-ed25519")), field(raw)]);
  return `ssh-ed25519 ${blob.toString("base64")} ${comment}`;
}
