import type { InventoryPowerSupply, InventoryReading } from "#lib/domain/node/inventory";
import type { Reader } from "#lib/drivers/redfish/reader";
import {
  type Chassis,
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
): Promise<{ supplies: InventoryPowerSupply[]; readings: InventoryReading[] }> {
  const supplies: InventoryPowerSupply[] = [];
  const readings: InventoryReading[] = [];
  for (const holder of holders) {
    const told = await reader.find(holder.Power, power, optional);
    for (const { Name, PowerConsumedWatts: watts } of told?.PowerControl ?? []) {
      if (watts !== null && watts > 0) {
        readings.push(reading("power", Name ?? "Power", watts, "W"));
      }
    }
    const ofChassis = (told?.PowerSupplies ?? []).map(toSupply).filter((each) => each !== null);
    supplies.push(...(ofChassis.length > 0 ? ofChassis : await suppliesOf(reader, holder)));
    readings.push(...(await temperaturesAndFans(reader, holder)));
  }
  if (!readings.some(({ kind }) => kind === "temperature")) {
    readings.push(...(await sensorsOf(reader, holders)));
  }
  return { supplies, readings };
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
        value === null || Status.State === "Absent"
          ? []
          : [
              reading("fan", Name ?? FanName ?? "Fan", value, unit === "Percent" ? "%" : "rpm", {
                health: Status.Health,
              }),
            ],
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
      const value = rpm ?? percent;
      if (value === null || body.Status.State === "Absent") return [];
      return [
        reading("fan", body.Name ?? body.Id ?? "Fan", value, rpm === null ? "%" : "rpm", {
          health: body.Status.Health,
        }),
      ];
    }),
  ];
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
