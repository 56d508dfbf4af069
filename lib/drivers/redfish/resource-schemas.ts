import { z } from "zod";

/**
 * What is read of Redfish resources (DMTF DSP2046). A fact of the wrong type counts as absent: one
 * odd property must not cost the rest of the resource. Only a resource that is no object at all,
 * or a collection without members, is malformed.
 */

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Words that firmware puts where it knows nothing. */
const placeholder =
  /^(|n\/?a|nil|none|null|unknown|not (specified|available|applicable)|default string|to be filled by o\.?e\.?m\.?|0{4,})$/i;

const text = fact((value) => {
  const trimmed = typeof value === "string" ? value.trim() : "";
  return placeholder.test(trimmed) ? null : trimmed;
});

const number = fact((value) =>
  typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : null,
);

const flag = fact((value) => value === true);

/** The path a reference leads to. References into a part of another resource are left out. */
const link = fact((value) => {
  const path = isRecord(value) ? value["@odata.id"] : null;
  return typeof path === "string" && path.startsWith("/") && !path.includes("#") ? path : null;
});

const links = fact((value) =>
  (Array.isArray(value) ? value : [])
    .map((each) => (isRecord(each) ? each["@odata.id"] : null))
    .filter((path) => typeof path === "string")
    .filter((path) => path.startsWith("/") && !path.includes("#")),
);

const texts = fact((value) =>
  Array.isArray(value) ? value.filter((each) => typeof each === "string") : [],
);

/** Null when the controller does not say what it allows, which is not the same as nothing. */
const allowable = fact((value) =>
  Array.isArray(value) ? value.filter((each) => typeof each === "string") : null,
);

function fact<T>(read: (value: unknown) => T) {
  return z.unknown().optional().transform(read);
}

function part<S extends z.ZodRawShape>(shape: S) {
  return z.preprocess((value) => (isRecord(value) ? value : {}), z.object(shape));
}

function parts<S extends z.ZodRawShape>(shape: S) {
  return z.preprocess(
    (value) => (Array.isArray(value) ? value.filter(isRecord) : []),
    z.array(z.object(shape)),
  );
}

const status = part({ State: text });
const location = part({ PartLocation: part({ ServiceLabel: text }) });

export const serviceRoot = z.object({
  Vendor: text,
  Product: text,
  RedfishVersion: text,
  UUID: text,
  Systems: link,
  Managers: link,
  UpdateService: link,
  Links: part({ Sessions: link }),
  ProtocolFeaturesSupported: part({ ExpandQuery: part({ NoLinks: flag }) }),
});
export type ServiceRoot = z.output<typeof serviceRoot>;

/** Some services write an empty collection without members, or with null (AMI, BlueField). */
export const collection = z.preprocess(
  (value) =>
    isRecord(value) &&
    (value.Members ?? null) === null &&
    String(value["@odata.type"]).endsWith("Collection")
      ? { ...value, Members: [] }
      : value,
  z.object({
    Members: z.array(z.unknown()),
    "Members@odata.nextLink": fact((value) => (typeof value === "string" ? value : null)),
  }),
);

const resetAction = part({
  target: text,
  "ResetType@Redfish.AllowableValues": allowable,
  // A path by the specification; some write a reference.
  "@Redfish.ActionInfo": fact((value) => {
    const path = isRecord(value) ? value["@odata.id"] : value;
    return typeof path === "string" && path.startsWith("/") ? path : null;
  }),
});

const boot = part({
  BootSourceOverrideEnabled: text,
  BootSourceOverrideMode: text,
  // Not `text`: "None" is a target here and no placeholder.
  BootSourceOverrideTarget: fact((value) => (typeof value === "string" ? value : null)),
  "BootSourceOverrideTarget@Redfish.AllowableValues": allowable,
  /** Undefined: the controller does not know the property at all. */
  HttpBootUri: fact((value) =>
    value === undefined ? undefined : typeof value === "string" ? value : null,
  ),
});
export type BootSettings = z.output<typeof boot>;

