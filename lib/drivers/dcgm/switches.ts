import {
  emptySwitch,
  maxSwitch,
  type SwitchReading,
  switchLimits,
} from "#lib/domain/telemetry/nvswitch";

type SwitchField = { part: Exclude<keyof SwitchReading, "nvswitch">; ofLink: boolean; max: number };

const own = (part: SwitchField["part"], max: number): SwitchField => ({ part, ofLink: false, max });
const ofLink: SwitchField = { part: "linkErrors", ofLink: true, max: switchLimits.counter };

/**
 * Every exporter name of a switch that we take, in both naming generations: fields 784 to 788, 856 to
 * 858, 861 and 862 of dcgm_fields.h. The value of an error is its SXID. Throughput is what NSCQ counts,
 * in Mibit since the driver was loaded (nscq.h), whatever the `# TYPE` line says.
 */
export const switchFields: ReadonlyMap<string, SwitchField> = new Map([
  ["DCGM_FI_DEV_NVSWITCH_TEMPERATURE_CURRENT", own("temperature", switchLimits.temperature)],
  ["DCGM_FI_DEV_NVSWITCH_TEMP_CELSIUS", own("temperature", switchLimits.temperature)],
  ["DCGM_FI_DEV_NVSWITCH_FATAL_ERRORS", own("fatal", switchLimits.sxid)],
  ["DCGM_FI_DEV_SXID_FATAL_ERROR", own("fatal", switchLimits.sxid)],
  ["DCGM_FI_DEV_NVSWITCH_NON_FATAL_ERRORS", own("nonFatal", switchLimits.sxid)],
  ["DCGM_FI_DEV_SXID_NON_FATAL_ERROR", own("nonFatal", switchLimits.sxid)],
  ["DCGM_FI_DEV_NVSWITCH_THROUGHPUT_TX", own("sentMibit", switchLimits.counter)],
  ["DCGM_FI_DEV_NVSWITCH_THROUGHPUT_RX", own("receivedMibit", switchLimits.counter)],
  ...["REPLAY", "RECOVERY", "FLIT", "CRC", "ECC"].flatMap((kind): [string, SwitchField][] => [
    [`DCGM_FI_DEV_NVSWITCH_LINK_${kind}_ERRORS`, ofLink],
    [`DCGM_FI_DEV_NVSWITCH_LINK_${kind}_ERROR_TOTAL`, ofLink],
  ]),
]);

/** Gathers what lines say of a node's switches, by their labels. */
export function switchesReader() {
  const switches = new Map<number, SwitchReading>();
  const counted = new Set<string>();
  return {
    /** Takes a value that is not blank. A line of anything else than a switch is passed over. */
    note(name: string, labels: ReadonlyMap<string, string>, value: number): void {
      const field = switchFields.get(name);
      const id = /^(?:nvswitch)?(\d{1,2})$/.exec(labels.get("nvswitch") ?? "")?.[1];
      const link = labels.get("nvlink");
      if (!field || id === undefined || Number(id) > maxSwitch || labels.has("gpu")) return;
      if (field.ofLink !== (link !== undefined) || value > field.max) return;
      const reading = switches.get(Number(id)) ?? emptySwitch(Number(id));
      switches.set(Number(id), reading);
      if (!field.ofLink) {
        reading[field.part] ??= value;
        return;
      }
      // A link that is printed twice is one link.
      const key = `${name} ${id} ${link}`;
      if (counted.has(key)) return;
      counted.add(key);
      reading.linkErrors = (reading.linkErrors ?? 0) + value;
    },

    /** All of them, in the order of their numbers. */
    all(): SwitchReading[] {
      return [...switches.values()].sort((a, b) => a.nvswitch - b.nvswitch);
    },
  };
}
