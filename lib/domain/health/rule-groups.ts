import { type ConditionCode, type HealthCode, healthRule } from "#lib/domain/health/rules";

/** What rules of health are about, in the order in which they are listed. */
export const ruleGroups = {
  memory: "Memory of GPUs",
  heat: "Heat, power and clocks of GPUs",
  links: "Links between GPUs, and to them",
  presence: "GPUs and exporters that are there or not",
  controller: "What controllers of nodes tell",
  boot: "How nodes boot",
  xid_node: "XIDs that need the node",
  xid_program: "XIDs of a tenant's program",
} as const;
export type RuleGroup = keyof typeof ruleGroups;

const groups: Record<ConditionCode, RuleGroup> = {
  ecc_dbe: "memory",
  remap_failed: "memory",
  remap_pending: "memory",
  nvlink_errors: "links",
  nvlink_down: "links",
  pcie_replays: "links",
  pcie_width: "links",
  thermal_throttle: "heat",
  power_brake: "heat",
  hw_slowdown: "heat",
  hot: "heat",
  too_hot: "heat",
  memory_too_hot: "heat",
  nvswitch_fatal: "links",
  nvswitch_error: "links",
  gpu_missing: "presence",
  gpus_elsewhere: "presence",
  gpus_changed: "presence",
  exporter_silent: "presence",
  psu_failed: "controller",
  fan_failed: "controller",
  sensor_critical: "controller",
  controller_critical: "controller",
  controller_warning: "controller",
  controller_silent: "controller",
  controller_refused: "controller",
  boot_misplaced: "boot",
};

/** What a rule is about: of an XID, whom it asks to act, whatever operators made of its severity. */
export function ruleGroupOf(code: HealthCode): RuleGroup {
  if (Object.hasOwn(groups, code)) return groups[code as ConditionCode];
  return healthRule(code)?.severity === "critical" ? "xid_node" : "xid_program";
}
