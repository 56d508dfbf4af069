import type { HttpNetworkSettings } from "#lib/ports/network";

/** A port in a partition; members with full membership reach all others. */
export type PartitionMember = { guid: string; isFull: boolean };

/**
 * What puts ports into InfiniBand partitions at a site: its fabric manager. Every method throws only
 * `NetworkError`. GUIDs are of ports, 16 hexadecimal digits in lower case; P_Keys are without the
 * membership bit. Orders are idempotent and touch no other member; whether they came true is for the
 * caller to read.
 */
export type FabricDriver = {
  /** The ports are full members of the partition, which is made if there is none. */
  join: (pkey: number, guids: readonly string[]) => Promise<void>;
  /** The ports are no members of the partition. */
  leave: (pkey: number, guids: readonly string[]) => Promise<void>;
  /** The members of a partition; of one that does not exist, none. */
  read: (pkey: number) => Promise<PartitionMember[]>;
  /** Every partition that has members, by P_Key. */
  readAll: () => Promise<Map<number, PartitionMember[]>>;
  /** Lets go of its connections. Never throws. */
  close: () => void;
};

/** NVIDIA's Unified Fabric Manager, or what speaks as it does, over HTTPS. */
export type UfmSettings = Omit<HttpNetworkSettings, "kind"> & { username: string };

/** Opens the driver of a site's fabric manager. */
export type OpenFabric = (settings: UfmSettings, password: string) => FabricDriver;
