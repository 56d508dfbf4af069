/** A public key as it was put on nodes at launch. */
export type AuthorizedKey = { name: string; fingerprint: string; publicKey: string };
