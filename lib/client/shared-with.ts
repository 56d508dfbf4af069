import { formatQuantity } from "#lib/client/format";

/**
 * With whom a part of the catalogue is shared, in words: "1 whole tenant, 5 projects so far", or
 * "2 projects"; null when with nobody.
 */
export function sharedWithWords(part: {
  sharedWith: readonly unknown[];
  sharedWithTenants: readonly unknown[];
}): string | null {
  const projects = formatQuantity(part.sharedWith.length, "project");
  if (part.sharedWithTenants.length > 0) {
    return `${formatQuantity(part.sharedWithTenants.length, "whole tenant")}, ${projects} so far`;
  }
  return part.sharedWith.length > 0 ? projects : null;
}
