/** A setting of the BIOS by which it is told to clear the TPM at its next start. */
export type TpmClear = {
  attribute: string;
  /** What it is set to for that; the BIOS sets it back once it has done so. */
  value: string;
  /** The setting that has the TPM turned off, which then cannot be cleared. */
  off?: { attribute: string; value: string };
};

/** How a controller calls its logs. */
export type LogNames = {
  /** Those about the hardware, most telling first, by their ids. */
  telling: readonly RegExp[];
  /** Those of people's doings, of software, and dumps: long, and full of what is nobody's business. */
  others: readonly RegExp[];
};

/** Ways in which controllers differ that the driver knows how to meet. */
export type Behaviour = {
  /** Message ids that mean "later" whatever the status. */
  busyMessages: readonly RegExp[];
  /** Message ids that mean "every session is taken" whatever the status. */
  fullMessages: readonly RegExp[];
  /** Roles under which it lists the account that its host's firmware signs in with. */
  hostAccountRole: RegExp | null;
  logs: LogNames;
  /** Firmware that a fleet is watched for, first to be read first, by its ids. */
  firmwareOrder: readonly RegExp[];
  /** Takes a boot override in its settings object, or in the system, and shows it in the other. */
  takesBootElsewhere: boolean;
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
    behaviour: {
      busyMessages: [/\.SessionLimitExceeded$/, /\.ServiceTemporarilyUnavailable$/],
      fullMessages: [/\.SessionLimitExceeded$/],
    },
    why: "Standard messages of a service that has no place or no time left, whatever the status.",
    source: "DMTF DSP8011, Base message registry",
    asOf: "2026-11",
  },
  {
    behaviour: {
      logs: {
        telling: [/^sel$/i, /^platform/i, /^event/i, /^log\d*$/i, /sel|event|system/i, /./],
        others: [/audit|dump|journal|debug|diag|secur|host|crash|post/i],
      },
    },
    why: "What most services call their logs; those of OpenBMC tell of software beside.",
    source: "captures of six controllers in NVIDIA/libredfish and of DMTF; openbmc/bmcweb",
    asOf: "2026-11",
  },
  {
    vendor: /^hpe?$/i,
    behaviour: { logs: { telling: [/^iml$/i], others: [/^(sl|iel)$/i] } },
    why: "The Integrated Management Log is the hardware's; the others are of people and security.",
    source: "a DL380a Gen11 in HewlettPackard/ilo-redfish-emulator",
    asOf: "2025-06",
  },
  {
    vendor: /^lenovo$/i,
    behaviour: { logs: { telling: [], others: [/maint|active/i] } },
    why: "The maintenance log is of people's doings, and the active one repeats the others.",
    source: "capture of an SR670 V2 in NVIDIA/libredfish",
    asOf: "2024-10",
  },
  {
    vendor: /^dell$/i,
    behaviour: { logs: { telling: [], others: [/^fault/i] } },
    why: "The list of faults repeats the SEL.",
    source: "capture of an R750 in NVIDIA/libredfish",
    asOf: "2024-08",
  },
  {
    vendor: /^(ami|nvidia)$/i,
    behaviour: { logs: { telling: [], others: [/^xid$|^decoded/i] } },
    why: "One log of XIDs for each GPU, and the SEL once more in other words.",
    source: "capture of a DGX H100 in NVIDIA/libredfish",
    asOf: "2024-07",
  },
  {
    behaviour: {
      firmwareOrder: [
        /^(?!.*erot).*(bmc|ilo|idrac|xcc)/i,
        /^(?!.*erot).*(bios|uefi)/i,
        /^(?!.*erot).*gpu/i,
        /^(?!.*erot).*(nvswitch|cpld|fpga|nic)/i,
      ],
    },
    why: "The controller's, the BIOS and the GPUs before the roots of trust (EROT) that each has.",
    source: "captures of a DGX H100, an R750 and an SR670 V2 in NVIDIA/libredfish",
    asOf: "2024-10",
  },
  {
    behaviour: { takesBootElsewhere: true },
    why: "A DGX H100 shows and takes the override in its settings object; newer AMI firmware and iDRAC 10 show it in one place and take it in the other. Tried only after a refusal, so by all.",
    source: "NVIDIA/libredfish ami.rs, DMTF/Redfish-Tacklebox#144, stmcginnis/gofish#511",
    asOf: "2026-05",
  },
  {
    vendor: /^ami$/i,
    behaviour: { hostAccountRole: /^HostInterface/ },
    why: "The account of the host's firmware has a role of its own and no property that says so.",
    source: "capture of a DGX H100 in NVIDIA/libredfish",
    asOf: "2024-07",
  },
  {
    behaviour: { gpuTraySystem: /^HGX_/i },
    why: "The GPU tray of NVIDIA systems is a system beside the host, in some lists before it.",
    source: "capture of a DGX H100 in NVIDIA/libredfish",
    asOf: "2024-07",
  },
  {
    vendor: /^dell$/i,
    behaviour: {
      busyMessages: [/\bRAC0218$/, /\bSWC0700$/, /\bSYS518$/],
      fullMessages: [/\bRAC0218$/],
    },
    why: "All eight sessions taken; iDRAC not ready yet, with status 400; data sources away, with 500.",
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

type Fact = { why: string; source: string; asOf: string };

/** What an answer's message says by its id, where no severity says it, or another than the standard's. */
export const messageIds = {
  /** The change was taken; what is missing is a restart. */
  taken: {
    ids: /\.(Success|Created|NoOperation|ResetRequired|ResetRecommended|SystemResetRequired|ResetInProgress|AccountModified)$/,
    why: "iLO answers each change with 200 and an error object that says this, without a severity.",
    source: "ansible-collections/community.general#3509, HewlettPackard/python-ilorest-library#135",
    asOf: "2022-08",
  },
  /** The change was refused. Known by how the standard, and who goes by it, call refusals. */
  refused: {
    ids: /\.(\w*(Error|Failed|Failure|Denied|Invalid\w*|Unknown|Unrecognized\w*|NotWritable|NotInList|NotAllowed|NotSupported|Unsupported|NotFound|MissingAtURI|Missing|InUse|Conflict|Exceeded|Unavailable)|InsufficientPrivilege\w*|UnableTo\w*|InvalidOperation\w*)$/,
    why: "iLO tells no severity of these either, and some of them come with 200.",
    source:
      "DMTF DSP8011, Base message registry; a DL380a Gen11 in HewlettPackard/ilo-redfish-emulator",
    asOf: "2026-11",
  },
  /** There is nothing where it was asked for. */
  notThere: {
    ids: /\.(ResourceMissingAtURI|ResourceNotFound)$|\bSYS403$/,
    why: "Says so with 200 as well, as some do of a link to nothing.",
    source: "captures of an R750 and a BlueField-3 in NVIDIA/libredfish, and of a DL380a Gen11",
    asOf: "2025-06",
  },
} as const satisfies Record<string, Fact & { ids: RegExp }>;

/** What parts of a host are by their names alone, whoever's controller tells of them. */
export const partNames = {
  gpu: {
    makers: /nvidia|amd|advanced micro/i,
    named:
      /\b(nvidia\s+)?(a|b|h|l|v|gb|gh)\d{2,3}[a-z]?\b|\binstinct\b|\bmi\d{3}[a-z]?\b|\btesla\b/i,
    /** Devices of their makers that are none. */
    except: /switch|connectx|bluefield|mellanox|retimer|bridge|bmc|aspeed/i,
    why: "A PCIe device has no property that says GPU; some have a part number for a model.",
    source: "captures of an SR670 V2 in NVIDIA/libredfish and of a DL380a Gen11",
    asOf: "2025-06",
  },
  dpu: {
    named: /bluefield|\bdpu\b/i,
    why: "A network adapter has no property that says DPU. NVIDIA's is the one that speaks Redfish.",
    source: "captures of an R750 and a BlueField-3 in NVIDIA/libredfish",
    asOf: "2024-10",
  },
  emulatedDrive: {
    named: /^virtual\b/i,
    why: "A controller lists the drives that it emulates over USB among those of its host.",
    source: "capture of a DGX H100 in NVIDIA/libredfish",
    asOf: "2024-07",
  },
} as const satisfies Record<string, Fact & Record<string, unknown>>;

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
  // What is said of one vendor's comes before what is said of everyone's.
  const logs = fitting
    .toSorted((a, b) => Number(!a.vendor) - Number(!b.vendor))
    .flatMap((quirk) => quirk.behaviour.logs ?? []);
  return {
    busyMessages: fitting.flatMap((quirk) => quirk.behaviour.busyMessages ?? []),
    fullMessages: fitting.flatMap((quirk) => quirk.behaviour.fullMessages ?? []),
    hostAccountRole:
      fitting.map((quirk) => quirk.behaviour.hostAccountRole).find((role) => role) ?? null,
    logs: {
      telling: logs.flatMap((names) => names.telling),
      others: logs.flatMap((names) => names.others),
    },
    firmwareOrder: fitting.flatMap((quirk) => quirk.behaviour.firmwareOrder ?? []),
    takesBootElsewhere: fitting.some((quirk) => quirk.behaviour.takesBootElsewhere),
    sendsBootMode: fitting.some((quirk) => quirk.behaviour.sendsBootMode),
    gpuTraySystem:
      fitting.map((quirk) => quirk.behaviour.gpuTraySystem).find((pattern) => pattern) ?? null,
    patchesMediaImage: fitting.some((quirk) => quirk.behaviour.patchesMediaImage),
    tpmClear: fitting.map((quirk) => quirk.behaviour.tpmClear).find((way) => way) ?? null,
  };
}
