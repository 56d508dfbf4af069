import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { BootAnswers, isForOperator } from "#lib/boot/answers";
import type { LeaseStore } from "#lib/boot/lease-store";
import { PlaceCheck } from "#lib/boot/place-check";
import { type RateLimit, rateLimit } from "#lib/boot/rate-limit";
import { BodyTooLargeError, readBody } from "#lib/boot/read-body";
import { type BootRoute, type Ec2Route, purposeOf, routeOf, stageOf } from "#lib/boot/route";
import { RunnerWatch } from "#lib/boot/runner-watch";
import { ScriptAnswers } from "#lib/boot/script-answers";
import type { ScriptStore } from "#lib/boot/script-store";
import { BrokenOffError, sendNotFound, sendText } from "#lib/boot/send";
import { type BootStore, type BootWindow, suspiciousRequests } from "#lib/boot/store";
import { hashToken } from "#lib/boot/tokens";
import type { Log } from "#lib/config/log";
import type { BootPurpose } from "#lib/domain/boot/boot-purpose";
import type { BootTokenPurpose } from "#lib/domain/boot/boot-token";
import { readLeaseReport } from "#lib/domain/boot/lease-report";
import { readSaidMachine } from "#lib/domain/boot/said-machine";

/** How much a node may ask, and how long it may take to ask. */
export type BootLimits = {
  /** Requests of one window a minute, other than files and reports. */
  requestsPerMinute: number;
  /** Events and progress of one window a minute. */
  reportsPerMinute: number;
  /** What a site's DHCP server tells of leases: a few of each node that boots, and many may at once. */
  leasesPerMinute: number;
  /** Requests for a MAC address that nobody awaits, from one address, that are written down a minute. */
  unawaitedPerMinute: number;
  /** Files of one window sent at once. */
  filesAtOnce: number;
  /** How soon a node that has no script to run asks for one again, while one is under way. */
  scriptWaitSeconds: number;
  /** The same while none is, which may be for days: nodes wait for approvals as well. */
  scriptIdleSeconds: number;
  /** The same of a node that was handed over, which may go on for months. */
  scriptRestSeconds: number;
  headersTimeoutMs: number;
  /** From the first byte of a request to its last. */
  requestTimeoutMs: number;
  /** Without a byte either way, as when a node stops reading. */
  idleTimeoutMs: number;
};

/** A form of a few words. */
const leaseLimitBytes = 2_048;

const usualLimits: BootLimits = {
  requestsPerMinute: 30,
  reportsPerMinute: 600,
  leasesPerMinute: 3_000,
  unawaitedPerMinute: 60,
  filesAtOnce: 8,
  scriptWaitSeconds: 2,
  scriptIdleSeconds: 10,
  scriptRestSeconds: 20,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  idleTimeoutMs: 60_000,
};

export type BootServer = {
  /** Where it listens, for `port: 0`. */
  port: number;
  /** Takes no more connections and ends those there are. */
  close: () => Promise<void>;
};

/**
 * Starts the listener that booting nodes talk to: scripts, kernels, cloud-init's seed, and what
 * they report. It belongs on the provisioning network, away from the portal's own address.
 * @param input.secret What the tokens are derived from, the same as the worker's.
 * @param input.ec2Metadata False: what clients of EC2's metadata service ask is not found.
 * @param input.keepsPlaces False: a node's address may change from one of its requests to the next.
 * @param input.imageDirectory Where kernels and initrds lie, by file name.
 * @param input.bootStub systemd's `linuxx64.efi.stub`: without it nothing boots from an address.
 * @param input.nowMs A clock for the limits; expiry of windows is the store's to judge.
 */
export async function startBootServer(input: {
  host: string;
  port: number;
  secret: string;
  ec2Metadata?: boolean;
  keepsPlaces?: boolean;
  imageDirectory: string;
  bootStub?: string;
  store: BootStore;
  scripts: ScriptStore;
  leases: LeaseStore;
  log: Log;
  nowMs?: () => number;
  limits?: Partial<BootLimits>;
}): Promise<BootServer> {
  const limits = { ...usualLimits, ...input.limits };
  const { ec2Metadata = true, keepsPlaces = true, bootStub = null, nowMs = Date.now } = input;
  const desk = new BootDesk({ ...input, ec2Metadata, keepsPlaces, bootStub, limits, nowMs });
  const server = createServer(
    {
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      connectionsCheckingInterval: Math.min(1_000, limits.requestTimeoutMs),
      keepAliveTimeout: 5_000,
      maxHeaderSize: 16 * 1024,
    },
    (request, response) => void desk.serve(request, response),
  );
  server.maxConnections = 4_096;
  server.setTimeout(limits.idleTimeoutMs);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: input.host, port: input.port, backlog: 1_024 }, () => {
      server.off("error", reject);
      resolve();
    });
  });
  server.on("error", (error) => input.log.error({ error }, "boot listener"));
  const watch = new RunnerWatch({ scripts: input.scripts, log: input.log });
  watch.start();
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      await watch.stop();
      await closeServer(server);
    },
  };
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** Which windows a token is good for. */
const bootPurposesOf: Record<BootTokenPurpose, readonly BootPurpose[]> = {
  boot: ["deploy", "install", "sanitize", "inspect"],
  seed: ["deploy", "install"],
  phone: ["deploy", "install"],
  event: ["deploy", "install"],
  wipe: ["install", "sanitize", "inspect"],
  start: ["start"],
  hook: ["deploy", "install", "start"],
};

