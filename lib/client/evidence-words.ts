import { clockReasonWords } from "#lib/domain/health/clock-reasons";

/** How many characters of a controller's own words stand in a line. */
const mostSaid = 120;

const words: Record<string, (value: number) => string> = {
  gpu_temp: (value) => `${value} °C`,
  gpu_temp_limit: (value) => `limit ${value} °C`,
  mem_temp: (value) => `memory ${value} °C`,
  mem_temp_limit: (value) => `limit ${value} °C`,
  clock_reasons: (value) => clockReasonWords(value).join(", "),
  throttled_percent: (value) => `throttled ${value} % of the time`,
  replays_per_minute: (value) => `${value} replays a minute`,
  pcie_lanes: (value) => `x${value}`,
  pcie_most_lanes: (value) => `could be x${value}`,
  ecc_dbe: (value) => `${value} more uncorrected errors`,
  nvlink_crc_flit: (value) => `${value} more flow control CRC errors`,
  nvlink_crc_data: (value) => `${value} more CRC errors`,
  nvlink_replay: (value) => `${value} more replays`,
  nvlink_recovery: (value) => `${value} more recoveries`,
  nvlinks_down: (value) => `${value} NVLinks down`,
  nvlinks: (value) => `${value} in all`,
  sxid: (value) => `SXID ${value}`,
  nvswitch: (value) => `NVSwitch ${value}`,
  seen: (value) => `${value} GPUs named`,
  expected: (value) => `${value} expected`,
  elsewhere: (value) => `${value} GPUs named by another node, too`,
  others: (value) => `${value} other GPUs than before`,
  silent_seconds: (value) => `silent for ${Math.round(value / 60)} min when it was noted`,
  failed: (value) => `${value} failed`,
  celsius: (value) => `${value} °C`,
  celsius_limit: (value) => `critical from ${value} °C`,
  boot_requests: (value) => `at least ${value} requests refused in one boot`,
  more: (value) => `and ${value} more`,
};

/**
 * Words of the controller, by what they name: parts, a sensor, or an entry of its log; and why it is not
 * asked. Of a boot: why it was refused.
 */
const sayings: Record<string, (said: string) => string> = {
  which: (said) => said,
  refusal: (said) => said,
  sensor: (said) => said,
  entry: (said) => `“${said}”`,
  boot_refusal: (said) => `the last as ${said}`,
};

/** The values behind a reason of health, in words; empty when the reason's name says it all. */
export function evidenceWords(evidence: Readonly<Record<string, number | string>>): string {
  return Object.entries(evidence)
    .flatMap(([name, value]) =>
      typeof value === "number"
        ? (words[name]?.(value) ?? [])
        : (sayings[name]?.(shortened(value)) ?? []),
    )
    .filter((text) => text !== "")
    .join(", ");
}

function shortened(said: string): string {
  return said.length > mostSaid ? `${said.slice(0, mostSaid - 1)}…` : said;
}
