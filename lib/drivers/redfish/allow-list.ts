import { lookup } from "node:dns/promises";
import { isAllowedAddress, parseEndpoint } from "#lib/domain/network-address";
import { ControllerError } from "#lib/ports/controller";

/** Where outbound connections may go. */
export type AllowList = {
  /** Networks in CIDR notation; see `isAllowedAddress` for what they can and cannot open. */
  allowedNetworks: readonly string[];
  /** Ports that may be connected to; any when left out. */
  allowedPorts?: readonly number[];
  /** All addresses of a name. The system's resolver when left out. */
  resolve?: (name: string) => Promise<string[]>;
};

/** A checked place to connect to. `name` is what to send as server name; null for a literal. */
export type Destination = { ip: string; port: number; name: string | null };

/**
 * Resolves a controller's `host:port` once, checks every address it has, and returns the one to
 * connect to, so that a name cannot mean one thing when checked and another when used.
 * Throws `ControllerError` `unreachable`; not retryable when the address is not allowed.
 */
export async function allowedDestination(address: string, list: AllowList): Promise<Destination> {
  const parsed = parseEndpoint(address);
  if (!parsed.ok) throw notAllowed(`${JSON.stringify(address)}: ${parsed.refusal}`);
  const { host, port, kind } = parsed.value;
  if (list.allowedPorts && !list.allowedPorts.includes(port)) {
    throw notAllowed(`port ${port} is not one that controllers are reached on`);
  }
  const ips = kind === "name" ? await addressesOf(host, list) : [host];
  const refused = ips.find((ip) => !isAllowedAddress(ip, list.allowedNetworks));
  if (refused !== undefined) {
    throw notAllowed(`${refused} is not in a network that controllers are reached in`);
  }
  const [ip] = ips;
  if (ip === undefined) {
    throw new ControllerError("unreachable", `${host} has no address`, { retryable: true });
  }
  return { ip, port, name: kind === "name" ? host : null };
}

async function addressesOf(name: string, { resolve = resolveAll }: AllowList): Promise<string[]> {
  try {
    return await resolve(name);
  } catch (cause) {
    throw new ControllerError("unreachable", `${name} could not be resolved`, {
      retryable: true,
      cause,
    });
  }
}

async function resolveAll(name: string): Promise<string[]> {
  return (await lookup(name, { all: true })).map((found) => found.address);
}

function notAllowed(message: string): ControllerError {
  return new ControllerError("unreachable", message, { retryable: false });
}