/** Who may have an answer at all: what is asked for, which window it is for, and how often. */
class BootDesk {
  readonly #store: BootStore;
  readonly #log: Log;
  readonly #answers: BootAnswers;
  readonly #scripts: ScriptAnswers;
  readonly #requests: RateLimit;
  readonly #reports: RateLimit;
  readonly #voidTokens: RateLimit;
  readonly #places: PlaceCheck;
  readonly #unawaited: RateLimit;
  readonly #leases: LeaseStore;
  readonly #leaseReports: RateLimit;
  readonly #limits: BootLimits;
  readonly #ec2Metadata: boolean;
  readonly #filesBeingSent = new Map<string, number>();

  constructor(input: {
    store: BootStore;
    scripts: ScriptStore;
    leases: LeaseStore;
    log: Log;
    secret: string;
    ec2Metadata: boolean;
    keepsPlaces: boolean;
    imageDirectory: string;
    bootStub: string | null;
    limits: BootLimits;
    nowMs: () => number;
  }) {
    const { limits, nowMs } = input;
    this.#store = input.store;
    this.#log = input.log;
    this.#answers = new BootAnswers(input);
    this.#scripts = new ScriptAnswers({
      ...input,
      waitSeconds: limits.scriptWaitSeconds,
      idleSeconds: limits.scriptIdleSeconds,
      restSeconds: limits.scriptRestSeconds,
    });
    this.#limits = limits;
    this.#ec2Metadata = input.ec2Metadata;
    this.#requests = rateLimit(limits.requestsPerMinute, nowMs);
    this.#reports = rateLimit(limits.reportsPerMinute, nowMs);
    this.#voidTokens = rateLimit(limits.requestsPerMinute, nowMs);
    const refusals = rateLimit(limits.requestsPerMinute, nowMs);
    this.#places = new PlaceCheck({ ...input, refusals });
    this.#unawaited = rateLimit(limits.unawaitedPerMinute, nowMs);
    this.#leases = input.leases;
    this.#leaseReports = rateLimit(limits.leasesPerMinute, nowMs);
  }

  /** Answers one request, whatever happens; never rejects. */
  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const startedMs = performance.now();
    const route = routeOf(request.method ?? "", request.url ?? "");
    // Nobody stands between a node and this listener, so whatever X-Forwarded-For says is invented.
    const peer = plainAddress(request.socket.remoteAddress);
    const facts: Record<string, unknown> = { peer, route: route?.name ?? null, ...mark(route) };
    try {
      await this.#serve(route, peer, request, response, facts);
    } catch (error) {
      await this.#fail(error, response, facts);
    }
    // That a node asks whether there is a script is no news while it is answered, nor is a lease, nor a
    // piece of a medium, of which a controller may ask for thousands.
    const isOften = ["hook-next", "hook-log", "lease", "medium"].includes(route?.name ?? "");
    const isUsual = isOften && (response.statusCode === 200 || response.statusCode === 206);
    this.#log[isUsual ? "debug" : "info"](
      {
        ...facts,
        status: response.statusCode,
        durationMs: Math.round(performance.now() - startedMs),
      },
      "boot request",
    );
  }

  async #serve(
    route: BootRoute | undefined,
    peer: string,
    request: IncomingMessage,
    response: ServerResponse,
    facts: Record<string, unknown>,
  ): Promise<void> {
    if (route?.name === "health") {
      const reachable = await this.#store.isReachable();
      return sendText(response, reachable ? 200 : 503, reachable ? "ok\n" : "no database\n");
    }
    if (route && isEc2(route)) return this.#serveEc2(route, peer, response, facts);
    if (route?.name === "lease") return this.#takeLease(route.token, request, response, facts);
    const window = route && (await this.#windowOf(route, peer));
    if (!route || !window) return sendNotFound(response);
    facts.window = window.id;
    facts.node = window.nodeId;
    const placed = { door: route.name, stage: stageOf(route.name), peer, said: saidBy(request) };
    if (await this.#places.refuses(window, placed)) return sendNotFound(response);
    const isHost = placed.stage === "job" || placed.stage === "system";
    if (window.isAwaitedFromMedium && isHost) await this.#answers.noteStarted(window, peer);

    const waitSeconds = this.#waitSeconds(route, window);
    if (waitSeconds > 0) {
      return sendText(response, 429, "too many requests\n", { "retry-after": String(waitSeconds) });
    }
    switch (route.name) {
      case "script":
      case "pxe-script":
        return this.#answers.sendScript(window, peer, response);
      case "program":
        return this.#sendLong(window, response, () =>
          this.#answers.sendProgram(window, peer, response),
        );
      case "medium":
        return this.#sendLong(window, response, () => this.#answers.sendMedium(window, response));
      case "kernel":
      case "initrd":
      case "disk": {
        const { name } = route;
        return this.#sendLong(window, response, () =>
          this.#answers.sendImageFile(window, name, response),
        );
      }
      case "meta-data":
        return this.#answers.sendMetaData(window, response);
      case "user-data":
        return this.#answers.sendUserData(window, response);
      case "vendor-data":
      case "network-config":
        // Nothing to say. cloud-init tries a missing one again and again before it goes on.
        return sendText(response, 200, "");
      case "phone-home":
        return this.#answers.takePhoneHome(window, peer, request, response);
      case "event":
        return this.#answers.takeEvent(window, request, response);
      case "started":
        return this.#answers.takeStarted(window, peer, request, response);
      case "keys":
        return this.#answers.sendKeys(window, response);
      case "progress":
        return this.#answers.takeProgress(window, request, response);
      case "report":
        return this.#takeReport(window, request, response);
      case "log":
        return this.#answers.takeLog(window, request, response);
      default:
        return this.#scripts.answer(route, window, request, response);
    }
  }

  async #serveEc2(
    route: Ec2Route,
    peer: string,
    response: ServerResponse,
    facts: Record<string, unknown>,
  ): Promise<void> {
    const window = this.#ec2Metadata && (await this.#store.findSeedWindowByPeer(peer));
    if (!window || !bootPurposesOf.seed.includes(window.purpose)) return sendNotFound(response);
    facts.window = window.id;
    facts.node = window.nodeId;
    const placed = { door: route.name, stage: "system" as const, peer, said: null };
    if (await this.#places.refuses(window, placed)) return sendNotFound(response);
    // A client walks the whole tree, a request for each value: its keys may be many.
    const limit = route.name === "ec2-user-data" ? this.#requests : this.#reports;
    const waitSeconds = limit.retryAfterSeconds(window.id);
    if (waitSeconds > 0) {
      return sendText(response, 429, "too many requests\n", { "retry-after": String(waitSeconds) });
    }
    return this.#answers.sendEc2(route, window, peer, response);
  }

  /** From a DHCP server, not a node: its token is of a site, and opens nothing. */
  async #takeLease(
    token: string,
    request: IncomingMessage,
    response: ServerResponse,
    facts: Record<string, unknown>,
  ): Promise<void> {
    const hash = hashToken(token);
    const network = await this.#leases.findNetwork(hash);
    if (!network) return sendNotFound(response);
    facts.site = network.siteId;
    const waitSeconds = this.#leaseReports.retryAfterSeconds(network.siteId);
    if (waitSeconds > 0) {
      return sendText(response, 429, "too many requests\n", { "retry-after": String(waitSeconds) });
    }
    const read = readLeaseReport(await readBody(request, leaseLimitBytes), network.subnet);
    if (!read.ok) return sendText(response, 400, `${read.refusal}\n`);
    // What is answered is logged where dnsmasq runs: nothing, when all is well.
    if (await this.#leases.keep(hash, read.value)) return sendText(response, 200, "");
    return sendNotFound(response);
  }

  #takeReport(window: BootWindow, request: IncomingMessage, response: ServerResponse) {
    switch (window.purpose) {
      case "install":
        return this.#answers.takeInstallReport(window, request, response);
      case "inspect":
        return this.#answers.takeInspection(window, request, response);
      default:
        return this.#answers.takeReport(window, request, response);
    }
  }

  async #windowOf(
    route: Exclude<BootRoute, { name: "health" | "lease" } | Ec2Route>,
    peer: string,
  ): Promise<BootWindow | undefined> {
    if (route.name === "pxe-script") {
      const awaited = await this.#store.findOpenWindowByMac(route.mac);
      if (!awaited) await this.#noteUnawaited(route.mac, peer);
      return awaited;
    }
    const purpose = purposeOf(route.name);
    const hash = hashToken(route.token);
    const window = await this.#store.findOpenWindow(purpose, hash);
    if (window && bootPurposesOf[purpose].includes(window.purpose)) return window;
    // cloud-init reports its last stages after it has phoned home, when its window may be closed,
    // and an installed system says at every boot that it is up, asked for or not. What runs scripts
    // asks for them until it is told that there are none any more: that its node is given back.
    const isUsual = purpose === "event" || purpose === "start" || purpose === "hook";
    if (!isUsual) {
      await this.#noteVoidToken(hash, { door: route.name, stage: stageOf(route.name), peer });
    }
    return undefined;
  }

  /** Whoever makes up MAC addresses has this many a minute, and they are pruned as leases are. */
  async #noteUnawaited(mac: string, peer: string): Promise<void> {
    if (this.#unawaited.retryAfterSeconds(peer) > 0) return;
    await this.#leases.noteUnawaited(mac, peer);
  }

  async #noteVoidToken(
    tokenHash: string,
    request: Parameters<BootStore["noteVoidToken"]>[1],
  ): Promise<void> {
    // A token that is void is written down so often, and no more however often it comes.
    if (this.#voidTokens.retryAfterSeconds(tokenHash) > 0) return;
    const noted = await this.#store.noteVoidToken(tokenHash, request);
    if (noted && noted.count >= suspiciousRequests) {
      this.#log.warn(
        { peer: request.peer, node: noted.nodeId, count: noted.count },
        "void boot tokens presented",
      );
    }
  }

  #waitSeconds(route: BootRoute, window: BootWindow): number {
    switch (route.name) {
      case "program":
      case "medium":
      case "kernel":
      case "initrd":
      case "disk":
        return 0;
      // The one report decides about the node: it is never turned away.
      case "report":
      case "hook-end":
        return 0;
      case "event":
      case "progress":
      case "hook-next":
      case "hook-script":
      case "hook-values":
      case "hook-begin":
      case "hook-log":
        return this.#reports.retryAfterSeconds(window.id);
      default:
        return this.#requests.retryAfterSeconds(window.id);
    }
  }

  async #sendLong(
    window: BootWindow,
    response: ServerResponse,
    send: () => Promise<void>,
  ): Promise<void> {
    const sending = this.#filesBeingSent.get(window.id) ?? 0;
    if (sending >= this.#limits.filesAtOnce) {
      return sendText(response, 429, "too many requests\n", { "retry-after": "5" });
    }
    this.#filesBeingSent.set(window.id, sending + 1);
    try {
      await send();
    } finally {
      const left = (this.#filesBeingSent.get(window.id) ?? 1) - 1;
      if (left > 0) this.#filesBeingSent.set(window.id, left);
      else this.#filesBeingSent.delete(window.id);
    }
  }

  async #fail(
    error: unknown,
    response: ServerResponse,
    facts: Record<string, unknown>,
  ): Promise<void> {
    if (error instanceof BrokenOffError || response.destroyed || response.socket?.destroyed) {
      facts.brokenOff = true;
      return;
    }
    let status = 503;
    if (error instanceof BodyTooLargeError) status = 413;
    else if (isForOperator(error)) status = 500;
    if (status !== 413) this.#log.error({ ...facts, error }, "boot request failed");
    if (response.headersSent) {
      // Half an answer must not look like a whole one.
      response.destroy();
      return;
    }
    const later = status === 503 ? { "retry-after": "5" } : undefined;
    await sendText(response, status, "not now\n", later).catch(() => {});
  }
}

/** What a machine says that it is: in the address of its kernel, or as a job in memory does. */
function saidBy({ url = "", headers }: IncomingMessage) {
  const header = headers["ingot-machine"];
  const query = url.slice(url.indexOf("?") + 1);
  return readSaidMachine(url.includes("?") ? query : Array.isArray(header) ? undefined : header);
}

function isEc2(route: BootRoute): route is Ec2Route {
  return route.name.startsWith("ec2-");
}

/** A log line tells which token was used, and is no use to anyone who reads it. */
function mark(route: BootRoute | undefined): { token?: string; mac?: string } {
  if (!route || route.name === "health" || isEc2(route)) return {};
  if (route.name === "pxe-script") return { mac: route.mac };
  return { token: hashToken(route.token).slice(0, 8) };
}

/** An IPv4 peer of a socket that listens on `::` is its address, not the mapped one. */
function plainAddress(address: string | undefined): string {
  return address?.replace(/^::ffff:(?=\d+\.)/, "") ?? "unknown";
}
