/** Where a node is on its way between rack and tenant. Power, health and flags are other axes. */
export const nodeLifecycles = [
  "enrolled",
  "verifying",
  "discovering",
  "validating",
  "available",
  "reserved",
  "deploying",
  "active",
  "releasing",
  "sanitizing",
  "failed",
  "quarantined",
  "retired",
] as const;
export type NodeLifecycle = (typeof nodeLifecycles)[number];

// Nothing becomes available but through validation.
const transitions = {
  enrolled: ["verifying", "retired"],
  verifying: ["discovering", "failed", "retired"],
  discovering: ["validating", "failed", "retired"],
  validating: ["available", "failed", "quarantined", "retired"],
  available: ["reserved", "verifying", "sanitizing", "quarantined", "retired"],
  reserved: ["deploying", "releasing", "quarantined"],
  deploying: ["active", "reserved", "failed", "quarantined", "releasing"],
  active: ["deploying", "failed", "releasing"],
  releasing: ["sanitizing", "quarantined"],
  sanitizing: ["validating", "quarantined"],
  failed: ["verifying", "deploying", "active", "releasing", "quarantined", "retired"],
  // Out of quarantine leads only a new wipe: what is on the disks is not known.
  quarantined: ["sanitizing", "retired"],
  retired: [],
} as const satisfies Record<NodeLifecycle, readonly NodeLifecycle[]>;

/** True when a node may go from one lifecycle state to the other in one move. */
export function mayMove(from: NodeLifecycle, to: NodeLifecycle): boolean {
  return (transitions[from] as readonly NodeLifecycle[]).includes(to);
}

export const nodeHealths = ["unknown", "ok", "warning", "critical"] as const;
export type NodeHealth = (typeof nodeHealths)[number];

export const controllerStates = [
  "unknown",
  "reachable",
  "unreachable",
  "auth_failed",
  "certificate_changed",
] as const;
export type ControllerState = (typeof controllerStates)[number];

export const powerStates = ["unknown", "on", "off", "turning_on", "turning_off"] as const;

/**
 * The fingerprint that an operator has to compare with the controller's own before it is spoken to, or
 * spoken to again; null when there is none.
 */
export function fingerprintToConfirm(node: {
  controllerState: ControllerState;
  controllerFingerprint: string | null;
  controllerCertificate: string | null;
  presentedFingerprint: string | null;
}): string | null {
  if (node.controllerCertificate === null) return node.presentedFingerprint;
  if (node.controllerState !== "certificate_changed") return null;
  const isAnother = node.presentedFingerprint !== node.controllerFingerprint;
  return isAnother ? node.presentedFingerprint : null;
}

/** Why a free node would not be given to a tenant now; empty when it would be. */
export function reasonsAgainstAllocation(node: {
  lifecycle: NodeLifecycle;
  maintenance: boolean;
  cordoned: boolean;
  health: NodeHealth;
  controllerState: ControllerState;
}): string[] {
  const reasons: string[] = [];
  if (node.lifecycle !== "available") reasons.push(`it is ${node.lifecycle}`);
  if (node.maintenance) reasons.push("it is in maintenance");
  if (node.cordoned) reasons.push("it is cordoned");
  return [...reasons, ...reasonsAgainstHandOver(node)];
}

/** What is wrong with a node itself, so that no tenant is handed it; empty when nothing is known to be. */
export function reasonsAgainstHandOver(node: {
  health: NodeHealth;
  controllerState: ControllerState;
}): string[] {
  const reasons: string[] = [];
  if (node.health === "critical") {
    reasons.push("its health is critical and nobody has acknowledged or cleared the reason");
  }
  if (node.controllerState === "auth_failed") reasons.push("its controller refuses our sign-in");
  if (node.controllerState === "certificate_changed") {
    reasons.push("its controller shows another certificate");
  }
  return reasons;
}
