/** An account of a node's controller. */
export type ControllerAccount = {
  username: string;
  /** Null: the controller does not say. */
  enabled: boolean | null;
  role: string | null;
  /** The one that Ingot signs in with. */
  isOwn: boolean;
  /** Made by the controller itself for its host's firmware, under a name that changes. */
  isHosts: boolean;
};

/** A controller's accounts and a node's firmware as they were when the node was last in order. */
export type ControllerRecord = {
  /** ISO 8601. */
  at: string;
  /** Names of the accounts that were enabled; null when they could not be read. */
  accounts: string[] | null;
  /** Version by component, those that were known. */
  firmware: Record<string, string>;
};
