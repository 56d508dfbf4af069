import { type BootTokenPurpose, isBootToken } from "#lib/domain/boot/boot-token";
import { type Id, isId } from "#lib/domain/id";

/** Everything that can be asked of the boot server. */
export type BootRoute =
  | { name: "health" }
  | { name: "pxe-script"; mac: string }
  | { name: Exclude<BootRouteWithToken, ScriptRoute["name"]>; token: string }
  | ScriptRoute;

export type BootRouteWithToken = keyof typeof tokenRoutes;

/** What a node asks and says of scripts of hooks: of one run, but for the next one. */
export type ScriptRoute =
  | { name: "hook-next"; token: string }
  | {
      name: "hook-script" | "hook-values" | "hook-begin" | "hook-end";
      token: string;
      run: Id<"scriptRun">;
    }
  /** From which byte on. */
  | { name: "hook-log"; token: string; run: Id<"scriptRun">; offset: number };

/** The routes that send a file of the image directory. */
export type BootFileRoute = Extract<BootRouteWithToken, "kernel" | "initrd" | "disk">;

const tokenRoutes = {
  script: { purpose: "boot", path: /^\/b\/([^/]+)\/boot\.ipxe$/, methods: ["GET", "HEAD"] },
  kernel: { purpose: "boot", path: /^\/b\/([^/]+)\/kernel$/, methods: ["GET", "HEAD"] },
  initrd: { purpose: "boot", path: /^\/b\/([^/]+)\/initrd$/, methods: ["GET", "HEAD"] },
  disk: { purpose: "boot", path: /^\/b\/([^/]+)\/disk$/, methods: ["GET", "HEAD"] },
  "meta-data": { purpose: "seed", path: /^\/n\/([^/]+)\/meta-data$/, methods: ["GET"] },
  "user-data": { purpose: "seed", path: /^\/n\/([^/]+)\/user-data$/, methods: ["GET"] },
  "vendor-data": { purpose: "seed", path: /^\/n\/([^/]+)\/vendor-data$/, methods: ["GET"] },
  "network-config": { purpose: "seed", path: /^\/n\/([^/]+)\/network-config$/, methods: ["GET"] },
  "phone-home": { purpose: "phone", path: /^\/p\/([^/]+)$/, methods: ["POST"] },
  event: { purpose: "event", path: /^\/e\/([^/]+)$/, methods: ["POST"] },
  started: { purpose: "start", path: /^\/s\/([^/]+)$/, methods: ["POST"] },
  keys: { purpose: "start", path: /^\/s\/([^/]+)\/keys$/, methods: ["GET"] },
  progress: { purpose: "wipe", path: /^\/w\/([^/]+)\/progress$/, methods: ["POST"] },
  report: { purpose: "wipe", path: /^\/w\/([^/]+)\/report$/, methods: ["POST"] },
  log: { purpose: "wipe", path: /^\/w\/([^/]+)\/log$/, methods: ["POST"] },
  "hook-next": { purpose: "hook", path: /^\/h\/([^/]+)\/next$/, methods: ["GET"] },
  "hook-script": { purpose: "hook", path: /^\/h\/([^/]+)\/([^/]+)\/script$/, methods: ["GET"] },
  "hook-values": { purpose: "hook", path: /^\/h\/([^/]+)\/([^/]+)\/values$/, methods: ["GET"] },
  "hook-begin": { purpose: "hook", path: /^\/h\/([^/]+)\/([^/]+)\/begin$/, methods: ["POST"] },
  "hook-log": {
    purpose: "hook",
    path: /^\/h\/([^/]+)\/([^/]+)\/log\/(\d{1,9})$/,
    methods: ["POST"],
  },
  "hook-end": { purpose: "hook", path: /^\/h\/([^/]+)\/([^/]+)\/end$/, methods: ["POST"] },
} as const satisfies Record<
  string,
  { purpose: BootTokenPurpose; path: RegExp; methods: readonly string[] }
>;

const macPath = /^\/pxe\/([0-9a-f]{2}(?:-[0-9a-f]{2}){5})\/boot\.ipxe$/;

/**
 * What a request line asks for, or undefined. The target is compared as it was sent: nothing in it
 * is decoded or resolved, so there is no second spelling of a path.
 */
export function routeOf(method: string, target: string): BootRoute | undefined {
  const reads = method === "GET" || method === "HEAD";
  if (target === "/healthz") return reads ? { name: "health" } : undefined;
  const mac = macPath.exec(target)?.[1];
  if (mac) return reads ? { name: "pxe-script", mac: mac.replaceAll("-", ":") } : undefined;
  for (const name of Object.keys(tokenRoutes) as BootRouteWithToken[]) {
    const route = tokenRoutes[name];
    const [, token, run, offset] = route.path.exec(target) ?? [];
    if (!token || !isBootToken(token)) continue;
    if (!(route.methods as readonly string[]).includes(method)) continue;
    switch (name) {
      case "hook-script":
      case "hook-values":
      case "hook-begin":
      case "hook-end":
        return isId("scriptRun", run) ? { name, token, run } : undefined;
      case "hook-log":
        return isId("scriptRun", run) ? { name, token, run, offset: Number(offset) } : undefined;
      default:
        return { name, token };
    }
  }
  return undefined;
}

/** What a token must be for, to be good for this route. */
export function purposeOf(route: BootRouteWithToken): BootTokenPurpose {
  return tokenRoutes[route].purpose;
}
