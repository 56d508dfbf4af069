import { z } from "zod";
import type { BiosValue } from "#lib/domain/node/bios-settings";

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

/** Temperatures may be below zero. */
const signed = fact((value) =>
  typeof value === "number" && Number.isFinite(value) ? value : null,
);

const flag = fact((value) => value === true);

/** Null when it is not told, which is not the same as false. */
const toldFlag = fact((value) => (typeof value === "boolean" ? value : null));

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

const status = part({ State: text, Health: text });
const location = part({ PartLocation: part({ ServiceLabel: text }) });
const pcieInterface = part({ PCIeType: text, LanesInUse: number });

export const serviceRoot = z.object({
  Vendor: text,
  Product: text,
  RedfishVersion: text,
  UUID: text,
  /** The names of those who added to it. */
  Oem: fact((value) => (isRecord(value) ? Object.keys(value) : [])),
  Systems: link,
  Managers: link,
  UpdateService: link,
  AccountService: link,
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

/** A path by the specification; some write a reference. */
const actionInfoPath = fact((value) => {
  const path = isRecord(value) ? value["@odata.id"] : value;
  return typeof path === "string" && path.startsWith("/") ? path : null;
});

const resetAction = part({
  target: text,
  "ResetType@Redfish.AllowableValues": allowable,
  "@Redfish.ActionInfo": actionInfoPath,
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
  VirtualMedia: link,
  SecureBoot: link,
  LogServices: link,
  TrustedModules: parts({ InterfaceType: text, FirmwareVersion: text, Status: status }),
  Oem: part({ Nvidia: part({ "@odata.id": text, Mode: text }) }),
  Links: part({ Chassis: links, ManagedBy: links }),
  Actions: part({ "#ComputerSystem.Reset": resetAction }),
  "@Redfish.Settings": part({ SettingsObject: link }),
});
export type ComputerSystem = z.output<typeof computerSystem>;

/** What a settings object has in common with its system. */
export const bootHolder = z.object({ Boot: boot });

export const actionInfo = z.object({
  Parameters: parts({ Name: text, Required: flag, AllowableValues: allowable }),
});

/** Settings by name; those that hold a password have no business anywhere else. */
const biosAttributes = fact((value): Record<string, BiosValue> | null =>
  isRecord(value)
    ? Object.fromEntries(
        Object.entries(value).filter(
          (each): each is [string, BiosValue] =>
            (each[1] === null || ["string", "number", "boolean"].includes(typeof each[1])) &&
            !/passw/i.test(each[0]),
        ),
      )
    : null,
);

export const bios = z.object({
  Attributes: biosAttributes,
  ResetBiosToDefaultsPending: toldFlag,
  Actions: part({
    "#Bios.ResetBios": part({ target: text, "@Redfish.ActionInfo": actionInfoPath }),
  }),
  "@Redfish.Settings": part({ SettingsObject: link, SupportedApplyTimes: texts }),
});

export const manager = z.object({
  FirmwareVersion: text,
  Model: text,
  DateTime: text,
  VirtualMedia: link,
  NetworkProtocol: link,
  LogServices: link,
  EthernetInterfaces: link,
});
export type Manager = z.output<typeof manager>;

export const networkProtocol = z.object({ IPMI: part({ ProtocolEnabled: toldFlag }) });

export const secureBoot = z.object({
  SecureBootEnable: toldFlag,
  SecureBootCurrentBoot: text,
  SecureBootMode: text,
});

/** What a BlueField's own controller tells of it beside the standard. */
export const blueField = z.object({ Mode: text, BaseMAC: text, BaseGUID: text });

export const virtualMedia = z.object({
  "@odata.etag": text,
  Id: text,
  Image: text,
  ImageName: text,
  Inserted: toldFlag,
  MediaTypes: texts,
  Actions: part({
    "#VirtualMedia.InsertMedia": part({ target: text }),
    "#VirtualMedia.EjectMedia": part({ target: text }),
  }),
});
export type VirtualMedia = z.output<typeof virtualMedia>;

export const task = z.object({
  TaskState: text,
  TaskMonitor: text,
  Messages: parts({ Message: text }),
});

/**
 * Where a GPU lies on the NVLink of a whole rack, as the firmware of GB200 and GB300 trays tells it
 * (NVIDIA's bmcweb, NvidiaProcessor 1.7, 2026-12).
 */
const nvlinkTopology = part({
  ChassisSerialNumber: text,
  TraySlotNumber: number,
  TraySlotIndex: number,
});

export const processor = z.object({
  "@odata.id": text,
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
  Ports: link,
  SystemInterface: part({ InterfaceType: text, PCIe: pcieInterface }),
  ProcessorMemory: parts({ CapacityMiB: number, MemoryType: text }),
  Links: part({ Memory: links, PCIeDevice: link }),
  Oem: part({ Nvidia: part({ MNNVLinkTopology: nvlinkTopology }) }),
});
export type Processor = z.output<typeof processor>;

export const memory = z.object({
  "@odata.id": text,
  Id: text,
  DeviceLocator: text,
  CapacityMiB: number,
  MemoryDeviceType: text,
  MemoryType: text,
  OperatingSpeedMhz: number,
  SerialNumber: text,
  PartNumber: text,
  ErrorCorrection: text,
  Status: status,
});

export const storage = z.object({ Drives: links });

export const drive = z.object({
  "@odata.id": text,
  Id: text,
  Name: text,
  Model: text,
  SerialNumber: text,
  CapacityBytes: number,
  MediaType: text,
  Protocol: text,
  PartNumber: text,
  Revision: text,
  PredictedMediaLifeLeftPercent: number,
  FailurePredicted: toldFlag,
  Status: status,
  PhysicalLocation: location,
});

export const simpleStorage = z.object({
  Id: text,
  Devices: parts({ Name: text, Model: text, CapacityBytes: number, Status: status }),
});

export const chassis = z.object({
  Model: text,
  SerialNumber: text,
  PartNumber: text,
  NetworkAdapters: link,
  PCIeDevices: link,
  Thermal: link,
  ThermalSubsystem: link,
  Power: link,
  PowerSubsystem: link,
  Sensors: link,
  Links: part({ ContainedBy: link }),
  Oem: part({
    // Of a cable cartridge, NvidiaCBCChassis 1.4. `TopologyId` is the kind of rack, not which one.
    Nvidia: part({ ChassisPhysicalSlotNumber: number, ComputeTrayIndex: number }),
  }),
});
export type Chassis = z.output<typeof chassis>;

/** Temperatures and fans in one resource: what `ThermalSubsystem` replaced, and most still have. */
export const thermal = z.object({
  Temperatures: parts({
    Name: text,
    ReadingCelsius: signed,
    UpperThresholdCritical: signed,
    Status: status,
  }),
  Fans: parts({ Name: text, FanName: text, Reading: number, ReadingUnits: text, Status: status }),
});

export const thermalSubsystem = z.object({ Fans: link, ThermalMetrics: link });

export const thermalMetrics = z.object({
  TemperatureReadingsCelsius: parts({ DeviceName: text, PhysicalContext: text, Reading: signed }),
});

export const fan = z.object({
  Id: text,
  Name: text,
  SpeedPercent: part({ Reading: number, SpeedRPM: number }),
  Status: status,
});
export type Fan = z.output<typeof fan>;

const supply = {
  "@odata.id": text,
  Id: text,
  MemberId: text,
  Name: text,
  Model: text,
  SerialNumber: text,
  PartNumber: text,
  FirmwareVersion: text,
  PowerCapacityWatts: number,
  Status: status,
};

export const power = z.object({
  PowerControl: parts({ Name: text, PowerConsumedWatts: number }),
  PowerSupplies: parts(supply),
});

export const powerSubsystem = z.object({ PowerSupplies: link });

export const powerSupply = z.object(supply);
export type PowerSupply = z.output<typeof powerSupply>;

export const sensor = z.object({
  Id: text,
  Name: text,
  Reading: signed,
  ReadingType: text,
  ReadingUnits: text,
  Thresholds: part({ UpperCritical: part({ Reading: signed }) }),
  Status: status,
});

export type Sensor = z.output<typeof sensor>;

export const logService = z.object({ Id: text, Name: text, LogEntryType: text, Entries: link });

/** The first page of a log, its members expanded or not. */
export const logEntries = z.preprocess(
  (value) =>
    isRecord(value) && (value.Members ?? null) === null ? { ...value, Members: [] } : value,
  z.object({
    Members: z.array(z.unknown()),
    "Members@odata.count": number,
    "Members@odata.nextLink": fact((value) => (typeof value === "string" ? value : null)),
  }),
);

export const logEntry = z.object({
  Id: text,
  Created: text,
  Severity: text,
  Message: text,
  Name: text,
});
export type LogEntry = z.output<typeof logEntry>;

export const networkInterface = z.object({ Links: part({ NetworkAdapter: link }) });

export const networkAdapter = z.object({
  "@odata.id": text,
  Id: text,
  Name: text,
  Model: text,
  Manufacturer: text,
  PartNumber: text,
  SerialNumber: text,
  Ports: link,
  NetworkPorts: link,
  NetworkDeviceFunctions: link,
  Controllers: parts({
    FirmwarePackageVersion: text,
    Links: part({ NetworkDeviceFunctions: links, Ports: links, NetworkPorts: links }),
  }),
});
export type NetworkAdapter = z.output<typeof networkAdapter>;

/** `Port`, and `NetworkPort` which it replaced. */
export const port = z.object({
  "@odata.id": text,
  Id: text,
  LinkNetworkTechnology: text,
  PortProtocol: text,
  ActiveLinkTechnology: text,
  LinkStatus: text,
  CurrentSpeedGbps: number,
  CurrentLinkSpeedMbps: number,
  Ethernet: part({ AssociatedMACAddresses: texts }),
  InfiniBand: part({ AssociatedPortGUIDs: texts, AssociatedNodeGUIDs: texts }),
  AssociatedNetworkAddresses: texts,
});
export type Port = z.output<typeof port>;

export const networkDeviceFunction = z.object({
  NetDevFuncType: text,
  Links: part({ PhysicalPortAssignment: link, PhysicalNetworkPortAssignment: link }),
  Ethernet: part({ PermanentMACAddress: text, MACAddress: text }),
  InfiniBand: part({
    PortGUID: text,
    PermanentPortGUID: text,
    NodeGUID: text,
    PermanentNodeGUID: text,
  }),
});
export type NetworkDeviceFunction = z.output<typeof networkDeviceFunction>;

export const ethernetInterface = z.object({
  "@odata.id": text,
  Id: text,
  MACAddress: text,
  PermanentMACAddress: text,
  SpeedMbps: number,
  LinkStatus: text,
  Links: part({ HostInterface: link }),
  VLAN: part({ VLANEnable: flag }),
});

export const pcieDevice = z.object({
  "@odata.id": text,
  Id: text,
  Name: text,
  Manufacturer: text,
  Model: text,
  PartNumber: text,
  SerialNumber: text,
  UUID: text,
  FirmwareVersion: text,
  DeviceType: text,
  PCIeInterface: pcieInterface,
  Slot: part({ Location: location }),
  PCIeFunctions: link,
  Links: part({ PCIeFunctions: links }),
  Status: status,
});
export type PcieDevice = z.output<typeof pcieDevice>;

export const pcieFunction = z.object({
  VendorId: text,
  DeviceId: text,
  DeviceClass: text,
  Status: status,
});

export const updateService = z.object({ FirmwareInventory: link });

export const softwareInventory = z.object({ Id: text, Name: text, Version: text });

export const session = z.object({ "@odata.id": text });

/** A member of the list of sessions. */
export const sessionMember = z.object({ UserName: text });

export const accountService = z.object({
  MinPasswordLength: number,
  MaxPasswordLength: number,
  Accounts: link,
});

export const managerAccount = z.object({
  UserName: text,
  Enabled: toldFlag,
  RoleId: text,
  HostBootstrapAccount: flag,
});
