import type { Phase } from "./boot-journal.ts";
import type { BootSettings } from "./boot-override.ts";
import type { Flavour } from "./flavours.ts";
import { bootMac, type Gpu, type Hardware } from "./hardware.ts";
import type { PowerState } from "./power.ts";
import type { LockoutPolicy, Session } from "./sessions.ts";
import type { Task } from "./tasks.ts";

export type Document = Record<string, unknown>;

/** Everything the documents are made of, at the moment of asking. */
export type ControllerView = {
  flavour: Flavour;
  hardware: Hardware;
  name: string;
  controllerHost: string;
  power: PowerState;
  phase: Phase;
  hostname: string | null;
  boot: Readonly<BootSettings>;
  assetTag: string;
  /** The address of what is in its virtual CD drive. */
  medium: string | null;
  bios: BiosState;
  /** GPUs that answer; fewer than the hardware has when one fell off its bus. */
  gpus: readonly Gpu[];
  sessions: readonly Session[];
  lockout: LockoutPolicy | null;
  isLocked: boolean;
  /** The accounts by their slot; the first is the one that is signed in with. */
  accounts: readonly string[];
  tasks: readonly Task[];
  /** What is wrong with what it measures. */
  ails: { supply: boolean; fan: boolean; inlet: boolean };
  /** Critical entries of its log, by the moment each was written. */
  criticals: readonly string[];
};

/** What somebody changed in the BIOS settings, and what waits for the next start. */
export type BiosState = { isChanged: boolean; isResetPending: boolean; isTpmClearPending: boolean };

export const serviceRoot = "/redfish/v1";

export const ok = { Health: "OK", HealthRollup: "OK", State: "Enabled" };

/** Where things are in a controller of a flavour. */
export function pathsOf(flavour: Flavour) {
  const system = `${serviceRoot}/Systems/${flavour.systemId}`;
  const gpuSystem = `${serviceRoot}/Systems/${flavour.gpuSystemId ?? flavour.systemId}`;
  return {
    system,
    gpuSystem,
    reset: `${system}/Actions/ComputerSystem.Reset`,
    chassis: `${serviceRoot}/Chassis/${flavour.chassisId}`,
    manager: `${serviceRoot}/Managers/${flavour.managerId}`,
    bios: `${system}/Bios`,
    resetBios: `${system}/Bios/Actions/Bios.ResetBios`,
    biosSettings: flavour.tpmClear && `${system}/Bios/${flavour.tpmClear.settings}`,
    drives: `${serviceRoot}/Managers/${flavour.managerId}/VirtualMedia`,
    insertMedium: `${serviceRoot}/Managers/${flavour.managerId}/VirtualMedia/Cd/Actions/VirtualMedia.InsertMedia`,
    ejectMedium: `${serviceRoot}/Managers/${flavour.managerId}/VirtualMedia/Cd/Actions/VirtualMedia.EjectMedia`,
    account: `${serviceRoot}/AccountService/Accounts/1`,
    sessions: `${serviceRoot}/SessionService/Sessions`,
    tasks: `${serviceRoot}/TaskService/Tasks`,
    taskMonitors: `${serviceRoot}/TaskService/TaskMonitors`,
  };
}

/**
 * Every resource of a controller by its path, as DMTF's schemas shape them. Collections hold all
 * their members: cutting them into pages is the service's doing. Each `@odata.id` leads somewhere.
 */
export function resourcesOf(view: ControllerView): Map<string, Document> {
  const resources = new Map<string, Document>();
  const builder = builderOf(view, resources);
  addService(builder);
  addSystem(builder);
  addGpus(builder);
  addChassis(builder);
  addManager(builder);
  addFirmware(builder);
  return resources;
}

/** What adds resources to those given. */
export function builderOf(view: ControllerView, resources: Map<string, Document>): Builder {
  const add = (path: string, type: string, body: Document) => {
    resources.set(path, {
      "@odata.id": path,
      "@odata.type": `#${type}`,
      Id: path.split("/").at(-1),
      Name: path.split("/").at(-1),
      ...body,
    });
    return link(path);
  };
  const addCollection = (path: string, type: string, members: Document[]) =>
    add(path, `${type}Collection.${type}Collection`, {
      Name: `${type} Collection`,
      Members: members,
      "Members@odata.count": members.length,
    });

  return { view, paths: pathsOf(view.flavour), add, addCollection };
}

