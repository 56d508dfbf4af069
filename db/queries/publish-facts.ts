import { inArray } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { providers } from "#db/schema/hooks";
import { users } from "#db/schema/users";
import type { TemplateHook } from "#lib/domain/hook/hook";
import type { KnownProvider } from "#lib/domain/template/check-template";

/**
 * What a version's hooks are held against when it is published or dry-run: the providers there are, and
 * which of the addresses of its approvers nobody has.
 */
export async function findPublishFacts(
  tx: Transaction,
  hooks: readonly TemplateHook[],
): Promise<{ providers: KnownProvider[]; strangers: string[] }> {
  const known = await tx
    .select({ id: providers.id, name: providers.name, state: providers.state })
    .from(providers);
  const named = [...new Set(hooks.flatMap((hook) => hook.approvers?.emails ?? []))];
  const there =
    named.length === 0
      ? []
      : await tx.select({ email: users.email }).from(users).where(inArray(users.email, named));
  const strangers = named.filter((email) => !there.some((user) => user.email === email));
  return { providers: known, strangers };
}
