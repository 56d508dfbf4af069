import type { LeaseStore } from "#lib/boot/lease-store";
import type { ScriptStore } from "#lib/boot/script-store";
import {
  type BootNews,
  type BootStore,
  type BootWindow,
  type Misplaced,
  userDataTries,
} from "#lib/boot/store";
import { bootToken, hashToken } from "#lib/boot/tokens";
import type { AddressHolder, BootStage } from "#lib/domain/boot/boot-place";
import { bootTokenPurposes } from "#lib/domain/boot/boot-token";
import type { InstallReport } from "#lib/domain/boot/install-report";
import type { KnownMachine } from "#lib/domain/boot/said-machine";
import type { SanitizeReport } from "#lib/domain/boot/sanitize-report";
import { newId } from "#lib/domain/id";
import type { InspectionReport } from "#lib/domain/inspection/inspection-report";

/** A window with what became of it, as a test can read it. */
export type GivenWindow = BootWindow & {
  mac: string;
  expiresMs: number;
  closed: boolean;
  scriptPeer: string | null;
  kernelFetched: boolean;
  userDataGiven: boolean;
  userDataTries: number;
  phonedHome: { peer: string; hostKey: string | null; tookKeys: boolean } | null;
  report: SanitizeReport | null;
  installReport: InstallReport | null;
  inspectionReport: InspectionReport | null;
  log: string | null;
  news: BootNews[];
  voidTokens: number;
  machine: KnownMachine;
  misplaced: Misplaced[];
  token: (purpose: (typeof bootTokenPurposes)[number]) => string;
};

/** Boot windows in memory, for tests of the server alone: the promises of `BootStore`, no database. */
export class MemoryBootStore implements BootStore {
  readonly windows: GivenWindow[] = [];
  readonly #byToken = new Map<string, { window: GivenWindow; purpose: string }>();
  readonly #secret: string;
  readonly #nowMs: () => number;
  /** Whose addresses are, by the leases of a DHCP server; of others nothing is known. */
  readonly holders = new Map<string, AddressHolder>();
  /** Set, to make the store fail as it does when its database is gone. */
  outage: Error | null = null;

  constructor(secret: string, nowMs: () => number = Date.now) {
    this.#secret = secret;
    this.#nowMs = nowMs;
  }