export type Builder = {
  view: ControllerView;
  paths: ReturnType<typeof pathsOf>;
  add: (path: string, type: string, body: Document) => Document;
  addCollection: (path: string, type: string, members: Document[]) => Document;
};

/** The service root: the one document that is given without a login. */
export function rootDocument(view: Pick<ControllerView, "flavour" | "hardware">): Document {
  const child = (name: string) => link(`${serviceRoot}/${name}`);
  return {
    "@odata.id": serviceRoot,
    "@odata.type": "#ServiceRoot.v1_13_0.ServiceRoot",
    Id: "RootService",
    Name: "Root Service",
    RedfishVersion: view.flavour.redfishVersion,
    UUID: view.hardware.uuid,
    Vendor: view.flavour.vendor,
    Product: view.flavour.product,
    ProtocolFeaturesSupported: {
      ExcerptQuery: false,
      ExpandQuery: {
        ExpandAll: false,
        Levels: view.flavour.expands,
        Links: false,
        NoLinks: view.flavour.expands,
        ...(view.flavour.expands ? { MaxLevels: 1 } : {}),
      },
      FilterQuery: false,
      OnlyMemberQuery: false,
      SelectQuery: false,
    },
    Systems: child("Systems"),
    Chassis: child("Chassis"),
    Managers: child("Managers"),
    AccountService: child("AccountService"),
    SessionService: child("SessionService"),
    Tasks: child("TaskService"),
    UpdateService: child("UpdateService"),
    Links: { Sessions: child("SessionService/Sessions") },
  };
}

function addService({ view, paths, add, addCollection }: Builder): void {
  add(`${serviceRoot}/SessionService`, "SessionService.v1_1_8.SessionService", {
    Name: "Session Service",
    ServiceEnabled: true,
    SessionTimeout: 1_800,
    Status: ok,
    Sessions: link(paths.sessions),
  });
  addCollection(
    paths.sessions,
    "Session",
    view.sessions.map((session) =>
      add(`${paths.sessions}/${session.id}`, "Session.v1_5_0.Session", {
        Name: "User Session",
        UserName: session.username,
      }),
    ),
  );
  const accounts = `${serviceRoot}/AccountService`;
  const { min, max } = view.flavour.passwordLength;
  add(accounts, "AccountService.v1_11_0.AccountService", {
    Name: "Account Service",
    ServiceEnabled: true,
    AccountLockoutThreshold: view.lockout?.after ?? 0,
    AccountLockoutDuration: Math.round((view.lockout?.forMs ?? 0) / 1000),
    ...(min === null ? {} : { MinPasswordLength: min }),
    ...(max === null ? {} : { MaxPasswordLength: max }),
    Accounts: link(`${accounts}/Accounts`),
    Roles: link(`${accounts}/Roles`),
    Status: ok,
  });
  addCollection(`${accounts}/Roles`, "Role", [
    add(`${accounts}/Roles/Administrator`, "Role.v1_3_1.Role", {
      IsPredefined: true,
      AssignedPrivileges: ["Login", "ConfigureManager", "ConfigureUsers", "ConfigureComponents"],
    }),
  ]);
  addCollection(
    `${accounts}/Accounts`,
    "ManagerAccount",
    view.accounts.map((username, index) =>
      add(`${accounts}/Accounts/${index + 1}`, "ManagerAccount.v1_8_0.ManagerAccount", {
        Name: "User Account",
        UserName: username,
        RoleId: "Administrator",
        Enabled: true,
        Locked: view.isLocked,
        Password: null,
        Links: { Role: link(`${accounts}/Roles/Administrator`) },
      }),
    ),
  );
  add(`${serviceRoot}/TaskService`, "TaskService.v1_2_0.TaskService", {
    Name: "Task Service",
    ServiceEnabled: true,
    Status: ok,
    Tasks: link(paths.tasks),
  });
  addCollection(
    paths.tasks,
    "Task",
    view.tasks.map((task) =>
      add(`${paths.tasks}/${task.id}`, "Task.v1_7_1.Task", taskFields(task, paths.taskMonitors)),
    ),
  );
}

