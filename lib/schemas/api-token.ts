import { z } from "zod";
import { longestTokenDays } from "#lib/domain/access/api-token";
import { projectRoles } from "#lib/domain/access/role";
import { tokenScopes } from "#lib/domain/access/token-scope";
import { idOf } from "#lib/schemas/id";
import { label, slug } from "#lib/schemas/text";

export const createServiceAccountInput = z
  .object({ name: slug(40), role: z.enum(projectRoles) })
  .strict();
export type CreateServiceAccountInput = z.infer<typeof createServiceAccountInput>;

export const removeServiceAccountInput = z
  .object({ serviceAccountId: idOf("serviceAccount") })
  .strict();
export type RemoveServiceAccountInput = z.infer<typeof removeServiceAccountInput>;

const token = {
  name: label("a name for the token", 60),
  scopes: z
    .array(z.enum(tokenScopes))
    .min(1, "Choose what the token may do.")
    .max(tokenScopes.length),
  /** How long it is good, in days. */
  days: z
    .number({ error: "Choose how long it is good." })
    .int()
    .min(1, "At least one day.")
    .max(longestTokenDays, `At most ${longestTokenDays} days.`),
};

export const createServiceTokenInput = z
  .object({ ...token, serviceAccountId: idOf("serviceAccount") })
  .strict();
export type CreateServiceTokenInput = z.infer<typeof createServiceTokenInput>;

export const createOwnTokenInput = z
  .object({
    ...token,
    /** The one project it is good in; null for every place its owner has. */
    projectId: idOf("project").nullable(),
  })
  .strict();
export type CreateOwnTokenInput = z.infer<typeof createOwnTokenInput>;

export const revokeTokenInput = z.object({ tokenId: idOf("apiToken") }).strict();
export type RevokeTokenInput = z.infer<typeof revokeTokenInput>;
