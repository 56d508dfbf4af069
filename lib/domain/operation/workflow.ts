import type { NodeOperation } from "#lib/domain/operation/operation";

/** Which setting bounds a step: how long it may take before the operation gives up. */
export type StepLimit = "controller" | "power" | "boot" | "sanitize" | "inspect" | "person";

/** What an abort does while the step runs: nothing to undo, taken back, or not before it is done. */
export type StepAbort = "safe" | "compensate" | "refuse";

export type StepInfo = {
  name: StepName;
  label: string;
  /** The exit condition, to be read after "until". */
  waitsFor: string;
  limit: StepLimit;
  abort: StepAbort;
};

export const stepNames = [
  "confirm_certificate",
  "connect",
  "inventory",
  "compare",
  "inspect_prepare",
  "inspect_boot",
  "inspection",
  "make_available",
  "shut_down",
  "power_off",
  "attach_network",
  "attach_partition",
  "reset_bios",
  "open_boot_window",
  "boot_override",
  "power_on",
  "boot_script",
  "install",
  "installer_off",
  "boot_disk",
  "user_data",
  "phone_home",
  "hand_over",
  "rehearse",
  "detach_network",
  "detach_partition",
  "close_access",
  "wipe_report",
  "rotate_credential",
  "power_down",
  "hand_back",
] as const;
export type StepName = (typeof stepNames)[number];

const steps = {
  confirm_certificate: {
    label: "Confirm the certificate",
    waitsFor: "an operator confirms the fingerprint that the controller shows",
    limit: "person",
    abort: "safe",
  },
  connect: {
    label: "Sign in to the controller",
    waitsFor: "the controller shows the confirmed certificate and accepts the sign-in",
    limit: "controller",
    abort: "safe",
  },
  inventory: {
    label: "Read the inventory",
    waitsFor: "processors, memory, GPUs, drives and network ports have been read",
    limit: "power",
    abort: "safe",
  },
  compare: {
    label: "Compare with the node type",
    waitsFor: "every field agrees with the node type",
    limit: "controller",
    abort: "safe",
  },
  inspect_prepare: {
    label: "Prepare the inspection",
    waitsFor: "the node is off and one-time tokens for its inspection exist",
    limit: "power",
    abort: "compensate",
  },
  inspect_boot: {
    label: "Boot to inspect",
    waitsFor: "the node is on and has asked for its boot script",
    limit: "boot",
    abort: "compensate",
  },
  inspection: {
    label: "Inspect and burn in",
    waitsFor: "the host says what it is made of, and every test has ended",
    limit: "inspect",
    abort: "compensate",
  },
  make_available: {
    label: "Make available",
    waitsFor: "the node is offered to tenants",
    limit: "controller",
    abort: "safe",
  },
  shut_down: {
    label: "Shut down",
    waitsFor: "the operating system has shut down, or its time is up",
    limit: "power",
    abort: "refuse",
  },
  power_off: {
    label: "Power off",
    waitsFor: "the controller says that the node is off",
    limit: "power",
    abort: "compensate",
  },
  attach_network: {
    label: "Join the network",
    waitsFor: "the node's switch port reads back its environment's VLAN and no other",
    limit: "controller",
    abort: "compensate",
  },
  attach_partition: {
    label: "Join the partition",
    waitsFor: "the fabric manager reads back that all its InfiniBand ports are full members",
    limit: "controller",
    abort: "compensate",
  },
  reset_bios: {
    label: "Order the BIOS reset and the TPM clear",
    waitsFor:
      "the controller has taken what its node type asks for, to be done at the wipe's start",
    limit: "controller",
    abort: "refuse",
  },
  open_boot_window: {
    label: "Open the boot window",
    waitsFor: "one-time tokens for this boot exist",
    limit: "controller",
    abort: "compensate",
  },
  boot_override: {
    label: "Set network boot",
    waitsFor: "the controller reads back the boot address it was given",
    limit: "controller",
    abort: "compensate",
  },
  power_on: {
    label: "Power on",
    waitsFor: "the controller says that the node is on",
    limit: "power",
    abort: "compensate",
  },
  boot_script: {
    label: "Fetch the boot script",
    waitsFor: "the node asks for its boot script",
    limit: "boot",
    abort: "compensate",
  },
  install: {
    label: "Install to disk",
    waitsFor: "the installer reports that the image is on the disk and its checksum is true",
    limit: "boot",
    abort: "compensate",
  },
  installer_off: {
    label: "End the installer",
    waitsFor: "the installer has turned the node off",
    limit: "power",
    abort: "compensate",
  },
  boot_disk: {
    label: "Boot from disk",
    waitsFor: "the controller reads back that the disk is next, and says that the node is on",
    limit: "power",
    abort: "compensate",
  },
  user_data: {
    label: "Fetch user-data",
    waitsFor: "the operating system asks for its user-data",
    limit: "boot",
    abort: "compensate",
  },
  phone_home: {
    label: "Phone home",
    waitsFor: "the operating system reports that its first boot is done",
    limit: "boot",
    abort: "compensate",
  },
  hand_over: {
    label: "Hand over",
    waitsFor: "the node is the tenant's",
    limit: "controller",
    abort: "safe",
  },
  rehearse: {
    label: "Run the scripts",
    waitsFor: "every script of the dry run has ended, each in a time of its own",
    limit: "boot",
    abort: "safe",
  },
  detach_network: {
    label: "Leave the network",
    waitsFor: "the node's switch port reads back that it carries no VLAN",
    limit: "controller",
    abort: "refuse",
  },
  detach_partition: {
    label: "Leave the partition",
    waitsFor: "the fabric manager reads back that none of its ports are members",
    limit: "controller",
    abort: "refuse",
  },
  close_access: {
    label: "Take back keys and tokens",
    waitsFor: "every token of the node is void",
    limit: "controller",
    abort: "refuse",
  },
  hand_back: {
    label: "Hand back",
    waitsFor: "the node is queued for sanitizing",
    limit: "controller",
    abort: "refuse",
  },
  wipe_report: {
    label: "Wipe",
    waitsFor: "the wipe job reports what it did to each device",
    limit: "sanitize",
    abort: "refuse",
  },
  rotate_credential: {
    label: "Change the controller's password",
    waitsFor: "the controller accepts a sign-in with the new password",
    limit: "controller",
    abort: "refuse",
  },
  power_down: {
    label: "Power down",
    waitsFor: "the node is off, or as it was found",
    limit: "power",
    abort: "refuse",
  },
} as const satisfies Record<StepName, Omit<StepInfo, "name">>;

