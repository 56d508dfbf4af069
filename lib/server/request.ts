import "server-only";
import { headers } from "next/headers";

export type RequestFacts = {
  requestId: string;
  /** Of the nearest hop that told: the edge in front of us, or the browser itself. */
  ipAddress: string | null;
  userAgent: string | null;
  /** Path and query asked for, as `proxy.ts` saw it. */
  path: string;
};

/** Who is calling and for what, from headers that `proxy.ts` sets on every request. */
export async function requestFacts(): Promise<RequestFacts> {
  const all = await headers();
  return {
    requestId: all.get("x-request-id") ?? crypto.randomUUID(),
    // An edge appends to this list, so only its last entry was not written by the caller.
    ipAddress: all.get("x-forwarded-for")?.split(",").at(-1)?.trim().slice(0, 45) || null,
    userAgent: all.get("user-agent"),
    path: all.get("x-ingot-path") ?? "/",
  };
}
