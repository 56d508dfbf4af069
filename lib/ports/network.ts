/** What a switch says of a port: the VLANs it carries, and the one that untagged frames belong to. */
export type PortState = { vlans: number[]; untagged: number | null };

export type NetworkFailure = "unreachable" | "timeout" | "rejected" | "malformed" | "misconfigured";

/** What a network driver throws. `retryable` says whether asking again later can help. */
export class NetworkError extends Error {
  override readonly name = "NetworkError";
  readonly failure: NetworkFailure;
  readonly retryable: boolean;

  constructor(
    failure: NetworkFailure,
    message: string,
    options: { retryable: boolean; cause?: unknown },
  ) {
    super(message, { cause: options.cause });
    this.failure = failure;
    this.retryable = options.retryable;
  }
}

/**
 * What joins nodes to networks at a site: a switch, a DPU, a bridge. Every method throws only
 * `NetworkError`. Orders are idempotent and take away before they add, so that a port that is half
 * done reaches less than was asked, never more; whether they came true is for the caller to read.
 */
export type NetworkDriver = {
  /** The port carries this VLAN and no other, untagged. */
  attach: (port: string, vlan: number) => Promise<void>;
  /** The port carries no VLAN at all. */
  detach: (port: string) => Promise<void>;
  read: (port: string) => Promise<PortState>;
  /** Lets go of its connections. Never throws. */
  close: () => void;
};

/** The site's own controller, spoken to over HTTPS. */
export type HttpNetworkSettings = {
  kind: "http";
  /** `host:port`. */
  address: string;
  /** The certificate that it must show, or its authority's (PEM): the only trust anchor of the connection. */
  certificatePem: string;
};

/** A Linux bridge on the worker's own machine. */
export type LinuxBridgeSettings = {
  kind: "linux_bridge";
  bridge: string;
  /** The network namespace it is in; null for the worker's own. */
  namespace: string | null;
};

export type NetworkSettings = HttpNetworkSettings | LinuxBridgeSettings;

/** Opens the driver that a site's settings name. `secret` signs what it sends, where anything is sent. */
export type OpenNetwork = (settings: NetworkSettings, secret: string) => NetworkDriver;
