import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { runInNewContext } from "node:vm";
import { gzipSync } from "node:zlib";

const build = ".next";
const read = (file: string) => readFileSync(path.join(build, file), "utf8");

/** What the build says of one page's parts: of each the scripts that it takes. */
type ClientManifest = { entryJSFiles: Record<string, string[]> };

/**
 * The scripts that a page takes before it can be used, compressed as a server would send them, in KiB: of
 * every page of the build, the largest first. They are told from the build, which holds what is asked for
 * with a page's HTML and, of what it shows when it breaks, up to 7 KiB that come just after.
 */
export function firstLoads(): { route: string; kib: number }[] {
  const routes: Record<string, string> = JSON.parse(read("app-path-routes-manifest.json"));
  const { rootMainFiles }: { rootMainFiles: string[] } = JSON.parse(read("build-manifest.json"));
  const sizes = new Map<string, number>();
  const sizeOf = (file: string) => {
    const size = sizes.get(file) ?? gzipSync(readFileSync(path.join(build, file))).length;
    sizes.set(file, size);
    return size;
  };
  return Object.entries(routes)
    .filter(([entry, route]) => entry.endsWith("/page") && !route.startsWith("/_"))
    .map(([entry, route]) => {
      const scripts = new Set([...rootMainFiles, ...scriptsOf(entry)]);
      const bytes = [...scripts].reduce((sum, file) => sum + sizeOf(file), 0);
      return { route: route.replaceAll(/\[(\w+)\]/g, "{$1}"), kib: Math.round(bytes / 1024) };
    })
    .sort((a, b) => b.kib - a.kib);
}

function scriptsOf(entry: string): string[] {
  const file = `server/app${entry}_client-reference-manifest.js`;
  // A page that only leads elsewhere has none of its own.
  if (!existsSync(path.join(build, file))) return [];
  const context: { globalThis: { __RSC_MANIFEST?: Record<string, ClientManifest> } } = {
    globalThis: {},
  };
  runInNewContext(read(file), context);
  return Object.values(context.globalThis.__RSC_MANIFEST?.[entry]?.entryJSFiles ?? {}).flat();
}