/** The fields of a Task resource. */
export function taskFields(task: Task, monitors: string): Document {
  return {
    Name: task.name,
    TaskState: task.endedAt === null ? "Running" : "Completed",
    TaskStatus: "OK",
    PercentComplete: task.endedAt === null ? 0 : 100,
    StartTime: task.startedAt,
    ...(task.endedAt === null ? {} : { EndTime: task.endedAt }),
    TaskMonitor: `${monitors}/${task.id}`,
    Messages: [],
  };
}

function addSystem({ view, paths, add, addCollection }: Builder): void {
  const { flavour, hardware, power, boot } = view;
  const offersHttpBoot = flavour.bootTargets.includes("UefiHttp");
  const resetInfo = `${paths.system}/ResetActionInfo`;
  const memoryGib = (hardware.memory.serials.length * hardware.memory.moduleMib) / 1024;

  const system = add(paths.system, "ComputerSystem.v1_20_0.ComputerSystem", {
    Name: "System",
    SystemType: "Physical",
    Manufacturer: flavour.manufacturer,
    Model: hardware.model,
    SerialNumber: hardware.serial,
    UUID: hardware.uuid,
    SKU: hardware.sku,
    AssetTag: view.assetTag,
    BiosVersion: hardware.biosVersion,
    HostName: view.hostname,
    PowerState: power,
    Status: power === "Off" ? { ...ok, State: "StandbyOffline" } : ok,
    Boot: {
      BootSourceOverrideEnabled: boot.enabled,
      "BootSourceOverrideEnabled@Redfish.AllowableValues": ["Disabled", "Once", "Continuous"],
      BootSourceOverrideTarget: boot.target,
      "BootSourceOverrideTarget@Redfish.AllowableValues": flavour.bootTargets,
      BootSourceOverrideMode: boot.mode,
      "BootSourceOverrideMode@Redfish.AllowableValues": ["UEFI", "Legacy"],
      ...(offersHttpBoot ? { HttpBootUri: boot.httpBootUri } : {}),
    },
    BootProgress: { LastState: bootProgress(view.phase) },
    ProcessorSummary: {
      Count: hardware.cpu.count,
      Model: hardware.cpu.model,
      CoreCount: hardware.cpu.count * hardware.cpu.cores,
      LogicalProcessorCount: hardware.cpu.count * hardware.cpu.threads,
      Status: ok,
    },
    MemorySummary: { TotalSystemMemoryGiB: memoryGib, Status: ok },
    Bios: addBios({ view, paths, add, addCollection }),
    TrustedModules:
      hardware.tpmSerial === null
        ? []
        : [{ InterfaceType: "TPM2_0", FirmwareVersion: "15.21", Status: ok }],
    Processors: link(`${paths.system}/Processors`),
    Memory: link(`${paths.system}/Memory`),
    Storage: link(`${paths.system}/Storage`),
    EthernetInterfaces: link(`${paths.system}/EthernetInterfaces`),
    Links: { Chassis: [link(paths.chassis)], ManagedBy: [link(paths.manager)] },
    Actions: {
      "#ComputerSystem.Reset": {
        target: paths.reset,
        ...(flavour.resetTypesInActionInfo
          ? { "@Redfish.ActionInfo": resetInfo }
          : { "ResetType@Redfish.AllowableValues": flavour.resetTypes }),
      },
    },
  });
  if (flavour.resetTypesInActionInfo) {
    add(resetInfo, "ActionInfo.v1_1_2.ActionInfo", {
      Parameters: [
        {
          Name: "ResetType",
          Required: true,
          DataType: "String",
          AllowableValues: flavour.resetTypes,
        },
      ],
    });
  }
  // A GPU board comes before the host, as on some DGX systems: the first member is not the host.
  const others = flavour.gpuSystemId === null ? [] : [link(paths.gpuSystem)];
  addCollection(`${serviceRoot}/Systems`, "ComputerSystem", [...others, system]);
  addMemory({ view, paths, add, addCollection });
  addStorage({ view, paths, add, addCollection });

  addCollection(
    `${paths.system}/EthernetInterfaces`,
    "EthernetInterface",
    hardware.ports
      .filter((port) => port.mac !== null)
      .map((port) =>
        add(
          `${paths.system}/EthernetInterfaces/${port.index + 1}`,
          "EthernetInterface.v1_8_0.EthernetInterface",
          {
            EthernetInterfaceType: "Physical",
            MACAddress: port.mac?.toUpperCase(),
            PermanentMACAddress: port.mac?.toUpperCase(),
            SpeedMbps: port.speedGbps * 1_000,
            LinkStatus: power === "On" ? "LinkUp" : "LinkDown",
            InterfaceEnabled: true,
            Status: ok,
            Links: { Chassis: link(paths.chassis) },
          },
        ),
      ),
  );
  const cpus = Array.from({ length: hardware.cpu.count }, (_, index) =>
    add(`${paths.system}/Processors/CPU${index}`, "Processor.v1_18_0.Processor", {
      ProcessorType: "CPU",
      ProcessorArchitecture: "x86",
      InstructionSet: "x86-64",
      Socket: `CPU${index}`,
      Model: hardware.cpu.model,
      Manufacturer: hardware.cpu.model.startsWith("AMD") ? "AMD" : "Intel(R) Corporation",
      TotalCores: hardware.cpu.cores,
      TotalThreads: hardware.cpu.threads,
      Status: ok,
      Links: { Chassis: link(paths.chassis) },
    }),
  );
  const gpus = flavour.gpuSystemId === null ? view.gpus.map((gpu) => link(gpuPath(view, gpu))) : [];
  addCollection(`${paths.system}/Processors`, "Processor", [...cpus, ...gpus]);
}

