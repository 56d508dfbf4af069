import { readFileSync } from "node:fs";
import path from "node:path";

type Manifest = Record<"staticRoutes" | "dynamicRoutes", { page: string; regex: string }[]>;

/**
 * Gives a path's pattern, `/fleet/nodes/[nodeId]`, by the manifest that Next's build leaves behind.
 * What is none of its routes is `other`, so that nobody makes names by asking for them.
 */
export function nextRoutes(manifest: Manifest): (method: string, target: string) => string {
  const fixed = new Set(manifest.staticRoutes.map(({ page }) => page));
  const patterns = manifest.dynamicRoutes.map(({ page, regex }) => ({
    page,
    regex: new RegExp(regex),
  }));
  return (_method, target) => {
    const asked = target.split(/[?#]/, 1)[0] ?? "";
    if (asked.startsWith("/_next/")) return "/_next";
    if (fixed.has(asked)) return asked;
    return patterns.find(({ regex }) => regex.test(asked))?.page ?? "other";
  };
}

/** The routes of the build in a directory; under `next dev` there is none, and all is `other`. */
export function builtRoutes(root: string): (method: string, target: string) => string {
  try {
    const text = readFileSync(path.join(root, ".next/routes-manifest.json"), "utf8");
    return nextRoutes(JSON.parse(text) as Manifest);
  } catch {
    return nextRoutes({ staticRoutes: [], dynamicRoutes: [] });
  }
}
