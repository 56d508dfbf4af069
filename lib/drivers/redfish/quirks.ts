/** Ways in which controllers differ that the driver knows how to meet. */
export type Behaviour = {
  /** Message ids that mean "later" whatever the status. */
  busyMessages: readonly RegExp[];
  /** Sends the boot mode with every override, even when it does not change. */
  sendsBootMode: boolean;
  /** Ids of systems that hold GPUs and never are the host. */
  gpuTraySystem: RegExp | null;
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
    why: "Standard messages of a controller that has no slot left; some send them with status 400.",
    source: "DMTF DSP8011 Base message registry 1.19",
    asOf: "2024-06",
  },
  {
    behaviour: { gpuTraySystem: /^HGX_/i },
    why: "The GPU tray of NVIDIA systems is a system beside the host, in some lists before it.",
    source: "DGX H100 capture and HGX mock-ups in NVIDIA/libredfish",
    asOf: "2025-06",
  },
  {
    vendor: /^dell$/i,
    behaviour: { busyMessages: [/\.?RAC0218$/, /\.?SYS518$/] },
    why: "All sessions taken, or a job holds the settings; both pass by themselves.",
    source: "iDRAC error and event messages; dell/iDRAC-Redfish-Scripting issues",
    asOf: "2024-06",
  },
  {
    vendor: /^hpe?$/i,
    behaviour: { busyMessages: [/\.UnableToModifyDuringSystemPOST$/] },
    why: "Settings cannot be changed while the host runs its self test.",
    source: "HPE iLO message registry; OpenStack Ironic's redfish driver repeats for it",
    asOf: "2024-06",
  },
  {
    vendor: /^(ami|asrockrack|american megatrends.*)$/i,
    behaviour: { sendsBootMode: true },
    why: "Refuses an override that does not name enabled, target and mode together.",
    source: "OpenStack sushy release notes; NVIDIA/libredfish nvidia_viking.rs",
    asOf: "2025-06",
  },
];

/** The behaviour to expect of a vendor's controller: the standard's, changed by what fits. */
export function behaviourOf(vendor: string | null): Behaviour {
  const fitting = quirks.filter((quirk) => !quirk.vendor || quirk.vendor.test(vendor ?? ""));
  return {
    busyMessages: fitting.flatMap((quirk) => quirk.behaviour.busyMessages ?? []),
    sendsBootMode: fitting.some((quirk) => quirk.behaviour.sendsBootMode),
    gpuTraySystem:
      fitting.map((quirk) => quirk.behaviour.gpuTraySystem).find((pattern) => pattern) ?? null,
  };
}
