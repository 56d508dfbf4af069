import { generateKeyPairSync } from "node:crypto";
import { eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { tenants } from "#db/schema/tenants";
import { actorOf, type GrantsOf, must, reading } from "#e2e/world/acting";
import { member, type Person } from "#e2e/world/people";
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

/** Makes a tenant with all that is planned for it; undefined when one of that slug is there. */
export async function tenant(
  db: Database,
  may: GrantsOf,
  plan: TenantPlan,
  password: string,
): Promise<MadeTenant | undefined> {
  const [known] = await reading(db, (tx) =>
    tx.select().from(tenants).where(eq(tenants.slug, plan.slug)),
  );
  if (known) return undefined;
  const { slug, name } = plan;
  const { tenantId } = must(await createTenant(db, may("tenant.create"), { slug, name }));
  for (const limit of plan.limits) {
    must(await setTenantQuota(db, may("quota.edit"), { tenantId, ...limit }));
  }
  const projectIds: Record<string, Id<"project">> = {};
  for (const { limits = [], ...project } of plan.projects) {
    const made = must(await createProject(db, may("tenant.edit"), tenantId, project));
    projectIds[project.slug] = made.projectId;
    for (const limit of limits) {
      const input = { projectId: made.projectId, ...limit };
      must(await setProjectQuota(db, may("quota.edit"), tenantId, input));
    }
  }
  for (const { projects = {}, hasKey = false, ...person } of plan.members) {
    const userId = await member(db, may, tenantId, person, password);
    for (const [project, role] of Object.entries(projects)) {
      const projectId = projectIds[project];
      if (!projectId) throw new Error(`${plan.slug} has no project ${project}`);
      const input = { projectId, userId, role };
      must(await setProjectRole(db, may("tenant.edit"), tenantId, input));
    }
    if (hasKey) {
      const publicKey = newPublicKey(person.email);
      must(await addSshKey(db, await actorOf(db, person.email), { name: "laptop", publicKey }));
    }
  }
  return { tenantId, projectIds };
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