// Of one that runs in memory the parts of an installation are done as soon as they begin, and of a
// start from disk those of a network boot.
const prepare = ["open_boot_window", "boot_override", "power_on", "boot_script"] as const;
const install = ["install", "installer_off", "boot_disk"] as const;
// Done as soon as they begin where no inspection is asked for.
const inspect = ["inspect_prepare", "inspect_boot", "inspection"] as const;
const report = ["user_data", "phone_home"] as const;
const firstBoot = [...report, "hand_over"] as const;

const workflows = {
  "node.enrol": [
    "confirm_certificate",
    "connect",
    "inventory",
    "compare",
    ...inspect,
    "power_down",
    "make_available",
  ],
  // The host is asked before it is compared: an operator may want to know why it differs.
  "node.inspect": ["connect", "inventory", ...inspect, "compare", "power_down", "make_available"],
  "node.deploy": [
    "power_off",
    "attach_network",
    "attach_partition",
    ...prepare,
    ...install,
    ...firstBoot,
  ],
  "node.reinstall": ["power_off", ...prepare, ...install, ...firstBoot],
  "node.start": ["power_off", ...prepare, ...firstBoot],
  "node.restart": ["shut_down", "power_off", ...prepare, ...firstBoot],
  "node.stop": ["shut_down", "power_off"],
  "node.reclaim": ["detach_network", "detach_partition", "power_off", "close_access", "hand_back"],
  "node.sanitize": [
    // Of a node that was taken aside, before it came to that.
    "detach_network",
    "detach_partition",
    "power_off",
    // Before the wipe's own start, which then shows that the node still boots from the network.
    "reset_bios",
    "open_boot_window",
    "boot_override",
    "power_on",
    "boot_script",
    "wipe_report",
    "rotate_credential",
    "inventory",
    "compare",
    ...inspect,
    "power_down",
    "make_available",
  ],
  "node.rotate_credential": ["rotate_credential"],
  // A deployment that is handed to nobody: of no environment, so without a network of one.
  "node.rehearse": ["power_off", ...prepare, ...install, ...report, "rehearse"],
} as const satisfies Record<NodeOperation, readonly StepName[]>;

/** The steps of an operation on a node, in order: what the worker does and every timeline shows. */
export function stepsOf(kind: NodeOperation): StepInfo[] {
  return workflows[kind].map((name) => ({ name, ...steps[name] }));
}

/** Everything known of one step. */
export function stepInfo(name: StepName): StepInfo {
  return { name, ...steps[name] };
}

/**
 * A release is never given up: past its limit it is shown as stuck work, and tried on until it
 * holds or an operator takes the node aside.
 */
export function isNeverGivenUp(kind: NodeOperation): boolean {
  return kind === "node.reclaim";
}
