import { type ChildProcess, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { existsSync, readFileSync } from "node:fs";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { plainEnvironment } from "#e2e/judges/python";

/** A machine behind `ipmi_sim`, the BMC of the OpenIPMI project. */
export type IpmiMachine = {
  /** `host:port`, over UDP. */
  address: string;
  username: string;
  password: string;
  serial: string;
  guid: string;
  /** Whether the process that stands for the machine is there. */
  isRunning: () => boolean;
  /** What the controller told the chassis to do, in order: `power 1`, `boot pxe`. */
  orders: () => Promise<string[]>;
  close: () => Promise<void>;
};

/**
 * Starts a controller whose chassis is a process: turning the power on starts it, turning it off
 * kills it. It knows cipher suite 3 and not 17, as many older controllers.
 */
export async function startIpmiMachine(
  host: string,
  serial: string,
  guid = Buffer.from(serial.padEnd(16, "x").slice(0, 16)).toString("hex"),
): Promise<IpmiMachine> {
  const directory = await mkdtemp(path.join(tmpdir(), "ingot-ipmi-"));
  const at = (name: string) => path.join(directory, name);
  const port = await freeUdpPort(host);
  const username = "operator";
  const password = `Pw-${serial}-long`.slice(0, 16);
  await writeFile(at("chassis.sh"), chassis(directory));
  await chmod(at("chassis.sh"), 0o755);
  await writeFile(
    at("lan.conf"),
    `name "bmc"
set_working_mc 0x20
  startlan 1
    addr ${host} ${port}
    priv_limit admin
    allowed_auths_callback none md2 md5 straight
    allowed_auths_user none md2 md5 straight
    allowed_auths_operator none md2 md5 straight
    allowed_auths_admin none md2 md5 straight
    guid ${guid}
  endlan
  chassis_control "${at("chassis.sh")} 0x20"
  user 1 true "" "none" user 10 none md2 md5 straight
  user 2 true "${username}" "${password}" admin 10 none md2 md5 straight
`,
  );
  const unit = [...replaceableUnit(serial)].map((byte) => `0x${byte.toString(16)}`);
  await writeFile(
    at("emulation"),
    `mc_setbmc 0x20
mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 persist_sdr
${sensors()}
mc_enable 0x20
mc_add_fru_data 0x20 0 ${unit.length} data ${unit.join(" ")}
`,
  );
  const simulator = spawn(
    "/usr/bin/ipmi_sim",
    ["-c", at("lan.conf"), "-f", at("emulation"), "-s", at("state"), "-n"],
    // It ends when its input does, so that stays open.
    { env: plainEnvironment, stdio: ["pipe", "ignore", "ignore"], cwd: directory },
  );
  const pid = () => (existsSync(at("pid")) ? Number(readFileSync(at("pid"), "utf8")) : null);
  const isRunning = () => {
    const running = pid();
    try {
      return running !== null && process.kill(running, 0);
    } catch {
      return false;
    }
  };
  return {
    address: `${host}:${port}`,
    username,
    password,
    serial,
    guid,
    isRunning,
    orders: async () =>
      (await readFile(at("orders"), "utf8").catch(() => "")).split("\n").filter(Boolean),
    async close() {
      await ended(simulator);
      const running = pid();
      if (running !== null && isRunning()) process.kill(running, "SIGKILL");
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** What `ipmi_sim` calls: `chassis.sh 0x20 get power` and `chassis.sh 0x20 set power 1 boot pxe`. */
function chassis(directory: string): string {
  return `#!/bin/sh
cd '${directory}' || exit 1
is_on() { [ -f pid ] && kill -0 "$(cat pid)" 2>/dev/null; }
shift
verb=$1
shift
while [ $# -gt 0 ]; do
  if [ "$verb" = get ]; then
    case $1 in
      power) if is_on; then echo power:1; else echo power:0; fi ;;
      boot) echo "boot:$(cat boot 2>/dev/null || echo none)" ;;
      *) echo "$1:0" ;;
    esac
    shift
  else
    echo "$1 $2" >> orders
    case "$1 $2" in
      "power 1") is_on || { sleep 100000 < /dev/null > /dev/null 2>&1 & echo $! > pid; } ;;
      "power 0") is_on && { kill -9 "$(cat pid)"; rm -f pid; } ;;
      "shutdown 1") is_on && { kill "$(cat pid)"; rm -f pid; } ;;
      "reset 1") is_on && { kill -9 "$(cat pid)"; sleep 100000 < /dev/null > /dev/null 2>&1 & echo $! > pid; } ;;
      "boot "*) echo "$2" > boot ;;
    esac
    shift 2
  fi
done
exit 0
`;
}

/** An inlet beyond its critical limit of 45 °C, a fan, and two supplies, the first of which has failed. */
function sensors(): string {
  const id = (name: string) => [0xc0 | name.length, ...Buffer.from(name, "ascii")];
  // Full and compact sensor records (IPMI 2.0, 43.1 and 43.2), from the owner's address on.
  const full = (number: number, type: number, unit: number, name: string, critical: number) => [
    ...[0x20, 0, number, 7, 1, 0x7f, 0x68, type, 1, 0x80, 0x0a, 0x80, 0x0a, 0x3f, 0x3f],
    ...[0, unit, 0, 0, unit === rpm ? 60 : 1, 0, 0, 0, 0, 0, 0, 50, 60, 10, 127, 0],
    ...[255, critical, critical - 5, 0, 0, 0, 1, 1, 0, 0, 0, ...id(name)],
  ];
  const compact = (number: number, instance: number, name: string) => [
    ...[0x20, 0, number, 10, instance, 0x67, 0x40, 8, 0x6f, 0x0f, 0, 0x0f, 0, 0x0f, 0],
    ...[0xc0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, ...id(name)],
  ];
  const add = (kind: number, record: number[]) =>
    `main_sdr_add 0x20 0 0 0x51 ${kind} ${record.length} ${record.join(" ")}`;
  return [
    add(1, full(1, 1, celsius, "Inlet, rear", 45)),
    "sensor_add 0x20 0 1 1 1",
    "sensor_set_value 0x20 0 1 48 0",
    add(1, full(2, 4, rpm, "Fan1", 200)),
    "sensor_add 0x20 0 2 4 1",
    "sensor_set_value 0x20 0 2 80 0",
    add(2, compact(3, 1, "PS1 Status")),
    "sensor_add 0x20 0 3 8 0x6f",
    "sensor_set_bit 0x20 0 3 0 1 0",
    "sensor_set_bit 0x20 0 3 1 1 0",
    add(2, compact(4, 2, "PS2 Status")),
    "sensor_add 0x20 0 4 8 0x6f",
    "sensor_set_bit 0x20 0 4 0 1 0",
  ].join("\n");
}

/** Units of sensors (IPMI 2.0, table 43-15). */
const celsius = 1;
const rpm = 18;

/** A FRU's common header and product area (IPMI Platform Management FRU 1.3, 8 and 12). */
function replaceableUnit(serial: string): Buffer {
  const text = (value: string) =>
    Buffer.concat([Buffer.from([0xc0 | value.length]), Buffer.from(value, "ascii")]);
  const fields = ["Contoso", "Sledge 2U", "PN-7", "1", serial, "", ""].map(text);
  const body = Buffer.concat([Buffer.from([1, 0, 25]), ...fields, Buffer.from([0xc1])]);
  const length = Math.ceil((body.length + 1) / 8) * 8;
  const area = Buffer.concat([body, Buffer.alloc(length - body.length)]);
  area[1] = length / 8;
  area[length - 1] = checksum(area);
  const header = Buffer.from([1, 0, 0, 0, 1, 0, 0, 0]);
  header[7] = checksum(header);
  return Buffer.concat([header, area]);
}

function checksum(bytes: Buffer): number {
  return -bytes.reduce((sum, byte) => sum + byte, 0) & 0xff;
}

async function freeUdpPort(host: string): Promise<number> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, host, resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return port;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await exit;
}
