import type { AddressHolder, BootPlaces, BootStage } from "#lib/domain/boot/boot-place";
import type { BootPurpose } from "#lib/domain/boot/boot-purpose";
import type { BootTokenPurpose } from "#lib/domain/boot/boot-token";
import type { InstallReport } from "#lib/domain/boot/install-report";
import type { KnownMachine, SaidMachine } from "#lib/domain/boot/said-machine";
import type { SanitizeReport } from "#lib/domain/boot/sanitize-report";
import type { BootSeed } from "#lib/domain/boot/seed";
import type { Id } from "#lib/domain/id";
import type { InspectionReport } from "#lib/domain/inspection/inspection-report";
import type { InspectionOrder } from "#lib/domain/inspection/order";

/** A file that a window lets a node have. */
export type BootFile = { name: string; sha256: string };

/** What a node that presents a token of an open window may get. */
export type BootWindow = {
  id: Id<"bootWindow">;
  nodeId: Id<"node">;
  operationId: Id<"operation">;
  /** Null where no tenant holds the node. */
  allocationId: Id<"allocation"> | null;
  purpose: BootPurpose;
  /** What the addresses given to the node begin with: `http://10.0.0.1:8081`. */
  bootOrigin: string;
  /** Null for a start from disk, which fetches nothing. */
  kernel: BootFile | null;
  initrd: BootFile | null;
  /** What an installation writes, and how large it is unpacked. */
  disk: (BootFile & { unpackedBytes: number }) | null;
  /** Further kernel arguments of the image, separated by white space. */
  kernelArgs: string;
  /** What a deployed system is told of itself; null for a sanitize boot and a start from disk. */
  seed: BootSeed | null;
  /** The public keys that a system which starts from its disk is to take; null for other boots. */
  keys: string[] | null;
  /** Values of its secret inputs; null when it has none. */
  sealedInputs: string | null;
  /** What is asked of an inspection; null for every other boot. */
  inspection: InspectionOrder | null;
  /** Its node is to start from a medium, and nothing of what is on it has asked for anything yet. */
  isAwaitedFromMedium: boolean;
  /** Nothing but what runs scripts is answered any more: its node is its tenant's. */
  isHandedOver: boolean;
  /** What it is deployed with has phoned home: hooks may change how that is reached. */
  hasPhonedHome: boolean;
  /** Where each part of this boot asks from, as far as it has asked. */
  places: BootPlaces;
};

/** A request that is for a window by its token, or by its MAC address. */
export type PlacedRequest = {
  /** What is asked for, by the name of its route. */
  door: string;
  stage: BootStage;
  peer: string;
  /** What the machine says that it is, where it says anything. */
  said: SaidMachine | null;
};

/** A request with a token of a window that came from elsewhere, or from another machine. */
export type Misplaced = Pick<PlacedRequest, "door" | "peer"> & {
  /** As half a sentence. */
  why: string;
};

/** A window that an address opened, with what else a node is told of where it is. */
export type SeedWindow = BootWindow & { mac: string | null; site: string };

/** What a node says of its progress, in words fit for the operation's log. */
export type BootNews = {
  words: string;
  level: "info" | "warning" | "error";
  /** False for what only the moment's status shows and no log keeps. */
  keep: boolean;
};

/**
 * What the boot server asks, and nothing more. Methods that begin with `take` answer true to one
 * caller only, however many ask at once. Any of them rejects when the store cannot be reached.
 */
export type BootStore = {
  isReachable: () => Promise<boolean>;
  /**
   * The window that a token of this purpose opens now. Unknown, closed and expired are one answer:
   * undefined. Once the node has phoned home or reported, tokens for `boot` and `seed` are void;
   * but what an installation wrote gets its seed after the report, and not before. A token for
   * `start` opens the window in which its node is awaited, for the holder it was made for. One for
   * `hook` is good until the window is closed, also when its time is over; where hooks run scripts later,
   * too, until its node is given back and what runs on it before that has ended.
   */
  findOpenWindow: (purpose: BootTokenPurpose, tokenHash: string) => Promise<BootWindow | undefined>;
  /** The window in which a node with this MAC (lower case, colons) is awaited; undefined for none or several. */
  findOpenWindowByMac: (mac: string) => Promise<BootWindow | undefined>;
  /**
   * The window whose node fetched its boot script from this address and may have its seed now, as a
   * token for `seed` would open it; undefined for none or several.
   */
  findSeedWindowByPeer: (peer: string) => Promise<SeedWindow | undefined>;
  /** Whose the address is that asks, by the leases of the node's site. */
  findAddressHolder: (window: BootWindow, peer: string) => Promise<AddressHolder>;
  /** What is known of the machine that the window is for. */
  findMachine: (window: BootWindow) => Promise<KnownMachine>;
  /**
   * Has a part of a boot ask from another address than `from`, undefined for none yet. Gives from where
   * it asks then: of several that come at once, one is first.
   */
  movePlace: (
    window: BootWindow,
    stage: BootStage,
    move: { from: string | undefined; to: string },
  ) => Promise<string | undefined>;
  /**
   * Counts a request that was refused for where it came from. The first few are written to the
   * operation's log and the audit log; from `suspiciousRequests` on, the node has a reason of health.
   */
  noteMisplaced: (window: BootWindow, request: Misplaced) => Promise<void>;
  noteScriptFetched: (window: BootWindow, peer: string) => Promise<void>;
  noteKernelFetched: (window: BootWindow) => Promise<void>;
  /** Claims the only user-data; false when it was given, or three tries broke off. */
  takeUserData: (window: BootWindow) => Promise<boolean>;
  /** The answer to `takeUserData` broke off before its end: another try may have it. */
  giveBackUserData: (window: BootWindow) => Promise<void>;
  takePhoneHome: (
    window: BootWindow,
    caller: { peer: string; hostKey: string | null; tookKeys: boolean },
  ) => Promise<boolean>;
  noteNews: (window: BootWindow, news: BootNews) => Promise<void>;
  takeReport: (window: BootWindow, report: SanitizeReport) => Promise<boolean>;
  takeInstallReport: (window: BootWindow, report: InstallReport) => Promise<boolean>;
  takeInspection: (window: BootWindow, report: InspectionReport) => Promise<boolean>;
  /** Keeps the end of a job's log, in the place of what came before. */
  keepLog: (window: BootWindow, log: string) => Promise<void>;
  /**
   * Counts a token of some window that opens nothing now: as misplaced, where that part of its boot
   * asked from elsewhere. Gives the node and how often that happened in this window, or undefined for a
   * token that never was one.
   */
  noteVoidToken: (
    tokenHash: string,
    request: Pick<PlacedRequest, "door" | "stage" | "peer">,
  ) => Promise<{ nodeId: Id<"node">; count: number } | undefined>;
};

/** Broken-off transfers of user-data before the token is void. */
export const userDataTries = 3;

/** From this many void tokens, or refused requests, in one window on, the operator is told. */
export const suspiciousRequests = 5;
