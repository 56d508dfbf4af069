import "server-only";
import { readSettings } from "#lib/config/env";
import {
  noRelyingParty,
  type RelyingParty,
  relyingPartyOf,
} from "#lib/domain/access/relying-party";
import type { Refusal } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";

/** Whom passkeys are made for at the portal's own address, or why there are none. */
export function relyingParty(): Result<RelyingParty, Refusal> {
  const { origin } = readSettings();
  const party = relyingPartyOf(origin);
  return party ? ok(party) : refuse({ kind: "not_now", ...noRelyingParty(origin) });
}

/** Where passkeys work, where that is another name of this portal than its own; null at its own. */
export function passkeyPlace(): string | null {
  const { origin } = readSettings();
  const party = relyingPartyOf(origin);
  return party && party.origin !== new URL(origin).origin ? party.origin : null;
}
