/** A setting of the BIOS by which it is told to clear the TPM at its next start. */
export type TpmClear = {
  attribute: string;
  /** What it is set to for that; the BIOS sets it back once it has done so. */
  value: string;
  /** The setting that has the TPM turned off, which then cannot be cleared. */
  off?: { attribute: string; value: string };
};

/** Ways in which controllers differ that the driver knows how to meet. */
export type Behaviour = {
  /** Message ids that mean "later" whatever the status. */
  busyMessages: readonly RegExp[];
  /** Sends the boot mode with every override, even when it does not change. */
  sendsBootMode: boolean;
  /** Ids of systems that hold GPUs and never are the host. */
  gpuTraySystem: RegExp | null;
  /** Takes an image for a virtual drive as a change of the drive, where no action is offered. */
  patchesMediaImage: boolean;
  /** How its host's TPM is cleared; the standard knows no way. */
  tpmClear: TpmClear | null;
};

type Quirk = {
  /** Whose controllers show it, as the service root names its vendor; everyone's when left out. */
  vendor?: RegExp;
  behaviour: Partial<Behaviour>;
  why: string;
  source: string;
  asOf: string;
};

// One place for what controllers do in their own way, each with who found it and when, so that an
// entry can be taken out again once nobody's firmware needs it.
const quirks: readonly Quirk[] = [
  {
    behaviour: { busyMessages: [/\.SessionLimitExceeded$/, /\.ServiceTemporarilyUnavailable$/] },
    why: "Standard messages of a service that has no place or no time left, whatever the status.",
    source: "DMTF DSP8011, Base message registry",
    asOf: "2026-11",
  },
  {
    behaviour: { gpuTraySystem: /^HGX_/i },
    why: "The GPU tray of NVIDIA systems is a system beside the host, in some lists before it.",
    source: "capture of a DGX H100 in NVIDIA/libredfish",
    asOf: "2024-07",
  },
  {
    vendor: /^dell$/i,
    behaviour: { busyMessages: [/\bRAC0218$/, /\bSWC0700$/, /\bSYS518$/] },
    why: "All sessions taken; iDRAC not ready yet, with status 400; data sources away, with 500.",
    source:
      "stmcginnis/gofish#75, quadsproject/badfish#447 and #129, OpenStack sushy release notes",
    asOf: "2025-06",
  },
  {
    vendor: /^hpe?$/i,
    behaviour: { busyMessages: [/\.UnableToModifyDuringSystemPOST$/] },
    why: "Boot settings cannot be changed while the host runs its self test; the status is 400.",
    source: "ironcore-dev/metal-operator#997",
    asOf: "2026-07",
  },
  {
    vendor: /^(ami|asrockrack|american megatrends.*)$/i,
    behaviour: { sendsBootMode: true },
    why: "Wants enabled, target and mode together, while others refuse a mode that is the same.",
    source: "NVIDIA/libredfish ami.rs and nvidia_viking.rs; ansible community.general#3581",
    asOf: "2026-05",
  },
  {
    vendor: /^lenovo$/i,
    behaviour: { patchesMediaImage: true },
    why: "The drives of an XCC list no InsertMedia; a PATCH of Image inserts and ejects.",
    source: "bmc-toolbox/bmclib#438; capture of an SR670 V2 in NVIDIA/libredfish",
    asOf: "2024-10",
  },
  {
    vendor: /^ami$/i,
    behaviour: {
      tpmClear: {
        attribute: "TpmOperation",
        value: "TPM Clear",
        off: { attribute: "TpmSupport", value: "Disable" },
      },
    },
    why: "A DGX clears its TPM by a BIOS setting; its audit log says that this one was taken.",
    source: "NVIDIA/libredfish nvidia_viking.rs; audit log of its capture of a DGX H100",
    asOf: "2024-07",
  },
  {
    vendor: /^dell$/i,
    behaviour: {
      tpmClear: {
        attribute: "Tpm2Hierarchy",
        value: "Clear",
        off: { attribute: "TpmSecurity", value: "Off" },
      },
    },
    why: "Clears the hierarchies and sets itself back to Enabled; read-only while the TPM is off.",
    source: "NVIDIA/libredfish dell.rs; attribute registry in its capture of an R750",
    asOf: "2024-08",
  },
  {
    vendor: /^lenovo$/i,
    behaviour: {
      tpmClear: { attribute: "TrustedComputingGroup_DeviceOperation", value: "Clear" },
    },
    why: "Goes back to None once it is done; the capture has it, and no registry of its values.",
    source: "NVIDIA/libredfish lenovo.rs; capture of an SR670 V2 there",
    asOf: "2024-08",
  },
  {
    vendor: /^hpe?$/i,
    behaviour: {
      tpmClear: {
        attribute: "Tpm2Operation",
        value: "Clear",
        off: { attribute: "TpmVisibility", value: "Hidden" },
      },
    },
    why: "Goes back to NoAction once it is done.",
    source: "NVIDIA/libredfish hpe.rs; a DL380a Gen11 in HewlettPackard/ilo-redfish-emulator",
    asOf: "2025-05",
  },
];

/**
 * Whose controller it is, as it says itself: by name, or, in services older than that property
 * (Redfish 1.5), by whose additions its service root has.
 */
export function vendorOf({ Vendor, Oem }: { Vendor: string | null; Oem: string[] }): string | null {
  return Vendor ?? Oem[0] ?? null;
}

/** The behaviour to expect of a vendor's controller: the standard's, changed by what fits. */
export function behaviourOf(vendor: string | null): Behaviour {
  const fitting = quirks.filter((quirk) => !quirk.vendor || quirk.vendor.test(vendor ?? ""));
  return {
    busyMessages: fitting.flatMap((quirk) => quirk.behaviour.busyMessages ?? []),
    sendsBootMode: fitting.some((quirk) => quirk.behaviour.sendsBootMode),
    gpuTraySystem:
      fitting.map((quirk) => quirk.behaviour.gpuTraySystem).find((pattern) => pattern) ?? null,
    patchesMediaImage: fitting.some((quirk) => quirk.behaviour.patchesMediaImage),
    tpmClear: fitting.map((quirk) => quirk.behaviour.tpmClear).find((way) => way) ?? null,
  };
}
