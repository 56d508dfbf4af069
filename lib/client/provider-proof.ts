import { beginAtProvider } from "#lib/client/sign-in";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";

// A fresh proof at an identity provider is given in a window of its own, so that what was entered on
// the page stays. The two windows are of one origin, and know each other by this channel alone.

const channelName = "ingot-proof";

/**
 * Leads to the provider in another window, and waits until it leads back: for ever, when that window is
 * closed before.
 */
export async function proveAtProvider(
  provider: string,
): Promise<Result<void, RefusalOf<"not_now">>> {
  const other = window.open("about:blank", "_blank", "popup,width=520,height=720");
  if (!other) {
    return refuse({
      kind: "not_now",
      reason: "Your browser opened no window.",
      advice: "Let Ingot open windows, and try again.",
    });
  }
  const channel = new BroadcastChannel(channelName);
  const answer = new Promise<string | null>((resolve) => {
    channel.onmessage = ({ data }) => {
      channel.close();
      resolve(typeof data === "string" ? data : null);
    };
  });
  const giveUp = () => {
    channel.close();
    other.close();
  };
  try {
    const begun = await beginAtProvider({ provider, next: "/proved", intent: "prove" }, other);
    if (!begun.ok) {
      giveUp();
      return begun;
    }
  } catch (error) {
    giveUp();
    throw error;
  }
  const refused = await answer;
  return refused ? refuse({ kind: "not_now", reason: refused, advice: "" }) : ok(undefined);
}

/** Tells the page that waits what came of it: nothing where it is proved, else why not. */
export function tellProof(refused: string | null): void {
  const channel = new BroadcastChannel(channelName);
  channel.postMessage(refused);
  channel.close();
}