/** AMI's reset has a parameter, told by an ActionInfo; the standard's has none. */
function addBios({ view, paths, add }: Builder): Document {
  const info = `${paths.bios}/ResetBiosActionInfo`;
  const { biosResetType, tpmClear } = view.flavour;
  if (biosResetType !== null) {
    add(info, "ActionInfo.v1_1_2.ActionInfo", {
      Parameters: [
        {
          Name: "ResetType",
          Required: true,
          DataType: "String",
          AllowableValues: [biosResetType],
        },
      ],
    });
  }
  const attributes = {
    HyperThreading: view.bios.isChanged ? "Disabled" : "Enabled",
    NetworkBoot: "Enabled",
    ...(tpmClear && { [tpmClear.attribute]: tpmClear.idle }),
  };
  if (tpmClear && paths.biosSettings) {
    add(paths.biosSettings, "Bios.v1_2_0.Bios", {
      Name: "Future BIOS Settings",
      Attributes: {
        ...attributes,
        ...(view.bios.isTpmClearPending && { [tpmClear.attribute]: tpmClear.value }),
      },
    });
  }
  return add(paths.bios, "Bios.v1_2_0.Bios", {
    Name: "BIOS Configuration",
    Attributes: attributes,
    ...(paths.biosSettings && {
      "@Redfish.Settings": {
        "@odata.type": "#Settings.v1_3_5.Settings",
        SettingsObject: link(paths.biosSettings),
      },
    }),
    ResetBiosToDefaultsPending: view.bios.isResetPending,
    Actions: {
      "#Bios.ResetBios": {
        target: paths.resetBios,
        ...(biosResetType === null ? {} : { "@Redfish.ActionInfo": info }),
      },
    },
  });
}

function addMemory({ view, paths, add, addCollection }: Builder): void {
  const { moduleMib, serials } = view.hardware.memory;
  addCollection(
    `${paths.system}/Memory`,
    "Memory",
    serials.map((serial, index) =>
      add(`${paths.system}/Memory/DIMM${index}`, "Memory.v1_17_0.Memory", {
        CapacityMiB: moduleMib,
        MemoryType: "DRAM",
        MemoryDeviceType: "DDR5",
        OperatingSpeedMhz: 4_800,
        DeviceLocator: `DIMM_${index}`,
        SerialNumber: serial,
        Manufacturer: "Micron",
        PartNumber: "MTC40F2046S1RC48BA1",
        ErrorCorrection: "MultiBitECC",
        Status: ok,
        Links: { Chassis: link(paths.chassis) },
      }),
    ),
  );
}

function addStorage({ view, paths, add, addCollection }: Builder): void {
  const storage = `${paths.system}/Storage/1`;
  const drives = view.hardware.drives.map((drive) =>
    add(`${storage}/Drives/Disk${drive.index}`, "Drive.v1_17_0.Drive", {
      Name: `Disk ${drive.index}`,
      Model: drive.model,
      SerialNumber: drive.serial,
      Manufacturer: drive.model.split(" ")[0],
      CapacityBytes: drive.sizeBytes,
      MediaType: "SSD",
      Protocol: drive.kind === "nvme" ? "NVMe" : "OEM",
      Status: ok,
      PhysicalLocation: { PartLocation: { ServiceLabel: `Slot ${drive.index}` } },
      Links: { Chassis: link(paths.chassis) },
    }),
  );
  addCollection(`${paths.system}/Storage`, "Storage", [
    add(storage, "Storage.v1_15_0.Storage", {
      Name: "Local Storage",
      Drives: drives,
      "Drives@odata.count": drives.length,
      Status: ok,
    }),
  ]);
}

