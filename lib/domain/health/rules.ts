import type { HealthSeverity } from "#lib/domain/health/severity";
import { knownXids, xidMeaning } from "#lib/domain/health/xid";

const minute = 60_000;

export type HealthRule = {
  severity: HealthSeverity;
  /** For operators, after the node's or GPU's name. */
  title: string;
  /** For the tenant that holds the node: what it means, and what to do; null where operators alone are told. */
  plain: string | null;
  /** For operators: what to do. */
  advice: string;
  /** How long it must have been so; 0 for what happens at a moment. */
  opensAfterMs: number;
  /** How long it must not have been so; null for what only an operator can declare past. */
  closesAfterMs: number | null;
  /** Where the threshold comes from. */
  source: string;
};

/**
 * What makes a node unwell, by code. An Xid has a code of its own (`xid_79`), see `healthRule`.
 *
 * Nothing here moves a node: the exporter runs in the tenant's system, and what it says is the
 * tenant's word. A critical reason keeps a free node from being given out until it has closed or an
 * operator has acknowledged it, and that is all.
 */
export const healthRules = {
  ecc_dbe: {
    severity: "critical",
    title: "Uncorrected ECC errors",
    plain:
      "Memory of this GPU had an error that could not be corrected. A program on it may have been ended; restart it from its last checkpoint.",
    advice: "Reset the GPU when the node is free. Replace it when it happens again.",
    opensAfterMs: 0,
    closesAfterMs: null,
    source: "Any increase: AWS SageMaker HyperPod's alert rules; NVIDIA Xid 48",
  },
  remap_failed: {
    severity: "critical",
    title: "Row remapping failed",
    plain:
      "Memory of this GPU is worn and can no longer be repaired by itself. Move your work to another node.",
    advice: "The GPU is to be replaced: NVIDIA takes it back for this.",
    opensAfterMs: 0,
    closesAfterMs: null,
    source: "Any: NVIDIA's GPU memory error management guide, RMA policy",
  },
  remap_pending: {
    severity: "warning",
    title: "Row remapping is pending",
    plain:
      "Memory of this GPU had errors, and a repair takes effect with its next reset. Stop and start the environment when it suits you.",
    advice: "The next reset of the GPU applies it; a release does so, too.",
    opensAfterMs: 5 * minute,
    closesAfterMs: 5 * minute,
    source: "Set for 5 minutes: NVIDIA's GPU memory error management guide",
  },
  nvlink_errors: {
    severity: "warning",
    title: "NVLink errors are growing",
    plain:
      "Connections between this GPU and others repeat what they send. Work across GPUs may be slower.",
    advice: "Look at the NVLink cables and the switch tray when the node is free.",
    opensAfterMs: 0,
    closesAfterMs: 10 * minute,
    source: "Any CRC, replay or recovery error: NVIDIA's health validation, Meta GCM",
  },
  nvlink_down: {
    severity: "critical",
    title: "NVLinks are down",
    plain:
      "Connections between this GPU and others are down. Work across GPUs is slower, or does not start; move it to another node.",
    advice:
      "Reset the GPU when the node is free. If links stay down, look at the NVLink cables and the switch tray, then replace the GPU.",
    opensAfterMs: 2 * minute,
    closesAfterMs: 5 * minute,
    source:
      "Any inactive link: NVIDIA's health validation (nvlink_active); the time is ours. Known where the exporter is told to give DCGM_FI_DEV_NVLINK_LINK_STATUS (before 4.9.0 DCGM_FI_DEV_NVLINK_GET_STATE)",
  },
  pcie_replays: {
    severity: "warning",
    title: "PCIe replays are growing",
    plain:
      "The connection between this GPU and the processor repeats what it sends. Loading data may be slower.",
    advice: "Reseat the GPU or its riser when the node is free.",
    opensAfterMs: 0,
    closesAfterMs: 20 * minute,
    source: "More than 8 a minute over 10 minutes: DCGM's PCIe health watch",
  },
  pcie_width: {
    severity: "warning",
    title: "PCIe link with fewer lanes than it could have",
    plain:
      "The connection between this GPU and the processor is narrower than it could be. Loading data may be slower.",
    advice: "Reseat the GPU or its riser when the node is free.",
    opensAfterMs: 5 * minute,
    closesAfterMs: 5 * minute,
    source: "Fewer lanes than its most for 5 minutes: DCGM's PCIe health watch; the time is ours",
  },
  thermal_throttle: {
    severity: "warning",
    title: "Throttled by heat",
    plain: "This GPU is too warm and runs slower to cool down.",
    advice: "Look at fans, airflow and the room's temperature.",
    opensAfterMs: 5 * minute,
    closesAfterMs: 5 * minute,
    source: "Clock event reasons 0x20 and 0x40 for 5 minutes: Canonical's DCGM alert rules",
  },
  power_brake: {
    severity: "warning",
    title: "Throttled by a power brake",
    plain: "The node's power supply asks this GPU to draw less, and it runs slower.",
    advice: "Look at the node's power supplies and the rack's feeds.",
    opensAfterMs: 5 * minute,
    closesAfterMs: 5 * minute,
    source: "Clock event reason 0x80 for 5 minutes: Canonical's DCGM alert rules",
  },
  hw_slowdown: {
    severity: "warning",
    title: "Throttled by its hardware",
    plain: "This GPU's hardware holds its clocks down, and it runs slower.",
    advice: "Look at power and cooling of the node, then at its event log.",
    opensAfterMs: 5 * minute,
    closesAfterMs: 5 * minute,
    source: "Clock event reason 0x8 alone for 5 minutes: after gpud's hw-slowdown check",
  },
  hot: {
    severity: "warning",
    title: "Nearly too hot",
    plain: "This GPU is near its limit of temperature. It may soon run slower.",
    advice: "Look at fans, airflow and the room's temperature.",
    opensAfterMs: 5 * minute,
    closesAfterMs: 5 * minute,
    source:
      "Above 80 °C, or within 5 °C of the limit it tells, for 5 minutes: AWS SageMaker HyperPod's alert rules",
  },
  too_hot: {
    severity: "critical",
    title: "Too hot",
    plain: "This GPU is above its limit of temperature. It runs slower, and may turn itself off.",
    advice: "Look at fans, airflow and the room's temperature at once.",
    opensAfterMs: minute,
    closesAfterMs: 5 * minute,
    source:
      "Above 85 °C, or above the limit it tells, for a minute: AWS SageMaker HyperPod's alert rules",
  },
  memory_too_hot: {
    severity: "warning",
    title: "Memory too hot",
    plain: "Memory of this GPU is at its limit of temperature. It may run slower.",
    advice: "Look at fans, airflow and the room's temperature.",
    opensAfterMs: minute,
    closesAfterMs: 5 * minute,
    source: "At or above the limit it tells for a minute: gpud's temperature check",
  },
  nvswitch_fatal: {
    severity: "critical",
    title: "Fatal NVSwitch error",
    plain:
      "A switch between this node's GPUs had an error that it does not recover from. Work across GPUs may hang or have been ended; move your work to another node.",
    advice:
      "Restart the node when it is free. Look up the SXID; replace the switch's tray when it happens again.",
    opensAfterMs: 0,
    closesAfterMs: null,
    source: "Any SXID it reports as fatal: DCGM's NVSwitch health watch",
  },
  nvswitch_error: {
    severity: "warning",
    title: "NVSwitch error",
    plain:
      "A switch between this node's GPUs had an error that it has recovered from. Work across GPUs may have been slower.",
    advice: "Look up the SXID. Look at the switch's links when it happens again.",
    opensAfterMs: 0,
    closesAfterMs: 30 * minute,
    source: "Any SXID it reports as not fatal: DCGM's NVSwitch health watch",
  },
  gpu_missing: {
    severity: "critical",
    title: "Fewer GPUs than it should have",
    plain:
      "The node's exporter does not name all of its GPUs. One may have stopped working; look with nvidia-smi.",
    advice:
      "If nvidia-smi on the node misses it too, restart the node; replace the GPU when it stays away.",
    opensAfterMs: 2 * minute,
    closesAfterMs: 5 * minute,
    source: "For 2 minutes: NVIDIA's health validation counts GPUs",
  },
  gpus_elsewhere: {
    severity: "warning",
    title: "GPUs that another node names, too",
    // Whoever held the node before knows these names, and one tenant's word is no warning to another.
    plain: null,
    advice:
      "Compare the UUIDs with nvidia-smi on this node: one of two exporters stands at a wrong address, passes on another's answers, or does not tell the truth.",
    opensAfterMs: 2 * minute,
    closesAfterMs: 5 * minute,
    source: "The same UUID from two nodes for 2 minutes: ours",
  },
  gpus_changed: {
    severity: "warning",
    title: "Another GPU than before answers",
    // A tenant's exporter says so of itself, and what it says is no warning to the tenant.
    plain: null,
    advice:
      "Compare the UUIDs with nvidia-smi on this node: a GPU was replaced while the node was held, or its exporter passes on another's answers or does not tell the truth.",
    opensAfterMs: 0,
    closesAfterMs: 60 * minute,
    source: "More UUIDs from one node than it has GPUs, within one allocation: ours",
  },
  exporter_silent: {
    severity: "warning",
    title: "The exporter is silent",
    plain:
      "The node's metrics exporter does not answer, so nothing is known of its GPUs. If you stopped it, start it again.",
    advice: "The exporter is the tenant's to run. Ask the tenant, or wait.",
    opensAfterMs: 2 * minute,
    closesAfterMs: 0,
    source: "For 2 minutes: ours",
  },
  psu_failed: {
    severity: "critical",
    title: "A power supply has failed",
    plain:
      "A power supply of this node has failed. The others carry on; if one more fails, the node may turn off. Keep your checkpoints recent.",
    advice: "Look at the supply and its feed, and replace it when the node is free.",
    opensAfterMs: minute / 2,
    closesAfterMs: 5 * minute,
    source: "Critical by the controller in two looks one after the other: ours",
  },
  fan_failed: {
    severity: "critical",
    title: "A fan has failed",
    plain: "A fan of this node has failed. It may become too warm and run slower.",
    advice: "Replace the fan when the node is free, and watch its temperatures until then.",
    opensAfterMs: minute / 2,
    closesAfterMs: 5 * minute,
    source: "Critical by the controller in two looks one after the other: ours",
  },
  sensor_critical: {
    severity: "critical",
    title: "Hotter than its controller allows",
    plain:
      "A part of this node is hotter than it may be. The node may run slower, or turn itself off.",
    advice: "Look at fans, airflow and the room's temperature at once.",
    opensAfterMs: minute / 2,
    closesAfterMs: 5 * minute,
    source: "Beyond the sensor's own critical threshold in two looks one after the other: ours",
  },
  controller_critical: {
    severity: "critical",
    title: "Critical entries in the controller's log",
    // What a controller writes may name accounts and addresses, and is no tenant's to read.
    plain: null,
    advice: "Read the node's event log. Look at the part it names when the node is free.",
    opensAfterMs: 0,
    closesAfterMs: null,
    source: "Any new entry that the controller calls critical: ours",
  },
  controller_warning: {
    severity: "warning",
    title: "Warnings in the controller's log",
    plain: null,
    advice: "Read the node's event log. Look at the part it names when it goes on.",
    opensAfterMs: 0,
    closesAfterMs: 60 * minute,
    source: "Any new entry that the controller calls a warning: ours",
  },
  controller_silent: {
    severity: "warning",
    title: "The controller is silent",
    // A tenant's work goes on without it.
    plain: null,
    advice: "Look at the controller's network and its power. Nothing can be ordered meanwhile.",
    opensAfterMs: 10 * minute,
    closesAfterMs: 0,
    source: "No answer for 10 minutes: ours",
  },
  controller_refused: {
    severity: "warning",
    title: "The controller is not asked any more",
    plain: null,
    advice:
      "Enter its sign-in anew, or confirm its certificate, on the node's page. Nothing can be ordered meanwhile.",
    opensAfterMs: 0,
    closesAfterMs: 0,
    source: "One refused sign-in, or another certificate than the one confirmed: ours",
  },
  boot_misplaced: {
    severity: "warning",
    title: "Boot tokens were used from elsewhere",
    // Which machine it was is no tenant's to read, nor is it the tenant's to act on.
    plain: null,
    advice:
      "See under Audit (boot.ask) which address or machine it was. If it is this node's own, have DHCP keep the node's address, or read its inventory again; several addresses between nodes and the boot server need INGOT_BOOT_PLACES=off. If it is not, somebody has what this boot was given: boot it anew, and find the machine.",
    opensAfterMs: 0,
    closesAfterMs: null,
    source: "Five refused requests in one boot: ours",
  },
} as const satisfies Record<string, HealthRule>;