export const computerSystem = z.object({
  Id: text,
  SystemType: text,
  Manufacturer: text,
  Model: text,
  SerialNumber: text,
  UUID: text,
  SKU: text,
  BiosVersion: text,
  PowerState: text,
  Bios: link,
  Boot: boot,
  MemorySummary: part({ TotalSystemMemoryGiB: number }),
  Processors: link,
  Memory: link,
  EthernetInterfaces: link,
  NetworkInterfaces: link,
  Storage: link,
  SimpleStorage: link,
  PCIeDevices: links,
  Links: part({ Chassis: links, ManagedBy: links }),
  Actions: part({ "#ComputerSystem.Reset": resetAction }),
  "@Redfish.Settings": part({ SettingsObject: link }),
});
export type ComputerSystem = z.output<typeof computerSystem>;

/** What a settings object has in common with its system. */
export const bootHolder = z.object({ Boot: boot });

export const actionInfo = z.object({
  Parameters: parts({ Name: text, AllowableValues: allowable }),
});

export const manager = z.object({ FirmwareVersion: text, Model: text });

export const processor = z.object({
  Id: text,
  Name: text,
  ProcessorType: text,
  Manufacturer: text,
  Model: text,
  PartNumber: text,
  SerialNumber: text,
  UUID: text,
  FirmwareVersion: text,
  Socket: text,
  TotalCores: number,
  TotalThreads: number,
  Status: status,
  Location: location,
  MemorySummary: part({ TotalMemorySizeMiB: number }),
  ProcessorMemory: parts({ CapacityMiB: number, MemoryType: text }),
  Links: part({ Memory: links, PCIeDevice: link }),
});
export type Processor = z.output<typeof processor>;

export const memory = z.object({
  Id: text,
  DeviceLocator: text,
  CapacityMiB: number,
  MemoryDeviceType: text,
  MemoryType: text,
  OperatingSpeedMhz: number,
  SerialNumber: text,
  Status: status,
});

export const storage = z.object({ Drives: links });

export const drive = z.object({
  Id: text,
  Name: text,
  Model: text,
  SerialNumber: text,
  CapacityBytes: number,
  MediaType: text,
  Protocol: text,
  Status: status,
  PhysicalLocation: location,
});

export const simpleStorage = z.object({
  Id: text,
  Devices: parts({ Name: text, Model: text, CapacityBytes: number, Status: status }),
});

export const chassis = z.object({ NetworkAdapters: link, PCIeDevices: link });

export const networkInterface = z.object({ Links: part({ NetworkAdapter: link }) });

export const networkAdapter = z.object({
  Id: text,
  Name: text,
  Model: text,
  Ports: link,
  NetworkPorts: link,
  Controllers: parts({
    Links: part({ NetworkDeviceFunctions: links, Ports: links, NetworkPorts: links }),
  }),
});
export type NetworkAdapter = z.output<typeof networkAdapter>;

/** `Port`, and `NetworkPort` which it replaced. */
export const port = z.object({
  Id: text,
  LinkNetworkTechnology: text,
  PortProtocol: text,
  ActiveLinkTechnology: text,
  LinkStatus: text,
  CurrentSpeedGbps: number,
  CurrentLinkSpeedMbps: number,
  Ethernet: part({ AssociatedMACAddresses: texts }),
  AssociatedNetworkAddresses: texts,
});
export type Port = z.output<typeof port>;

export const networkDeviceFunction = z.object({
  NetDevFuncType: text,
  Ethernet: part({ PermanentMACAddress: text, MACAddress: text }),
});

export const ethernetInterface = z.object({
  Id: text,
  MACAddress: text,
  PermanentMACAddress: text,
  SpeedMbps: number,
  LinkStatus: text,
  Links: part({ HostInterface: link }),
  VLAN: part({ VLANEnable: flag }),
});

export const pcieDevice = z.object({
  Id: text,
  Name: text,
  Manufacturer: text,
  Model: text,
  PartNumber: text,
  SerialNumber: text,
  UUID: text,
  FirmwareVersion: text,
  Status: status,
});
export type PcieDevice = z.output<typeof pcieDevice>;

export const updateService = z.object({ FirmwareInventory: link });

export const softwareInventory = z.object({ Id: text, Name: text, Version: text });

export const session = z.object({ "@odata.id": text });
