import {
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  startAuthentication,
  startRegistration,
} from "@simplewebauthn/browser";
import type { Refusal, RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";

type Asked<T> = Promise<Result<T, Refusal>>;

/** What no signature covers says nothing, and is not sent. */
const unsigned: Record<string, never> = {};

/** Has the browser make a passkey for what the portal asks. What it is part of is run by `ask`. */
export async function makePasskey(begin: () => Asked<PublicKeyCredentialCreationOptionsJSON>) {
  const begun = await begin();
  if (!begun.ok) return begun;
  return inBrowser(async () => {
    const made = await startRegistration({ optionsJSON: begun.value });
    return { ...made, clientExtensionResults: unsigned };
  }, begun.value.rp.id);
}

/** Has one of the person's passkeys sign what the portal asks. What it is part of is run by `ask`. */
export async function signWithPasskey(begin: () => Asked<PublicKeyCredentialRequestOptionsJSON>) {
  const begun = await begin();
  if (!begun.ok) return begun;
  return inBrowser(async () => {
    const signed = await startAuthentication({ optionsJSON: begun.value });
    return { ...signed, clientExtensionResults: unsigned };
  }, begun.value.rpId);
}

async function inBrowser<T>(
  act: () => Promise<T>,
  partyId = "",
): Promise<Result<T, RefusalOf<"not_now">>> {
  try {
    return ok(await act());
  } catch (error) {
    return refuse({ kind: "not_now", ...wordsOf(error, partyId) });
  }
}

/** By the names of WebAuthn level 3, 5.1.3 and 5.1.4.1. */
function wordsOf(error: unknown, partyId: string): { reason: string; advice: string } {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const name = cause instanceof Error ? cause.name : "";
  if (!("PublicKeyCredential" in window)) {
    return {
      reason: "This browser has no passkeys, or hides them on a page without https.",
      advice: "Use another browser, or another way.",
    };
  }
  if (name === "InvalidStateError") {
    return {
      reason: "This device has a passkey for your account already.",
      advice: "Choose another device, or another key.",
    };
  }
  if (name === "SecurityError") {
    return {
      reason: `Passkeys here belong to ${partyId}, and this page is at ${window.location.host}.`,
      advice: `Open Ingot at ${partyId}, and try again.`,
    };
  }
  return {
    reason: "Your browser used no passkey: you turned back, or it took too long.",
    advice: "Try again, or choose another way.",
  };
}
