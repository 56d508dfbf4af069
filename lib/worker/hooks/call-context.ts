import { listContextsOfProvider } from "#db/queries/contexts";
import { contextSecretPlace, unseal } from "#lib/access/sealed";
import { type ContextOnNode, contextOnNode } from "#lib/domain/context/on-node";
import type { Id } from "#lib/domain/id";
import type { ProviderTools } from "#lib/worker/hooks/ask-provider";

/**
 * What the config contexts of a provider give with a call to it, as they are now; null where none is
 * attached. The values of its secrets besides, to be hidden in what it answers.
 */
export async function contextForCall(
  { db, privateKey }: Pick<ProviderTools, "db" | "privateKey">,
  id: Id<"provider">,
): Promise<{ context: ContextOnNode | null; secrets: string[] }> {
  const attached = await listContextsOfProvider(db, id);
  if (attached.length === 0) return { context: null, secrets: [] };
  const open = attached.map((each) => ({
    ...each,
    source: "provider" as const,
    secrets: Object.fromEntries(
      each.secrets.map(({ id: secretId, name, sealedValue }) => [
        name,
        unseal(privateKey, contextSecretPlace(secretId), sealedValue),
      ]),
    ),
  }));
  const context = contextOnNode(open, {}, {});
  return { context, secrets: Object.values(context.secrets) };
}
