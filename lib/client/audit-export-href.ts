type Query = Record<string, string | string[] | undefined>;

/** Where the audit log is had as a file, filtered as the page is; `of` is a tenant's short name. */
export function auditExportHref(query: Query, of?: string): string {
  const kept = Object.entries(query).flatMap(([key, value]) =>
    typeof value === "string" && key !== "after" && value !== "" ? [[key, value]] : [],
  );
  return `/api/audit?${new URLSearchParams([...kept, ...(of === undefined ? [] : [["of", of]])])}`;
}
