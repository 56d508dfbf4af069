import { z } from "zod";
import { isLoopbackName } from "#lib/domain/access/loopback";
import { passwordRules } from "#lib/domain/access/password-rules";
import { operatorRoles, projectRoles, tenantRoles } from "#lib/domain/access/role";
import { idOf } from "#lib/schemas/id";
import { label, line } from "#lib/schemas/text";

/** An issuer as OpenID Connect Discovery 3 writes it: https, and nothing after its path. */
const issuer = label("the issuer", 500).refine(isIssuer, {
  error: "Enter its address as in https://login.example.com/realm: https, without ? or #.",
});

function isIssuer(text: string): boolean {
  const url = URL.parse(text);
  if (!url || url.username || url.password || /[?#]/.test(text)) return false;
  // On this machine itself there is nobody in between.
  return url.protocol === "https:" || (url.protocol === "http:" && isLoopbackName(url.hostname));
}

const emailDomains = line(1000)
  .toLowerCase()
  .transform((text) => text.split(/[\s,]+/).filter((each) => each !== ""))
  .refine((list) => list.every((each) => /^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(each)), {
    error: "Enter domains as in example.com, with commas between them.",
  });

const providerFields = {
  label: label("what its button says", 40),
  issuer,
  clientId: label("the client id", 300),
  emailDomains,
  groupsClaim: label("the claim", 100),
  /** Ours is not asked for after it. */
  ownSecondFactor: z.boolean(),
};

export const addIdentityProviderInput = z
  .object({ ...providerFields, clientSecret: label("the client secret", 1000) })
  .strict();
export type AddIdentityProviderInput = z.input<typeof addIdentityProviderInput>;

export const changeIdentityProviderInput = z
  .object({
    ...providerFields,
    id: idOf("identityProvider"),
    /** Empty keeps the one that is there. */
    clientSecret: line(1000),
    enabled: z.boolean(),
  })
  .strict();
export type ChangeIdentityProviderInput = z.input<typeof changeIdentityProviderInput>;

export const identityProviderInput = z.object({ id: idOf("identityProvider") }).strict();

const group = label("the group", 200);

export const addGroupRoleInput = z.discriminatedUnion("place", [
  z
    .object({
      providerId: idOf("identityProvider"),
      group,
      place: z.literal("fleet"),
      role: z.enum(operatorRoles),
    })
    .strict(),
  z
    .object({
      providerId: idOf("identityProvider"),
      group,
      place: z.literal("tenant"),
      tenantId: idOf("tenant"),
      role: z.enum(tenantRoles),
    })
    .strict(),
  z
    .object({
      providerId: idOf("identityProvider"),
      group,
      place: z.literal("project"),
      tenantId: idOf("tenant"),
      projectId: idOf("project"),
      role: z.enum(projectRoles),
    })
    .strict(),
]);
export type AddGroupRoleInput = z.infer<typeof addGroupRoleInput>;

export const groupRoleInput = z.object({ id: idOf("groupRole") }).strict();

export const previewGroupsInput = z
  .object({
    providerId: idOf("identityProvider"),
    groups: line(2000).transform((text) =>
      text
        .split(",")
        .map((each) => each.trim())
        .filter((each) => each !== ""),
    ),
  })
  .strict();
export type PreviewGroupsInput = z.input<typeof previewGroupsInput>;

export const passwordRuleInput = z.object({ passwords: z.enum(passwordRules) }).strict();
export type PasswordRuleInput = z.infer<typeof passwordRuleInput>;

export const unlinkIdentityInput = z.object({ issuer: line(500) }).strict();
