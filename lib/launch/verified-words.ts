import type { VerifiedChain } from "#lib/schemas/audit-chain";

/** What the walk of one chain came to, as one line. */
export function chainWords({ tenant, length, verifiedTo, sealed, fault }: VerifiedChain): string {
  const name = tenant ?? "fleet";
  const far = sealed
    ? `sealed up to event ${sealed.length}, ${sealed.at.slice(0, 16).replace("T", " ")} UTC`
    : "not sealed yet";
  if (!fault) return `${name}: verified to event ${length}, ${far}`;
  const event = fault.eventId ? ` (${fault.eventId})` : "";
  return `${name}: FAULT: ${fault.words}${event} Verified to event ${verifiedTo} of ${length}, ${far}`;
}
