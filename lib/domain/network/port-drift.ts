/**
 * How what a port carries differs from what it should, in words; null when it does not. `wanted` is
 * the one VLAN it should carry, untagged, or null for none.
 */
export function portDrift(
  wanted: number | null,
  seen: { vlans: readonly number[]; untagged: number | null },
): string | null {
  const extra = seen.vlans.filter((vlan) => vlan !== wanted);
  if (extra.length > 0) {
    const which = `${extra.length === 1 ? "VLAN" : "VLANs"} ${extra.slice(0, 5).join(", ")}${extra.length > 5 ? ` and ${extra.length - 5} more` : ""}`;
    return `The port carries ${which}, which it should not.`;
  }
  if (wanted === null) return null;
  if (!seen.vlans.includes(wanted)) return `The port does not carry VLAN ${wanted}.`;
  if (seen.untagged !== wanted) return `The port carries VLAN ${wanted} tagged, and not untagged.`;
  return null;
}