  open(input: Partial<GivenWindow> & Pick<BootWindow, "kernel" | "initrd">): GivenWindow {
    const id = newId("bootWindow");
    const window: GivenWindow = {
      id,
      nodeId: newId("node"),
      operationId: newId("operation"),
      allocationId: null,
      purpose: "deploy",
      bootOrigin: "http://boot.invalid",
      disk: null,
      kernelArgs: "console=ttyS0",
      sealedInputs: null,
      keys: null,
      seed:
        input.purpose === "sanitize" || input.purpose === "inspect"
          ? null
          : {
              instanceId: `instance-${id}`,
              hostname: "training-1",
              defaultUser: "ubuntu",
              authorizedKeys: ["ssh-ed25519 AAAA ada"],
              extra: { packages: [], commands: [] },
            },
      inspection: null,
      isAwaitedFromMedium: false,
      isHandedOver: false,
      hasPhonedHome: false,
      mac: "52:54:00:00:00:01",
      expiresMs: this.#nowMs() + 600_000,
      closed: false,
      scriptPeer: null,
      kernelFetched: false,
      userDataGiven: false,
      userDataTries: 0,
      phonedHome: null,
      report: null,
      installReport: null,
      inspectionReport: null,
      log: null,
      news: [],
      voidTokens: 0,
      places: {},
      machine: { macs: [], uuid: null },
      misplaced: [],
      token: (purpose) => bootToken(this.#secret, id, purpose),
      ...input,
    };
    this.windows.push(window);
    for (const purpose of bootTokenPurposes) {
      this.#byToken.set(hashToken(window.token(purpose)), { window, purpose });
    }
    return window;
  }

  async isReachable() {
    return this.outage === null;
  }

  async findOpenWindow(purpose: string, tokenHash: string) {
    if (this.outage) throw this.outage;
    const found = this.#byToken.get(tokenHash);
    if (!found || found.purpose !== purpose) return undefined;
    if (purpose === "hook" ? found.window.closed : !this.#isOpen(found.window)) return undefined;
    const { phonedHome, report, installReport, inspectionReport } = found.window;
    const hasReported = [report, installReport, inspectionReport].some((one) => one !== null);
    const isVoid = {
      boot: phonedHome !== null || hasReported,
      seed: phonedHome !== null || hasReported !== (found.window.purpose === "install"),
    }[purpose];
    return isVoid ? undefined : found.window;
  }

  async findOpenWindowByMac(mac: string) {
    const found = this.windows.filter((window) => window.mac === mac && this.#isOpen(window));
    return found.length === 1 ? found[0] : undefined;
  }

  async findSeedWindowByPeer(peer: string) {
    const found = this.windows.filter((window) => {
      const isInstalled = window.purpose !== "install" || window.installReport !== null;
      const isSeeded = window.seed !== null && window.phonedHome === null && isInstalled;
      return window.scriptPeer === peer && isSeeded && this.#isOpen(window);
    });
    const [only] = found;
    return found.length === 1 && only ? Object.assign(only, { site: "Oslo" }) : undefined;
  }

  async findAddressHolder(_: BootWindow, peer: string) {
    return this.holders.get(peer) ?? { kind: "unknown" as const };
  }

  async findMachine(window: BootWindow) {
    return this.#given(window).machine;
  }

  async movePlace(
    window: BootWindow,
    stage: BootStage,
    { from, to }: { from: string | undefined; to: string },
  ) {
    const given = this.#given(window);
    if (given.places[stage] === from) given.places = { ...given.places, [stage]: to };
    return given.places[stage];
  }

  async noteMisplaced(window: BootWindow, request: Misplaced) {
    this.#given(window).misplaced.push(request);
  }

  async noteScriptFetched(window: BootWindow, peer: string) {
    this.#given(window).scriptPeer = peer;
  }

  async noteKernelFetched(window: BootWindow) {
    this.#given(window).kernelFetched = true;
  }

  async takeUserData(window: BootWindow) {
    const given = this.#given(window);
    if (given.userDataGiven || given.userDataTries >= userDataTries) return false;
    given.userDataGiven = true;
    given.userDataTries++;
    return true;
  }

  async giveBackUserData(window: BootWindow) {
    this.#given(window).userDataGiven = false;
  }

  async takePhoneHome(
    window: BootWindow,
    caller: { peer: string; hostKey: string | null; tookKeys: boolean },
  ) {
    const given = this.#given(window);
    if (given.phonedHome) return false;
    given.phonedHome = caller;
    return true;
  }

  async noteNews(window: BootWindow, news: BootNews) {
    this.#given(window).news.push(news);
  }

  async takeReport(window: BootWindow, report: SanitizeReport) {
    const given = this.#given(window);
    if (given.report) return false;
    given.report = report;
    return true;
  }

  async takeInstallReport(window: BootWindow, report: InstallReport) {
    const given = this.#given(window);
    if (given.installReport) return false;
    given.installReport = report;
    return true;
  }

  async takeInspection(window: BootWindow, report: InspectionReport) {
    const given = this.#given(window);
    if (given.inspectionReport) return false;
    given.inspectionReport = report;
    return true;
  }

  async keepLog(window: BootWindow, log: string) {
    this.#given(window).log = log;
  }

  async noteVoidToken(tokenHash: string) {
    const found = this.#byToken.get(tokenHash);
    if (!found) return undefined;
    found.window.voidTokens++;
    return { nodeId: found.window.nodeId, count: found.window.voidTokens };
  }

  #isOpen(window: GivenWindow): boolean {
    return !window.closed && this.#nowMs() < window.expiresMs;
  }

  #given(window: BootWindow): GivenWindow {
    return window as GivenWindow;
  }
}

/** For tests in which no DHCP server tells of leases. */
export const noLeases: LeaseStore = {
  findNetwork: async () => undefined,
  keep: async () => false,
  noteUnawaited: async () => {},
};

/** For tests in which no hook runs a script. */
export const noScripts: ScriptStore = {
  next: async () => undefined,
  isNear: async () => false,
  find: async () => undefined,
  outputs: async () => ({}),
  begin: async () => false,
  addToLog: async () => false,
  end: async () => false,
  endUnheard: async () => {},
};
