/** How a controller is spoken to. An operator chooses; it is never guessed from what answers. */
export const controllerProtocols = ["redfish", "ipmi"] as const;
export type ControllerProtocol = (typeof controllerProtocols)[number];

/** What an operator accepts who chooses a protocol; null when there is nothing to accept. */
export const protocolWarnings: Record<ControllerProtocol, string | null> = {
  redfish: null,
  ipmi: "IPMI is for controllers without usable Redfish. The controller does not prove who it is, and whoever reaches it can take away a hash of the password and guess at it in peace: use a long random password that is used nowhere else, on a network of its own. It tells nothing of processors, memory, GPUs, drives and network ports.",
};

/** The port of a protocol when an address names none. */
const usualPorts: Record<ControllerProtocol, number> = { redfish: 443, ipmi: 623 };

/**
 * The address at which a protocol is spoken. Addresses without a port have been given 443, which
 * no IPMI controller uses.
 */
export function addressFor(protocol: ControllerProtocol, address: string): string {
  return protocol === "redfish" ? address : address.replace(/:443$/, `:${usualPorts[protocol]}`);
}
