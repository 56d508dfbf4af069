/**
 * Values that firmware leaves where a UUID was never written: nothing, and the one that AMI's
 * reference BIOS comes with (SMBIOS of many boards).
 */
const placeholders = ["03000200-0400-0500-0006-000700080009"];

/**
 * A controller's UUID in the one form that is compared; null when it says none of its own. A value
 * whose digits are all the same is none.
 */
export function controllerUuid(said: string | null): string | null {
  const uuid = said?.trim().toLowerCase() ?? "";
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(uuid)) return null;
  const isWritten = new Set(uuid.replaceAll("-", "")).size > 1 && !placeholders.includes(uuid);
  return isWritten ? uuid : null;
}
