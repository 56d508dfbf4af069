/** `BootSourceOverrideEnabled` of Redfish's ComputerSystem schema. */
export type OverrideEnabled = "Disabled" | "Once" | "Continuous";

export type BootSettings = {
  enabled: OverrideEnabled;
  target: string;
  mode: "UEFI" | "Legacy";
  httpBootUri: string | null;
};

const noOverride: BootSettings = {
  enabled: "Disabled",
  target: "None",
  mode: "UEFI",
  httpBootUri: null,
};

/** The controller's memory of where the host shall look for its system at the next start. */
export class BootOverride {
  #settings: BootSettings;

  constructor(settings: BootSettings = noOverride) {
    this.#settings = { ...settings };
  }

  get settings(): Readonly<BootSettings> {
    return this.#settings;
  }

  /** Merges a change in. `Disabled` forgets the target, as the schema asks. */
  change(change: Partial<BootSettings>): void {
    const merged = { ...this.#settings, ...change };
    this.#settings = merged.enabled === "Disabled" ? { ...noOverride, mode: merged.mode } : merged;
  }

  /** What this start does; an override that holds once is cleared by being used. */
  take(): BootSettings {
    const taken = this.#settings;
    if (taken.enabled === "Once") this.#settings = { ...noOverride, mode: taken.mode };
    return taken;
  }
}
