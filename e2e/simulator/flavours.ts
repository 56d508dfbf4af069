import type { ResetType } from "./power.ts";

/**
 * How controllers differ, as data. Each column is a difference that real ones show; the DGX row
 * follows a captured DGX H100 (NVIDIA/libredfish mock-ups, 2024), the others DMTF's sample server.
 */
export type Flavour = {
  vendor: string;
  product: string;
  manufacturer: string;
  redfishVersion: string;
  systemId: string;
  managerId: string;
  chassisId: string;
  /** The system that holds the GPUs when it is not the host; it answers 503 while the host is off. */
  gpuSystemId: string | null;
  resetTypes: readonly ResetType[];
  /** Reset types told by an ActionInfo resource instead of inline allowable values. */
  resetTypesInActionInfo: boolean;
  /** What a Reset answers: nothing (204) or a task to follow (202). */
  resetAnswer: "no-content" | "task";
  /** What a Reset answers when the host is already in that state. */
  resetAlready: "conflict" | "no-content";
  bootTargets: readonly string[];
  /** Emulates drives, whose media it fetches itself. */
  virtualMedia: boolean;
  patchAnswer: "no-content" | "resource";
  weakEtags: boolean;
  /** Members of a collection in one answer; the rest follow `Members@odata.nextLink`. */
  pageSize: number;
  /** Puts members into their collections when asked to ($expand). */
  expands: boolean;
  /** What a reset of the BIOS wants as its `ResetType`; null where it wants nothing. */
  biosResetType: string | null;
  /** The BIOS setting that clears the TPM, and where settings wait; null where there is neither. */
  tpmClear: { attribute: string; idle: string; value: string; settings: string } | null;
  /** What the account service says of passwords, and holds a new one to; null is not said. */
  passwordLength: { min: number | null; max: number | null };
  /** Changes an account only under `If-Match: *`, as a DGX H100 does. */
  accountsTakeAnyMatch: boolean;
  /** A new password ends what was signed in with the one before. */
  newPasswordEndsSessions: boolean;
};

const contoso = {
  vendor: "Contoso",
  manufacturer: "Contoso",
  managerId: "BMC",
  chassisId: "1U",
  gpuSystemId: null,
  resetTypesInActionInfo: false,
  virtualMedia: false,
  patchAnswer: "no-content",
  weakEtags: true,
  pageSize: 20,
  expands: false,
  biosResetType: null,
  tpmClear: null,
  passwordLength: { min: 8, max: null },
  accountsTakeAnyMatch: false,
  newPasswordEndsSessions: false,
} as const;

export const flavours = {
  dgx: {
    vendor: "AMI",
    product: "AMI Redfish Server",
    manufacturer: "NVIDIA",
    redfishVersion: "1.11.0",
    systemId: "DGX",
    managerId: "BMC",
    chassisId: "DGX",
    gpuSystemId: "HGX_Baseboard_0",
    resetTypes: ["ForceOff", "ForceRestart", "GracefulShutdown", "On"],
    resetTypesInActionInfo: true,
    resetAnswer: "no-content",
    resetAlready: "no-content",
    bootTargets: ["None", "Pxe", "Floppy", "Cd", "Usb", "Hdd", "BiosSetup", "UefiHttp"],
    virtualMedia: false,
    patchAnswer: "resource",
    weakEtags: false,
    pageSize: 75,
    expands: true,
    biosResetType: "Reset",
    tpmClear: { attribute: "TpmOperation", idle: "None", value: "TPM Clear", settings: "SD" },
    passwordLength: { min: 13, max: 20 },
    accountsTakeAnyMatch: true,
    newPasswordEndsSessions: true,
  },
  plain: {
    ...contoso,
    product: "Contoso 3500RX controller",
    redfishVersion: "1.15.0",
    // Not a guessable name: a client has to follow the collection.
    systemId: "437XR1138R2",
    resetTypes: [
      "On",
      "ForceOff",
      "GracefulShutdown",
      "GracefulRestart",
      "ForceRestart",
      "ForceOn",
      "PushPowerButton",
      "PowerCycle",
    ],
    resetAnswer: "no-content",
    resetAlready: "conflict",
    bootTargets: ["None", "Pxe", "Cd", "Usb", "Hdd", "BiosSetup", "UefiTarget", "UefiHttp"],
  },
  "pxe-only": {
    ...contoso,
    product: "Contoso 2400 controller",
    redfishVersion: "1.6.0",
    systemId: "1",
    resetTypes: ["On", "ForceOff", "GracefulShutdown", "ForceRestart"],
    resetAnswer: "task",
    resetAlready: "conflict",
    bootTargets: ["None", "Pxe", "Cd", "Usb", "Hdd", "BiosSetup"],
    passwordLength: { min: 0, max: 16 },
  },
  // Its host has no way to ask the network by itself.
  "media-only": {
    ...contoso,
    product: "Contoso 1200 controller",
    redfishVersion: "1.6.0",
    systemId: "1",
    resetTypes: ["On", "ForceOff", "GracefulShutdown", "ForceRestart"],
    resetAnswer: "no-content",
    resetAlready: "conflict",
    bootTargets: ["None", "Cd", "Usb", "Hdd", "BiosSetup"],
    virtualMedia: true,
  },
} as const satisfies Record<string, Flavour>;

export type FlavourName = keyof typeof flavours;

export const flavourNames = Object.keys(flavours) as FlavourName[];
