import type { InventoryPowerSupply, InventoryReading } from "#lib/domain/node/inventory";
import type { Reader } from "#lib/drivers/redfish/reader";
import {
  type Chassis,
  type Fan,
  fan,
  type PowerSupply,
  power,
  powerSubsystem,
  powerSupply,
  sensor,
  thermal,
  thermalMetrics,
  thermalSubsystem,
} from "#lib/drivers/redfish/resource-schemas";
import type { Sensors } from "#lib/ports/controller";

const optional = { busyIsUnread: true } as const;

/**
 * Sensors that are read one by one where nothing tells them together. A DGX H100 has 503; a
 * temperature is not worth a request when a hundred come in one.
 */
const maxSensors = 30;

/**
 * What is measured in a chassis now: temperatures, fans, power. `Thermal` and `Power` tell all in
 * one answer each and are asked first, although newer resources replaced them (DSP2046 2020.4);
 * those, and single sensors last, where they are missing.
 */
export async function readPowerAndReadings(
  reader: Reader,
  holders: readonly Chassis[],
): Promise<Sensors> {
  const supplies: InventoryPowerSupply[] = [];
  const readings: InventoryReading[] = [];
  const unread = { supplies: false, readings: false };
  for (const holder of holders) {
    const before = reader.missed.length;
    const told = await reader.find(holder.Power, power, optional);
    for (const { Name, PowerConsumedWatts: watts } of told?.PowerControl ?? []) {
      if (watts !== null && watts > 0) {
        readings.push(reading("power", Name ?? "Power", watts, "W"));
      }
    }
    const ofChassis = (told?.PowerSupplies ?? []).map(toSupply).filter((each) => each !== null);
    supplies.push(...(ofChassis.length > 0 ? ofChassis : await suppliesOf(reader, holder)));
    const between = reader.missed.length;
    readings.push(...(await temperaturesAndFans(reader, holder)));
    unread.supplies ||= between > before;
    unread.readings ||= reader.missed.length > between;
  }
  if (!readings.some(({ kind }) => kind === "temperature")) {
    const before = reader.missed.length;
    readings.push(...(await sensorsOf(reader, holders)));
    unread.readings ||= reader.missed.length > before;
  }
  return { supplies, readings, unread };
}

async function suppliesOf(reader: Reader, holder: Chassis): Promise<InventoryPowerSupply[]> {
  const subsystem = await reader.find(holder.PowerSubsystem, powerSubsystem, optional);
  const listed = await reader.members(subsystem?.PowerSupplies ?? null, powerSupply, optional);
  return listed.found.map(({ body }) => toSupply(body)).filter((each) => each !== null);
}

function toSupply(body: PowerSupply): InventoryPowerSupply | null {
  if (body.Status.State === "Absent") return null;
  return {
    slot: body.Id ?? body.MemberId ?? body.Name ?? "PSU",
    model: body.Model,
    serial: body.SerialNumber,
    partNumber: body.PartNumber,
    firmwareVersion: body.FirmwareVersion,
    capacityWatts: body.PowerCapacityWatts,
    health: body.Status.Health,
  };
}

async function temperaturesAndFans(reader: Reader, holder: Chassis): Promise<InventoryReading[]> {
  const told = await reader.find(holder.Thermal, thermal, optional);
  if (told && told.Temperatures.length + told.Fans.length > 0) {
    return [
      ...told.Temperatures.flatMap(({ Name, ReadingCelsius: value, Status, ...rest }) =>
        value === null || Status.State === "Absent"
          ? []
          : [
              reading("temperature", Name ?? "Temperature", value, "°C", {
                criticalAt: rest.UpperThresholdCritical,
                health: Status.Health,
              }),
            ],
      ),
      ...told.Fans.flatMap(({ Name, FanName, Reading: value, ReadingUnits: unit, Status }) =>
        fanReading(Name ?? FanName, value, unit === "Percent" ? "%" : "rpm", Status),
      ),
    ];
  }
  const subsystem = await reader.find(holder.ThermalSubsystem, thermalSubsystem, optional);
  const metrics = await reader.find(subsystem?.ThermalMetrics ?? null, thermalMetrics, optional);
  const fans = await reader.members(subsystem?.Fans ?? null, fan, optional);
  return [
    ...(metrics?.TemperatureReadingsCelsius ?? []).flatMap((each) =>
      each.Reading === null
        ? []
        : [
            reading(
              "temperature",
              each.DeviceName ?? each.PhysicalContext ?? "Temperature",
              each.Reading,
              "°C",
            ),
          ],
    ),
    ...fans.found.flatMap(({ body }) => {
      const { Reading: percent, SpeedRPM: rpm } = body.SpeedPercent;
      return fanReading(
        body.Name ?? body.Id,
        rpm ?? percent,
        rpm === null ? "%" : "rpm",
        body.Status,
      );
    }),
  ];
}

/** A fan that has failed may tell no speed any more: it stands. */
function fanReading(
  name: string | null,
  speed: number | null,
  unit: "%" | "rpm",
  { State, Health }: Fan["Status"],
): InventoryReading[] {
  const isCritical = Health?.toLowerCase() === "critical";
  if (State === "Absent" || (speed === null && !isCritical)) return [];
  return [reading("fan", name ?? "Fan", speed ?? 0, unit, { health: Health })];
}

async function sensorsOf(reader: Reader, holders: readonly Chassis[]): Promise<InventoryReading[]> {
  const found: InventoryReading[] = [];
  for (const { Sensors: path } of holders) {
    // Without expansion each sensor is a request.
    if (!reader.expands() && reader.left() < maxSensors) continue;
    const listed = await reader.members(path, sensor, optional);
    for (const { body } of listed.found) {
      const isTemperature =
        body.ReadingType === "Temperature" || /^c(el)?$/i.test(body.ReadingUnits ?? "");
      if (!isTemperature || body.Reading === null || body.Status.State === "Absent") continue;
      found.push(
        reading("temperature", body.Name ?? body.Id ?? "Temperature", body.Reading, "°C", {
          criticalAt: body.Thresholds.UpperCritical.Reading,
          health: body.Status.Health,
        }),
      );
    }
  }
  return found;
}

function reading(
  kind: InventoryReading["kind"],
  name: string,
  value: number,
  unit: InventoryReading["unit"],
  more: { criticalAt?: number | null; health?: string | null } = {},
): InventoryReading {
  const { criticalAt = null, health = null } = more;
  return { kind, name, value, unit, criticalAt, health };
}
