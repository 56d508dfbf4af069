import { createHash, randomBytes } from "node:crypto";
import {
  type AuthenticationResponseJSON,
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  type RegistrationResponseJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from "@simplewebauthn/server";
import type { PasskeyRow } from "#db/queries/passkeys";
import type { RelyingParty } from "#lib/domain/access/relying-party";
import { challengeMinutes } from "#lib/domain/access/second-factor";
import { type Id, isId } from "#lib/domain/id";

// What is asked of an authenticator and how its answer is read (WebAuthn level 3). It always verifies
// its person itself, by a finger, a face or a PIN: a key that was found opens nothing.

export type PasskeyOptions = PublicKeyCredentialCreationOptionsJSON;
export type PasskeyRequest = PublicKeyCredentialRequestOptionsJSON;
export type NewPasskey = RegistrationResponseJSON;
export type SignedChallenge = AuthenticationResponseJSON;

/** EdDSA, ES256 and RS256 (COSE): what every authenticator has one of. */
const supportedAlgorithmIDs = [-8, -7, -257];

const timeout = challengeMinutes * 60_000;

/** 256 random bits to sign. */
export function newChallenge(): string {
  return randomBytes(32).toString("base64url");
}

/** What makes a passkey: one that signs in alone, on a device that has none of this account yet. */
export function optionsToAdd(
  party: RelyingParty,
  user: { id: Id<"user">; email: string; name: string },
  existing: readonly PasskeyRow[],
  challenge: string,
): Promise<PasskeyOptions> {
  return generateRegistrationOptions({
    rpName: "Ingot",
    rpID: party.id,
    // Comes back with each answer: whose it is, where nobody has said who they are.
    userID: Buffer.from(user.id),
    userName: user.email,
    userDisplayName: user.name,
    challenge: Buffer.from(challenge, "base64url"),
    timeout,
    supportedAlgorithmIDs,
    excludeCredentials: existing.map(({ credentialId, transports }) => ({
      id: credentialId,
      transports,
    })),
    authenticatorSelection: { residentKey: "required", userVerification: "required" },
  });
}

/** Reads a new passkey; null when it is not an answer to this challenge, from our own page. */
export async function readNewPasskey(
  party: RelyingParty,
  challenge: string,
  response: NewPasskey,
): Promise<Pick<
  PasskeyRow,
  "credentialId" | "publicKey" | "counter" | "transports" | "isSynced"
> | null> {
  const { verified, registrationInfo } = await verifyRegistrationResponse({
    response,
    expectedChallenge: challenge,
    expectedOrigin: party.origin,
    expectedRPID: party.id,
    supportedAlgorithmIDs,
  }).catch(() => ({ verified: false as const, registrationInfo: undefined }));
  if (!verified || !registrationInfo) return null;
  const { credential, credentialDeviceType } = registrationInfo;
  return {
    credentialId: credential.id,
    publicKey: Buffer.from(credential.publicKey).toString("base64url"),
    counter: credential.counter,
    transports: credential.transports ?? [],
    isSynced: credentialDeviceType === "multiDevice",
  };
}

/** What has one of these passkeys sign; without a list, whichever the person chooses. */
export function optionsToSign(
  party: RelyingParty,
  own: readonly PasskeyRow[] | null,
  challenge: string,
): Promise<PasskeyRequest> {
  return generateAuthenticationOptions({
    rpID: party.id,
    challenge: Buffer.from(challenge, "base64url"),
    timeout,
    userVerification: "required",
    allowCredentials: own?.map(({ credentialId, transports }) => ({
      id: credentialId,
      transports,
    })),
  });
}

/**
 * Reads what a passkey signed. "copied": its signature is right, but it has counted no further than
 * before, so there is another one like it (WebAuthn, 7.2, step 22). Null when it is not its answer to
 * this challenge, from our own page.
 */
export async function readSigned(
  party: RelyingParty,
  challenge: string,
  passkey: PasskeyRow,
  response: SignedChallenge,
): Promise<{ kind: "signed" | "copied"; counter: number; isSynced: boolean } | null> {
  const { verified, authenticationInfo } = await verifyAuthenticationResponse({
    response,
    expectedChallenge: challenge,
    expectedOrigin: party.origin,
    expectedRPID: party.id,
    credential: {
      id: passkey.credentialId,
      publicKey: Buffer.from(passkey.publicKey, "base64url"),
      // The counter is looked at below: only once the signature is known to be right.
      counter: 0,
    },
  }).catch(() => ({ verified: false as const, authenticationInfo: undefined }));
  if (!verified || !authenticationInfo) return null;
  const { newCounter: counter, credentialDeviceType } = authenticationInfo;
  const counts = counter > 0 || passkey.counter > 0;
  return {
    kind: counts && counter <= passkey.counter ? "copied" : "signed",
    counter,
    isSynced: credentialDeviceType === "multiDevice",
  };
}

/** Whose passkey says that it signed; anyone can write this, so it only says where to look. */
export function claimedOwner(response: SignedChallenge): Id<"user"> | null {
  const claimed = Buffer.from(response.response.userHandle ?? "", "base64url").toString();
  return isId("user", claimed) ? claimed : null;
}

/** A name for a browser that begins to sign in, and what is kept of it. */
export function newBrowserToken(): { token: string; tokenHash: string } {
  const token = randomBytes(24).toString("base64url");
  return { token, tokenHash: browserHash(token) };
}

export function browserHash(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
