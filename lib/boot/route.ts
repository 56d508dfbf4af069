import type { BootStage } from "#lib/domain/boot/boot-place";
import { type BootTokenPurpose, isBootToken } from "#lib/domain/boot/boot-token";
import { ec2Versions } from "#lib/domain/boot/ec2-metadata";
import { type Id, isId } from "#lib/domain/id";

/** Everything that can be asked of the boot server. */
export type BootRoute =
  | { name: "health" }
  | { name: "pxe-script"; mac: string }
  /** What a site's DHCP server says of a lease. */
  | { name: "lease"; token: string }
  | Ec2Route
  | { name: Exclude<BootRouteWithToken, ScriptRoute["name"]>; token: string }
  | ScriptRoute;

/** What a client of EC2's metadata service asks, known by its address alone. */
export type Ec2Route =
  | { name: "ec2-token" | "ec2-versions" | "ec2-version" | "ec2-user-data" }
  /** The path below `meta-data`, without a slash at its begin. */
  | { name: "ec2-meta-data"; path: string };

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
  program: { purpose: "boot", path: /^\/b\/([^/]+)\/boot\.efi$/, methods: ["GET", "HEAD"] },
  medium: { purpose: "boot", path: /^\/b\/([^/]+)\/boot\.iso$/, methods: ["GET", "HEAD"] },
  kernel: {
    purpose: "boot",
    // With what the machine says that it is, as boot scripts have it.
    path: /^\/b\/([^/]+)\/kernel(?:\?mac=[0-9A-Fa-f-]{0,17}&uuid=[0-9A-Fa-f-]{0,36})?$/,
    methods: ["GET", "HEAD"],
  },
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

const leasePath = /^\/l\/([0-9a-f]{32})$/;

const ec2Path = new RegExp(
  `^/(?:${ec2Versions.map((version) => version.replaceAll(".", "\\.")).join("|")})(/.*)?$`,
);
const ec2MetaDataPath = /^\/meta-data(?:\/([a-z0-9/-]{0,100}))?$/;

/** Undefined for what is none of them. */
function ec2RouteOf(method: string, target: string): Ec2Route | undefined {
  if (method === "PUT") return target === "/latest/api/token" ? { name: "ec2-token" } : undefined;
  if (method !== "GET" && method !== "HEAD") return undefined;
  if (target === "/") return { name: "ec2-versions" };
  const found = ec2Path.exec(target);
  if (!found) return undefined;
  const below = found[1] ?? "/";
  if (below === "/") return { name: "ec2-version" };
  // Given once: whoever asks for its length alone would have had it.
  if (below === "/user-data") return method === "GET" ? { name: "ec2-user-data" } : undefined;
  const asked = ec2MetaDataPath.exec(below);
  return asked ? { name: "ec2-meta-data", path: asked[1] ?? "" } : undefined;
}

/**
 * What a request line asks for, or undefined. The target is compared as it was sent: nothing in it
 * is decoded or resolved, so there is no second spelling of a path.
 */
export function routeOf(method: string, target: string): BootRoute | undefined {
  const reads = method === "GET" || method === "HEAD";
  if (target === "/healthz") return reads ? { name: "health" } : undefined;
  const mac = macPath.exec(target)?.[1];
  if (mac) return reads ? { name: "pxe-script", mac: mac.replaceAll("-", ":") } : undefined;
  const lease = leasePath.exec(target)?.[1];
  if (lease) return method === "POST" ? { name: "lease", token: lease } : undefined;
  const ec2 = ec2RouteOf(method, target);
  if (ec2) return ec2;
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

/**
 * Which part of a boot asks for this. A medium, and what a job fetches, have tokens of the same purpose as
 * firmware's program.
 */
export function stageOf(route: BootRouteWithToken | "pxe-script"): BootStage {
  if (route === "pxe-script") return "program";
  if (route === "medium") return "medium";
  if (route === "disk") return "job";
  const purpose = purposeOf(route);
  return purpose === "boot" ? "program" : purpose === "wipe" ? "job" : "system";
}
