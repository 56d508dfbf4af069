import type { Inventory } from "#lib/domain/node/inventory";

/** TPM, Secure Boot, place in a rack of NVLink and the controller itself; left out where nobody asked for them. */
export function platformItems({ tpms, secureBoot, nvlinkPlace, manager }: Inventory) {
  const offBy = manager?.clockOffBySeconds ?? null;
  return [
    ...(tpms
      ? [
          {
            label: "TPM",
            value: tpms.map((tpm) => tpm.kind ?? "of unknown kind").join(", ") || "none told",
            hint: tpms[0]?.firmwareVersion ? `firmware ${tpms[0].firmwareVersion}` : undefined,
          },
        ]
      : []),
    ...(secureBoot
      ? [
          {
            label: "Secure Boot",
            value: secureBoot.enabled === null ? null : secureBoot.enabled ? "on" : "off",
            hint: secureBoot.mode ? `keys: ${secureBoot.mode}` : undefined,
          },
        ]
      : []),
    ...(nvlinkPlace
      ? [
          {
            label: "Place in its NVLink rack",
            value:
              [
                nvlinkPlace.slot !== null && `slot ${nvlinkPlace.slot}`,
                nvlinkPlace.tray !== null && `compute tray ${nvlinkPlace.tray}`,
              ]
                .filter(Boolean)
                .join(", ") || null,
            hint: nvlinkPlace.chassisSerial ? `rack ${nvlinkPlace.chassisSerial}` : undefined,
          },
        ]
      : []),
    ...(manager
      ? [
          {
            label: "Controller firmware",
            value: manager.firmwareVersion,
            hint: offBy !== null && Math.abs(offBy) > 120 ? clockWords(offBy) : undefined,
          },
          {
            label: "IPMI over the network",
            value: manager.ipmiOverLan === null ? null : manager.ipmiOverLan ? "on" : "off",
          },
        ]
      : []),
  ];
}

function clockWords(offBySeconds: number): string {
  const minutes = Math.round(Math.abs(offBySeconds) / 60);
  const size = minutes < 120 ? `${minutes} minutes` : `${Math.round(minutes / 60)} hours`;
  return `its clock is ${size} ${offBySeconds < 0 ? "behind" : "ahead"}`;
}
