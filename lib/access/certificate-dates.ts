import { X509Certificate } from "node:crypto";

/** From when to when a certificate (PEM) is valid, in milliseconds; null for what is none. */
export function certificateDates(
  pem: string | null,
): { validFromMs: number; validToMs: number } | null {
  if (pem === null) return null;
  try {
    const { validFrom, validTo } = new X509Certificate(pem);
    return { validFromMs: Date.parse(validFrom), validToMs: Date.parse(validTo) };
  } catch {
    return null;
  }
}
