import type { NetworkBoot } from "#lib/domain/boot/network-boot";
import type { BiosSettings } from "#lib/domain/node/bios-settings";
import type { ControllerLog } from "#lib/domain/node/controller-log";
import type { Inventory, InventoryPowerSupply, InventoryReading } from "#lib/domain/node/inventory";
import type { PasswordRules } from "#lib/domain/node/new-password";

/** What the chassis says of its host's power. `unknown`: asked, and no sense was made of the answer. */
export type PowerState = "on" | "off" | "turning_on" | "turning_off" | "unknown";

/** Orders a controller understands. `graceful_off` asks the operating system; the others do not. */
export type PowerOrder = "on" | "force_off" | "graceful_off" | "force_restart";

/** Where the host looks for its system at the next start, once. */
export type BootTarget =
  | { kind: "http"; url: string }
  | { kind: "pxe" }
  /** An image that the controller fetches and shows to its host as a CD. */
  | { kind: "cd"; url: string }
  | { kind: "disk" };

export type ControllerIdentity = {
  vendor: string | null;
  product: string | null;
  redfishVersion: string | null;
  firmwareVersion: string | null;
  /** The controller's own, by which it is known under any address. */
  uuid: string | null;
};

/** Where a controller is, and which certificate it showed when the operator confirmed it. */
export type ControllerEndpoint = {
  /** `host:port`, host a literal address or a name. */
  address: string;
  /** SHA-256 of the DER certificate, `AA:BB:…`, as `tls.PeerCertificate.fingerprint256`. */
  fingerprint: string;
  /** The pinned certificate itself (PEM): it is the only trust anchor of the connection. */
  certificatePem: string;
};

export type ControllerCredential = { username: string; password: string };

/** One request and what came of it, secrets already removed: the evidence behind a step. */
export type Exchange = {
  at: Date;
  method: string;
  path: string;
  /** HTTP status; null when no answer came. */
  status: number | null;
  durationMs: number;
  requestBody: string | null;
  responseBody: string | null;
  error: string | null;
};

export type ControllerFailure =
  | "unreachable"
  | "timeout"
  | "certificate_changed"
  | "auth_failed"
  | "busy"
  | "unsupported"
  | "malformed"
  | "too_large"
  | "rejected";

/**
 * What a controller driver throws. `retryable` says whether asking again later can help;
 * `retryAfterMs` is the controller's own wish (Retry-After) when it named one.
 */
export class ControllerError extends Error {
  override readonly name = "ControllerError";
  readonly failure: ControllerFailure;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(
    failure: ControllerFailure,
    message: string,
    options: { retryable: boolean; retryAfterMs?: number; cause?: unknown },
  ) {
    super(message, { cause: options.cause });
    this.failure = failure;
    this.retryable = options.retryable;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** What can be told quickly of a host. */
export type Glance = {
  system: { serial: string | null; uuid: string | null };
  /** False while a GPU tray is silent: what it holds is unknown. */
  gpusAnswer: boolean;
};

/** What a controller measures now. */
export type Sensors = {
  supplies: InventoryPowerSupply[];
  readings: InventoryReading[];
  /** Where a part could not be read: what is absent from these may be there. */
  unread: { supplies: boolean; readings: boolean };
};

/**
 * A node's controller. Every method throws only `ControllerError`. Orders are idempotent:
 * an order that already holds is a success. An order returns when the controller has accepted it;
 * whether it came true is for the caller to read back with `powerState`.
 */
export type Controller = {
  identity(): Promise<ControllerIdentity>;
  /** A few requests, where `inventory` takes a hundred: before a node is waited for, or turned on. */
  glance(): Promise<Glance>;
  inventory(): Promise<Inventory>;
  /**
   * Power supplies, temperatures, fans and power, in two or three requests once it is known where. Throws
   * `rejected` when it has some and none could be read.
   */
  sensors(): Promise<Sensors>;
  /**
   * The newest entries of its logs about the hardware, a request a log once it is known where; a log
   * that could not be read is absent. Throws `unsupported` when it tells of none, `rejected` when none
   * of those it has could be read.
   */
  logs(): Promise<ControllerLog[]>;
  powerState(): Promise<PowerState>;
  power(order: PowerOrder): Promise<void>;
  /** The best way that it has now. */
  networkBoot(): Promise<NetworkBoot>;
  /**
   * Sets the one-time boot target and reads it back; throws `rejected` when it did not take. A CD is inserted
   * before, and stays in until it is taken out.
   */
  bootNext(target: BootTarget): Promise<void>;
  /** Takes every CD out of the drives that it emulates, and reads that back. */
  ejectMedia(): Promise<void>;
  /** Signs in anew and looks at something that is shown to nobody else. Throws `auth_failed`. */
  signIn(): Promise<void>;
  /**
   * What it says of passwords, once the account that is signed in with has been found among its
   * accounts; throws `unsupported` when it offers no way to change its password.
   */
  passwordRules(): Promise<PasswordRules>;
  /**
   * Gives the account that is signed in with another password. That it was accepted proves nothing:
   * the caller signs in with it.
   */
  changePassword(password: string): Promise<void>;
  /**
   * What the host's BIOS is set to, and told to become at its next start; throws `unsupported` when
   * that is not told.
   */
  bios(): Promise<BiosSettings>;
  /**
   * Has the host's BIOS settings go back to their defaults at its next start; throws `unsupported`
   * when that is not offered.
   */
  resetBios(): Promise<void>;
  /**
   * Has the host's TPM cleared at its next start, and reads the order back. Throws `unsupported` when
   * that is not offered or the TPM is turned off, `rejected` when the order did not take.
   */
  clearTpm(): Promise<void>;
  /** Ends the sessions that the account has beside this one, and gives how many those were. */
  endOtherSessions(): Promise<number>;
  /**
   * Gives the session back to the controller; what is asked from then on is `busy`, and signs in no
   * more. Never throws.
   */
  close(): Promise<void>;
};

/** Opens a controller; exchanges are handed to `record` as they happen. Makes no request by itself. */
export type OpenController = (input: {
  endpoint: ControllerEndpoint;
  credential: ControllerCredential;
  record: (exchange: Exchange) => void;
  signal?: AbortSignal;
}) => Controller;

/**
 * Opens a controller that shows no certificate, as IPMI does not: who answers at the address is
 * taken for it.
 */
export type OpenUnpinnedController = (
  input: Omit<Parameters<OpenController>[0], "endpoint"> & { address: string },
) => Controller;

export type PresentedCertificate = {
  fingerprint: string;
  certificatePem: string;
  subject: string;
  validFrom: Date;
  validTo: Date;
};

/** Reads the certificate a controller presents, sending no credential. Throws `ControllerError`. */
export type ReadCertificate = (address: string) => Promise<PresentedCertificate>;
