import {
  type Builder,
  builderOf,
  type ControllerView,
  type Document,
  gpuPath,
  link,
  ok,
  resourcesOf,
} from "./resources.ts";

/**
 * Every resource of a controller, with what it tells beside its parts: temperatures, fans, power
 * supplies, its event log, Secure Boot, PCIe devices and NVLink ports.
 */
export function allResourcesOf(view: ControllerView): Map<string, Document> {
  const resources = resourcesOf(view);
  const builder = builderOf(view, resources);
  const { paths } = builder;
  const extend = (path: string, more: Document) => {
    resources.set(path, { ...resources.get(path), ...more });
  };
  extend(paths.system, {
    SecureBoot: addSecureBoot(builder),
    LogServices: addLog(builder),
  });
  extend(paths.chassis, {
    Thermal: addThermal(builder),
    Power: addPower(builder),
    PCIeDevices: addPcieDevices(builder, extend),
  });
  return resources;
}

function addSecureBoot({ paths, add }: Builder): Document {
  return add(`${paths.system}/SecureBoot`, "SecureBoot.v1_1_0.SecureBoot", {
    SecureBootEnable: false,
    SecureBootCurrentBoot: "Disabled",
    SecureBootMode: "UserMode",
  });
}

const broken = { Health: "Critical", State: "Enabled" };

/** A log whose entries come with their collection, which the standard allows for logs. */
function addLog({ view, paths, add, addCollection }: Builder): Document {
  const services = `${paths.system}/LogServices`;
  const entries = `${services}/SEL/Entries`;
  const entry = (id: number, created: string, message: string, severity = "OK"): Document => ({
    "@odata.id": `${entries}/${id}`,
    "@odata.type": "#LogEntry.v1_15_0.LogEntry",
    Id: String(id),
    Name: `Log Entry ${id}`,
    EntryType: "SEL",
    Severity: severity,
    Created: created,
    Message: message,
  });
  const said = [
    entry(1, "2026-01-05T08:00:00Z", "The event log was cleared."),
    ...view.tasks.map((task, index) =>
      entry(index + 2, task.startedAt, `${task.name} was ordered.`),
    ),
    ...view.criticals.map((created, index) =>
      entry(
        view.tasks.length + index + 2,
        created,
        `Power Supply 0 failure detected, ${index + 1}.`,
        "Critical",
      ),
    ),
  ];
  for (const { "@odata.id": path, "@odata.type": _, ...body } of said) {
    add(String(path), "LogEntry.v1_15_0.LogEntry", body);
  }
  addCollection(entries, "LogEntry", said);
  return addCollection(services, "LogService", [
    add(`${services}/SEL`, "LogService.v1_4_0.LogService", {
      LogEntryType: "SEL",
      ServiceEnabled: true,
      MaxNumberOfRecords: 1_000,
      Status: ok,
      Entries: link(entries),
    }),
  ]);
}

function addThermal({ view, paths, add }: Builder): Document {
  const path = `${paths.chassis}/Thermal`;
  const isOn = view.power === "On";
  const sensors: [name: string, celsius: number, criticalAt: number][] = [
    ["Inlet", view.ails.inlet ? 48 : 23, 45],
    ...(isOn ? [...Array(view.hardware.cpu.count).keys()] : []).map(
      (index): [string, number, number] => [`CPU${index}`, 48 + index, 98],
    ),
    ...(isOn ? view.gpus : []).map((gpu): [string, number, number] => [
      `GPU${gpu.index + 1}`,
      34 + (gpu.index % 4),
      92,
    ]),
  ];
  return add(path, "Thermal.v1_7_1.Thermal", {
    Temperatures: sensors.map(([name, celsius, criticalAt], index) => ({
      "@odata.id": `${path}#/Temperatures/${index}`,
      MemberId: String(index),
      Name: name,
      ReadingCelsius: celsius,
      UpperThresholdCritical: criticalAt,
      Status: ok,
    })),
    Fans: [0, 1, 2, 3].map((index) => ({
      "@odata.id": `${path}#/Fans/${index}`,
      MemberId: String(index),
      Name: `Fan ${index + 1}`,
      Reading: isOn && !(view.ails.fan && index === 0) ? 5_400 + index * 60 : 0,
      ReadingUnits: "RPM",
      Status: view.ails.fan && index === 0 ? broken : ok,
    })),
  });
}

function addPower({ view, paths, add }: Builder): Document {
  const path = `${paths.chassis}/Power`;
  const supplies = view.hardware.gpus.length > 0 ? 6 : 2;
  return add(path, "Power.v1_7_1.Power", {
    PowerControl: [
      {
        "@odata.id": `${path}#/PowerControl/0`,
        MemberId: "0",
        Name: "System Power Control",
        PowerConsumedWatts: view.power === "On" ? 900 + view.gpus.length * 70 : 45,
      },
    ],
    PowerSupplies: Array.from({ length: supplies }, (_, index) => ({
      "@odata.id": `${path}#/PowerSupplies/${index}`,
      MemberId: String(index),
      Name: `PSU${index}`,
      Manufacturer: "Delta",
      Model: "ECD16020137",
      SerialNumber: `DT${view.hardware.serial.slice(-8)}${index}`,
      FirmwareVersion: "2.2-2.1-2.4",
      PowerCapacityWatts: 3_300,
      Status: view.ails.supply && index === 0 ? broken : ok,
    })),
  });
}

function addPcieDevices(
  builder: Builder,
  extend: (path: string, more: Document) => void,
): Document {
  const { view, paths, add, addCollection } = builder;
  const devices = `${paths.chassis}/PCIeDevices`;
  return addCollection(
    devices,
    "PCIeDevice",
    view.gpus.map((gpu) => {
      const path = `${devices}/GPU${gpu.index + 1}`;
      const aFunction = add(`${path}/PCIeFunctions/0`, "PCIeFunction.v1_5_0.PCIeFunction", {
        FunctionId: 0,
        FunctionType: "Physical",
        DeviceClass: "DisplayController",
        ClassCode: "0x030200",
        VendorId: "0x10de",
        DeviceId: "0x2330",
        Status: ok,
        Links: { PCIeDevice: link(path) },
      });
      const links = view.hardware.gpuModel?.nvlinkBytesPerSecond ? 18 : 0;
      if (links > 0) {
        const ports = `${gpuPath(view, gpu)}/Ports`;
        extend(gpuPath(view, gpu), { Ports: link(ports) });
        addCollection(
          ports,
          "Port",
          Array.from({ length: links }, (_, index) =>
            add(`${ports}/NVLink_${index}`, "Port.v1_9_0.Port", {
              PortProtocol: "NVLink",
              PortType: "BidirectionalPort",
              LinkStatus: view.power === "On" ? "LinkUp" : "LinkDown",
              Status: ok,
            }),
          ),
        );
      }
      return add(path, "PCIeDevice.v1_9_0.PCIeDevice", {
        Manufacturer: "NVIDIA",
        Model: view.hardware.gpuModel?.name,
        SerialNumber: gpu.serial,
        DeviceType: "SingleFunction",
        PCIeInterface: { PCIeType: "Gen5", LanesInUse: 16 },
        Slot: { Location: { PartLocation: { ServiceLabel: `SXM${gpu.index + 1}` } } },
        Status: ok,
        Links: { PCIeFunctions: [aFunction], Chassis: [link(paths.chassis)] },
      });
    }),
  );
}
