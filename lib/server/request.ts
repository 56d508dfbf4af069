import "server-only";
import { headers } from "next/headers";

export type RequestFacts = {
  requestId: string;
  /** Of the browser or program, past the proxies that INGOT_PROXIES counts. */
  ipAddress: string | null;
  userAgent: string | null;
  /** Path and query asked for, as `proxy.ts` saw it. */
  path: string;
};

/** Who is calling and for what, from headers that the server and `proxy.ts` set on every request. */
export async function requestFacts(): Promise<RequestFacts> {
  const all = await headers();
  return {
    requestId: all.get("x-request-id") ?? crypto.randomUUID(),
    // One address, which the portal's own server has written there (lib/launch/callers).
    ipAddress: all.get("x-forwarded-for") || null,
    userAgent: all.get("user-agent"),
    path: all.get("x-ingot-path") ?? "/",
  };
}