function addGpus({ view, paths, add, addCollection }: Builder): void {
  const { flavour, hardware } = view;
  const model = hardware.gpuModel;
  const addNvlinks = (ports: string, count: number) =>
    addCollection(
      ports,
      "Port",
      Array.from({ length: count }, (_, index) =>
        add(`${ports}/NVLink_${index}`, "Port.v1_9_0.Port", {
          PortType: "BidirectionalPort",
          PortProtocol: "NVLink",
          LinkStatus: "LinkUp",
          Status: ok,
        }),
      ),
    );
  const gpus = view.gpus.map((gpu) => {
    const path = gpuPath(view, gpu);
    // The DGX tells a GPU's memory only through a Memory resource, others in its summary.
    const memory = `${paths.gpuSystem}/Memory/GPU_SXM_${gpu.index + 1}_DRAM_0`;
    return add(path, "Processor.v1_18_0.Processor", {
      ProcessorType: "GPU",
      Manufacturer: "NVIDIA",
      Model: model?.controllerName,
      SerialNumber: gpu.serial,
      UUID: gpu.uuid,
      FirmwareVersion: gpu.firmwareVersion,
      PartNumber: "2330-885-A1",
      MaxSpeedMHz: model?.maxClockMhz,
      Location: {
        PartLocation: { LocationType: "Slot", ServiceLabel: `SXM${gpu.index + 1}` },
      },
      SystemInterface: { InterfaceType: "PCIe", PCIe: { PCIeType: "Gen5", LanesInUse: 16 } },
      Status: ok,
      ...(hardware.nvlinkRack && {
        Oem: {
          Nvidia: {
            MNNVLinkTopology: {
              ChassisSerialNumber: hardware.nvlinkRack.serial,
              TraySlotNumber: hardware.nvlinkRack.slot + 1,
              TraySlotIndex: hardware.nvlinkRack.slot,
            },
          },
        },
      }),
      ...(flavour.gpuSystemId === null
        ? {
            MemorySummary: { TotalMemorySizeMiB: model?.memoryMib, ECCModeEnabled: true },
            Links: { Chassis: link(paths.chassis) },
          }
        : {
            MemorySummary: { ECCModeEnabled: true },
            Links: { Chassis: link(paths.chassis), Memory: [link(memory)] },
            Ports: addNvlinks(`${path}/Ports`, model?.nvlinks ?? 0),
          }),
    });
  });
  if (flavour.gpuSystemId === null) return;

  addCollection(`${paths.gpuSystem}/Processors`, "Processor", [
    add(`${paths.gpuSystem}/Processors/FPGA_0`, "Processor.v1_18_0.Processor", {
      ProcessorType: "FPGA",
      Manufacturer: "NVIDIA",
      Status: ok,
      Links: { Chassis: link(paths.chassis) },
    }),
    ...gpus,
  ]);
  addCollection(
    `${paths.gpuSystem}/Memory`,
    "Memory",
    view.gpus.map((gpu) =>
      add(`${paths.gpuSystem}/Memory/GPU_SXM_${gpu.index + 1}_DRAM_0`, "Memory.v1_17_0.Memory", {
        CapacityMiB: model?.memoryMib,
        MemoryType: "DRAM",
        MemoryDeviceType: "HBM",
        ErrorCorrection: "SingleBitECC",
        Status: ok,
        Links: { Chassis: link(paths.chassis), Processors: [link(gpuPath(view, gpu))] },
      }),
    ),
  );
  add(paths.gpuSystem, "ComputerSystem.v1_20_0.ComputerSystem", {
    SystemType: "Physical",
    Manufacturer: "NVIDIA",
    PowerState: view.power,
    Status: ok,
    Processors: link(`${paths.gpuSystem}/Processors`),
    Memory: link(`${paths.gpuSystem}/Memory`),
    Links: { Chassis: [link(paths.chassis)], ManagedBy: [link(paths.manager)] },
  });
}

