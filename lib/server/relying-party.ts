import "server-only";
import { headers } from "next/headers";
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

/**
 * Why the page that is asked for can use no passkey at its address; null where it can. Of the three names
 * of loopback only one can; behind a proxy the name that is asked for says nothing.
 */
export async function whyNoPasskeys(): Promise<string | null> {
  const { origin } = readSettings();
  const party = relyingPartyOf(origin);
  if (!party) return noRelyingParty(origin).reason;
  if (party.origin === new URL(origin).origin) return null;
  const asked = (await headers()).get("host");
  return asked === new URL(party.origin).host
    ? null
    : `Browsers keep passkeys for names: they work at ${party.origin}.`;
}
