import { beginAtProvider } from "#lib/client/sign-in";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";

// A fresh proof at an identity provider is given in a window of its own, so that what was entered on
// the page stays. The two windows are of one origin, and know each other by this channel alone.

const channelName = "ingot-proof";

/** Leads to the provider in another window, and waits until it leads back. */
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
  const answer = new Promise<string | null>((resolve) => {
    const channel = new BroadcastChannel(channelName);
    channel.onmessage = ({ data }) => {
      channel.close();
      resolve(typeof data === "string" ? data : null);
    };
  });
  const begun = await beginAtProvider({ provider, next: "/proved", intent: "prove" }, other);
  if (!begun.ok) {
    other.close();
    return begun;
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
