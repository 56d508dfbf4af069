import { type BootTokenPurpose, isBootToken } from "#lib/domain/boot/boot-token";

/** Everything that can be asked of the boot server. */
export type BootRoute =
  | { name: "health" }
  | { name: "pxe-script"; mac: string }
  | { name: BootRouteWithToken; token: string };

export type BootRouteWithToken = keyof typeof tokenRoutes;

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
  progress: { purpose: "wipe", path: /^\/w\/([^/]+)\/progress$/, methods: ["POST"] },
  report: { purpose: "wipe", path: /^\/w\/([^/]+)\/report$/, methods: ["POST"] },
  log: { purpose: "wipe", path: /^\/w\/([^/]+)\/log$/, methods: ["POST"] },
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
    const token = route.path.exec(target)?.[1];
    if (token && isBootToken(token) && (route.methods as readonly string[]).includes(method)) {
      return { name, token };
    }
  }
  return undefined;
}

/** What a token must be for, to be good for this route. */
export function purposeOf(route: BootRouteWithToken): BootTokenPurpose {
  return tokenRoutes[route].purpose;
}
