import { z } from "zod";
import { idOf } from "#lib/schemas/id";
import { label } from "#lib/schemas/text";

// What a browser answers with (WebAuthn level 3, 5.1 and 5.2), as far as it is read. What a signature
// does not cover says nothing, and is left out.

const bytes = (longest: number) =>
  z
    .string()
    .min(1)
    .max(longest)
    .regex(/^[\w-]+$/);

const credentialId = bytes(1_400);

const newPasskey = z.object({
  id: credentialId,
  rawId: credentialId,
  type: z.literal("public-key"),
  response: z.object({
    clientDataJSON: bytes(8_000),
    attestationObject: bytes(32_000),
    transports: z
      .array(z.string().regex(/^[a-z-]{1,20}$/))
      .max(10)
      .optional(),
  }),
  clientExtensionResults: z.object({}),
});

const signedChallenge = z.object({
  id: credentialId,
  rawId: credentialId,
  type: z.literal("public-key"),
  response: z.object({
    clientDataJSON: bytes(8_000),
    authenticatorData: bytes(8_000),
    signature: bytes(8_000),
    userHandle: bytes(100).optional(),
  }),
  clientExtensionResults: z.object({}),
});

const passkeyName = label("a name for the passkey", 60);

export const addPasskeyInput = z.object({ name: passkeyName, response: newPasskey }).strict();
export type AddPasskeyInput = z.infer<typeof addPasskeyInput>;

export const renamePasskeyInput = z
  .object({ passkeyId: idOf("passkey"), name: passkeyName })
  .strict();
export type RenamePasskeyInput = z.infer<typeof renamePasskeyInput>;

export const removePasskeyInput = z.object({ passkeyId: idOf("passkey") }).strict();
export type RemovePasskeyInput = z.infer<typeof removePasskeyInput>;

export const signedInput = z.object({ response: signedChallenge }).strict();
export type SignedInput = z.infer<typeof signedInput>;
