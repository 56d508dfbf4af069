/** `required`: what the controller does not tell counts as a difference, too. */
type Rule<T> = T & { required?: boolean };

export type FirmwareRule = Rule<{
  /** `bios`, `controller`, `gpu`, or a part of the name of anything that the controller lists. */
  component: string;
  match: "at_least" | "exactly";
  version: string;
}>;

/** What a node type asks of firmware and of what keeps a node safe. A rule that is left out is not checked. */
export type SecurityBaseline = {
  firmware?: FirmwareRule[];
  secureBoot?: Rule<{ want: "on" | "off" }>;
  tpm?: Rule<{ want: "present" | "2.0" }>;
  /** IPMI over the network must be off. */
  ipmiOff?: Rule<object>;
  /** The controller's certificate is valid now, and no older than so many days. */
  certificate?: Rule<{ maxAgeDays?: number }>;
  /** No account of the controller is enabled beside Ingot's own and those named. */
  accounts?: Rule<{ allowed: string[] }>;
};
