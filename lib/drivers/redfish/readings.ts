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
  type Sensor,
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
 * those, and single sensors last, where they are missing: a DGX H100 tells its power by sensors alone.
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
  const lacks = (kind: Kind) => !readings.some((each) => each.kind === kind);
  const wanted = (["temperature", "power"] as const).filter(lacks);
  if (wanted.length > 0) {
    const before = reader.missed.length;
    readings.push(...(await sensorsOf(reader, holders, wanted)));
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
    path: body["@odata.id"],
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

type Kind = "temperature" | "power";

async function sensorsOf(
  reader: Reader,
  holders: readonly Chassis[],
  wanted: readonly Kind[],
): Promise<InventoryReading[]> {
  const found: InventoryReading[] = [];
  for (const { Sensors: path } of holders) {
    // Without expansion each sensor is a request, and power alone is not worth one.
    if (!reader.expands() && reader.left() < maxSensors) continue;
    const isInside = !wanted.includes("temperature");
    const listed = await reader.members(path, sensor, { ...optional, isInside });
    for (const { body } of listed.found) {
      const kind = kindOf(body);
      const { Reading: value, Status: status } = body;
      if (!kind || !wanted.includes(kind) || value === null || status.State === "Absent") continue;
      // As of `PowerControl`: 0 W is what those tell that do not measure.
      if (kind === "power" && value <= 0) continue;
      const isPower = kind === "power";
      found.push(
        reading(
          kind,
          body.Name ?? body.Id ?? (isPower ? "Power" : "Temperature"),
          value,
          isPower ? "W" : "°C",
          {
            criticalAt: body.Thresholds.UpperCritical.Reading,
            health: status.Health,
          },
        ),
      );
    }
  }
  return found;
}

/** By what it measures, or by its unit: firmware leaves out the one or the other. */
function kindOf({ ReadingType: type, ReadingUnits: unit }: Sensor): Kind | null {
  if (type === "Temperature" || /^c(el)?$/i.test(unit ?? "")) return "temperature";
  if (
    type === "Power" ? /^(w|watts?)?$/i.test(unit ?? "") : !type && /^w(atts?)?$/i.test(unit ?? "")
  ) {
    return "power";
  }
  return null;
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