export type ConditionCode = keyof typeof healthRules;
/** What a reason is of: a rule's name, or `xid_` and the number. */
export type HealthCode = ConditionCode | `xid_${number}`;

/** What is no tenant's to read. */
export const codesForOperators = Object.entries<HealthRule>(healthRules).flatMap(([code, rule]) =>
  rule.plain === null ? [code] : [],
);

/** The code of every rule there is. */
export const healthCodes: readonly HealthCode[] = [
  ...(Object.keys(healthRules) as ConditionCode[]),
  ...knownXids.map((xid): HealthCode => `xid_${xid}`),
];

/** Every rule by its code and title, by title. */
export function namedRules(): { code: HealthCode; title: string }[] {
  return healthCodes
    .map((code) => ({ code, title: healthRule(code)?.title ?? code }))
    .sort((a, b) => a.title.localeCompare(b.title, "en", { numeric: true }));
}

/** The rule of a code; undefined when there is none of that name. */
export function healthRule(code: string): HealthRule | undefined {
  if (Object.hasOwn(healthRules, code)) return healthRules[code as ConditionCode];
  const xid = /^xid_(\d{1,4})$/.exec(code)?.[1];
  const meaning = xid === undefined ? null : xidMeaning(Number(xid));
  if (!meaning) return undefined;
  const { severity, words } = meaning;
  const isCritical = severity === "critical";
  return {
    severity,
    title: `XID ${xid}: ${words}`,
    plain: isCritical
      ? `The driver reported XID ${xid}: ${words}. Programs on this GPU may have been ended; move your work to another node if it happens again.`
      : `The driver reported XID ${xid}: ${words}. Look at your program and restart it.`,
    advice: isCritical
      ? "Reset or restart the node when it is free. After two restarts for the same XID, have the hardware looked at."
      : "Nothing to do: it is the tenant's program.",
    opensAfterMs: 0,
    closesAfterMs: isCritical ? null : 30 * minute,
    source: "NVIDIA's Xid catalogue",
  };
}
