import { timingSafeEqual } from "node:crypto";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";

const forwardedFor = "x-forwarded-for";
/** On what the portal asks of itself: Next does so where an action leads to another page, or lives there. */
const ownMark = "x-ingot-own";
/** Where the processes of one portal find the secret they share. */
export const ownSecretVariable = "PORTAL_OWN_SECRET";

/**
 * The address of whoever asks. Each proxy adds its own caller's to the list, so with one the last entry
 * counts, with two the one before; all further to the left was written by the caller. Whoever connects
 * to us, where no proxy has told.
 */
export function callerAddress(
  forwarded: string | undefined,
  peer: string | undefined,
  proxies: number,
): string | undefined {
  const nearest = peer?.replace(/^::ffff:(?=[\d.]+$)/i, "");
  const told = forwarded?.split(",").map((entry) => entry.trim()) ?? [];
  const counted = proxies === 0 ? [] : told.slice(-proxies);
  const [farthest = ""] = counted;
  return isIP(farthest) ? farthest : nearest;
}

/**
 * Has every request to a server of this process carry its caller's address, and nothing else, as
 * `x-forwarded-for`, before the server sees it. `own` is a secret of this portal's processes, by which
 * they know what one of them asks on behalf of a caller. Gives a function that ends it.
 */
export function tellCallers(proxies: number, own: string): () => void {
  const started = (message: unknown) => {
    const { headers, socket } = (message as { request: IncomingMessage }).request;
    if (!isSame(headers[ownMark], own)) {
      const forwarded = headers[forwardedFor];
      const list = Array.isArray(forwarded) ? forwarded.join(",") : forwarded;
      const address = callerAddress(list, socket.remoteAddress, proxies);
      if (address) headers[forwardedFor] = address;
      else delete headers[forwardedFor];
    }
    headers[ownMark] = own;
  };
  subscribe("http.server.request.start", started);
  return () => {
    unsubscribe("http.server.request.start", started);
  };
}

function isSame(said: string | string[] | undefined, own: string): boolean {
  if (typeof said !== "string") return false;
  const [theirs, ours] = [Buffer.from(said), Buffer.from(own)];
  return theirs.length === ours.length && timingSafeEqual(theirs, ours);
}