function addChassis({ view, paths, add, addCollection }: Builder): void {
  const { hardware, flavour, power } = view;
  const adapters = `${paths.chassis}/NetworkAdapters`;
  addCollection(`${serviceRoot}/Chassis`, "Chassis", [
    add(paths.chassis, "Chassis.v1_23_0.Chassis", {
      ChassisType: "RackMount",
      Manufacturer: flavour.manufacturer,
      Model: hardware.model,
      SerialNumber: hardware.serial,
      PowerState: power,
      Status: ok,
      NetworkAdapters: link(adapters),
      Links: { ComputerSystems: [link(paths.system)], ManagedBy: [link(paths.manager)] },
    }),
  ]);
  addCollection(
    adapters,
    "NetworkAdapter",
    hardware.ports.map((port) => {
      const adapter = `${adapters}/NIC${port.index}`;
      const isInfiniband = port.kind === "infiniband";
      addCollection(`${adapter}/Ports`, "Port", [
        add(`${adapter}/Ports/0`, "Port.v1_9_0.Port", {
          PortId: "0",
          PortProtocol: isInfiniband ? "InfiniBand" : "Ethernet",
          LinkNetworkTechnology: isInfiniband ? "InfiniBand" : "Ethernet",
          CurrentSpeedGbps: power === "On" ? port.speedGbps : 0,
          MaxSpeedGbps: port.speedGbps,
          LinkStatus: power === "On" ? "LinkUp" : "LinkDown",
          ...(isInfiniband
            ? { InfiniBand: { AssociatedPortGUIDs: [port.guid] } }
            : { Ethernet: { AssociatedMACAddresses: [port.mac?.toUpperCase()] } }),
          Status: ok,
        }),
      ]);
      addCollection(`${adapter}/NetworkDeviceFunctions`, "NetworkDeviceFunction", [
        add(
          `${adapter}/NetworkDeviceFunctions/0`,
          "NetworkDeviceFunction.v1_9_0.NetworkDeviceFunction",
          {
            NetDevFuncType: isInfiniband ? "InfiniBand" : "Ethernet",
            ...(isInfiniband
              ? { InfiniBand: { PortGUID: port.guid, NodeGUID: port.guid } }
              : {
                  Ethernet: {
                    MACAddress: port.mac?.toUpperCase(),
                    PermanentMACAddress: port.mac?.toUpperCase(),
                  },
                }),
            Links: { PhysicalPortAssignment: link(`${adapter}/Ports/0`) },
            Status: ok,
          },
        ),
      ]);
      return add(adapter, "NetworkAdapter.v1_9_0.NetworkAdapter", {
        Manufacturer: "Mellanox Technologies",
        Model: port.model,
        SerialNumber: port.serial,
        PartNumber: "MCX75310AAS-NEAT",
        Controllers: [
          {
            FirmwarePackageVersion: "28.39.1002",
            Links: {
              Ports: [link(`${adapter}/Ports/0`)],
              NetworkDeviceFunctions: [link(`${adapter}/NetworkDeviceFunctions/0`)],
            },
          },
        ],
        Ports: link(`${adapter}/Ports`),
        NetworkDeviceFunctions: link(`${adapter}/NetworkDeviceFunctions`),
        Status: ok,
      });
    }),
  );
}

function addManager({ view, paths, add, addCollection }: Builder): void {
  addCollection(`${serviceRoot}/Managers`, "Manager", [
    add(paths.manager, "Manager.v1_19_0.Manager", {
      ManagerType: "BMC",
      Model: view.flavour.product,
      FirmwareVersion: view.hardware.controllerVersion,
      DateTime: `${new Date().toISOString().slice(0, 16)}:00Z`,
      PowerState: "On",
      Status: ok,
      EthernetInterfaces: link(`${paths.manager}/EthernetInterfaces`),
      NetworkProtocol: link(`${paths.manager}/NetworkProtocol`),
      ...(view.flavour.virtualMedia ? { VirtualMedia: link(paths.drives) } : {}),
      Links: {
        ManagerForServers: [link(paths.system)],
        ManagerForChassis: [link(paths.chassis)],
      },
    }),
  ]);
  addCollection(`${paths.manager}/EthernetInterfaces`, "EthernetInterface", [
    add(`${paths.manager}/EthernetInterfaces/1`, "EthernetInterface.v1_8_0.EthernetInterface", {
      HostName: view.name,
      // A neighbour of the host's own address, as vendors number them.
      MACAddress: bootMac(view.hardware).toUpperCase().replace(/^../, "5E"),
      IPv4Addresses: [{ Address: view.controllerHost, AddressOrigin: "Static" }],
      LinkStatus: "LinkUp",
      Status: ok,
    }),
  ]);
  add(`${paths.manager}/NetworkProtocol`, "ManagerNetworkProtocol.v1_9_0.ManagerNetworkProtocol", {
    HostName: view.name,
    HTTPS: { ProtocolEnabled: true, Port: 443 },
    IPMI: { ProtocolEnabled: false, Port: 623 },
    Status: ok,
  });
  if (view.flavour.virtualMedia) addDrives({ view, paths, add, addCollection });
}

function addDrives({ view: { medium }, paths, add, addCollection }: Builder): void {
  const drive = (id: string, types: string[], image: string | null, actions: Document) =>
    add(`${paths.drives}/${id}`, "VirtualMedia.v1_6_0.VirtualMedia", {
      MediaTypes: types,
      Image: image,
      ImageName: image?.split("/").at(-1) ?? null,
      Inserted: image !== null,
      WriteProtected: true,
      ConnectedVia: image === null ? "NotConnected" : "URI",
      Actions: actions,
    });
  addCollection(paths.drives, "VirtualMedia", [
    drive("Floppy", ["Floppy", "USBStick"], null, {}),
    drive("Cd", ["CD", "DVD"], medium, {
      "#VirtualMedia.InsertMedia": { target: paths.insertMedium },
      "#VirtualMedia.EjectMedia": { target: paths.ejectMedium },
    }),
  ]);
}

function addFirmware({ view, add, addCollection }: Builder): void {
  const inventory = `${serviceRoot}/UpdateService/FirmwareInventory`;
  const { hardware } = view;
  const versions: [id: string, name: string, version: string][] = [
    ["HostBIOS_0", "BIOS", hardware.biosVersion],
    ["HostBMC_0", "Controller", hardware.controllerVersion],
    ...view.gpus.map((gpu): [string, string, string] => [
      `HGX_FW_GPU_SXM_${gpu.index + 1}`,
      `GPU ${gpu.index + 1} VBIOS`,
      gpu.firmwareVersion,
    ]),
    ...hardware.ports.map((port): [string, string, string] => [
      `NIC_${port.index}`,
      port.model,
      "28.39.1002",
    ]),
  ];
  add(`${serviceRoot}/UpdateService`, "UpdateService.v1_13_0.UpdateService", {
    Name: "Update Service",
    ServiceEnabled: true,
    Status: ok,
    FirmwareInventory: link(inventory),
  });
  addCollection(
    inventory,
    "SoftwareInventory",
    versions.map(([id, name, version]) =>
      add(`${inventory}/${id}`, "SoftwareInventory.v1_10_0.SoftwareInventory", {
        Name: name,
        Version: version,
        Updateable: true,
        Status: ok,
      }),
    ),
  );
}

export function gpuPath(view: ControllerView, gpu: Gpu): string {
  const { gpuSystem } = pathsOf(view.flavour);
  const name = view.flavour.gpuSystemId === null ? "GPU" : "GPU_SXM_";
  return `${gpuSystem}/Processors/${name}${gpu.index + 1}`;
}

// `BootProgressTypes` of DMTF's ComputerSystem schema.
const bootProgressStates: Record<Phase, string> = {
  off: "None",
  "powering-on": "None",
  firmware: "SystemHardwareInitializationComplete",
  "network-boot": "OSBootStarted",
  "medium-boot": "OSBootStarted",
  "disk-boot": "OSBootStarted",
  installing: "OSBootStarted",
  sanitizing: "OSBootStarted",
  inspecting: "OSBootStarted",
  running: "OSRunning",
  live: "OSRunning",
  "virtual-machine": "OEM",
  "no-bootable-device": "SetupEntered",
  halted: "OSBootStarted",
  "shutting-down": "OSRunning",
  "powering-off": "None",
};

function bootProgress(phase: Phase): string {
  return bootProgressStates[phase];
}

export function link(path: string): Document {
  return { "@odata.id": path };
}
