import { join } from "node:path";
import { controllerHost, nodeHost, type Place } from "./addresses.ts";
import type { Boot, Phase, PhaseChange } from "./boot-journal.ts";
import { BootOverride, type BootSettings } from "./boot-override.ts";
import {
  type CertificateAuthor,
  type ControllerCertificate,
  readCertificate,
} from "./certificate.ts";
import { ControllerServer } from "./controller-server.ts";
import type { Installed } from "./deploy.ts";
import { Exporter } from "./exporter.ts";
import { Faults } from "./faults.ts";
import { type FlavourName, flavours } from "./flavours.ts";
import { bootMac, buildHardware, buildQemuHardware, type Hardware } from "./hardware.ts";
import { HostExporter } from "./host-exporter.ts";
import { type Machine, SimulatedMachine } from "./machine.ts";
import type { NodeGroup, RackSettings } from "./options.ts";
import type { PowerState } from "./power.ts";
import { QemuMachine, sshPort } from "./qemu-machine.ts";
import { digest, randomStream } from "./random.ts";
import { RedfishService } from "./redfish-service.ts";
import type { LoggedRequest, RequestCounts } from "./request-log.ts";
import { Sessions } from "./sessions.ts";
import type { NodeState } from "./state-file.ts";
import type { Timing } from "./timing.ts";
import { VirtualDrive } from "./virtual-drive.ts";

/** What an operator needs to enrol a node, and a test to check what was enrolled. */
export type NodeIdentity = {
  name: string;
  machine: "simulated" | "qemu";
  flavour: FlavourName;
  /** `host:port` of the Redfish service. */
  controllerAddress: string;
  username: string;
  /** The one that it takes now: it is changed after each release. */
  password: string;
  /** The node's own address: it phones home from there, and its exporter is there. */
  address: string;
  /** `host:port` that leads to a qemu machine's port 22 while it is on; null for others. */
  sshAddress: string | null;
  /** Of the port it boots from; lower case, colon separated. */
  mac: string;
  serial: string;
  uuid: string;
  gpus: number;
  /** GUIDs of its InfiniBand ports, in the order of their slots; 16 hexadecimal digits. */
  infinibandGuids: string[];
  /** What the controller presents while nothing is wrong with it. */
  certificate: ControllerCertificate;
};

/** A node as the control endpoint tells it. */
export type NodeReport = NodeIdentity & {
  power: PowerState;
  phase: Phase;
  faults: string[];
  boot: Readonly<BootSettings>;
  /** The address of what is in the CD drive that its controller emulates. */
  medium: string | null;
  installed: Installed | null;
  boots: readonly Boot[];
  phases: readonly PhaseChange[];
  requests: RequestCounts & {
    openSessions: number;
    failedLogins: number;
    log: readonly LoggedRequest[];
  };
  exporter: { open: boolean; scrapes: number };
  /** The password as it is now, and the tokens of all sessions that there were. */
  secrets: { password: string; sessionTokens: readonly string[] };
  /** The files that are a qemu machine's drives. */
  diskPaths: string[];
};

/** What all nodes of a rack share. */
export type RackContext = {
  settings: RackSettings;
  directory: string;
  author: CertificateAuthor;
  timing: () => Timing;
  pxeOrigin: () => string | null;
  onChange: () => void;
};

/** One node: a controller, a machine, and an exporter while the machine's system is up. */
export class RackNode {
  readonly identity: NodeIdentity;
  readonly #context: RackContext;
  readonly #hardware: Hardware;
  readonly #override: BootOverride;
  readonly #drive: VirtualDrive;
  readonly #faults = new Faults();
  readonly #machine: Machine;
  readonly #service: RedfishService;
  readonly #server: ControllerServer;
  readonly #exporter: Exporter;
  readonly #hostExporter: HostExporter;
  #replacement: ControllerCertificate | null;

  private constructor(input: {
    context: RackContext;
    group: NodeGroup;
    name: string;
    place: Place;
    certificate: ControllerCertificate;
    state: NodeState | undefined;
  }) {
    const { context, group, name, place, certificate, state } = input;
    const { settings } = context;
    const isQemu = group.machine === "qemu";
    const isUefi = group.firmware === "uefi";
    const flavourName = isQemu ? (isUefi ? "plain" : "pxe-only") : group.flavour;
    const host = controllerHost(settings.network, place);
    const address = nodeHost(settings.network, place);
    const seed = settings.seed;

    this.#context = context;
    this.#replacement = state?.replacementPem ? readCertificate(state.replacementPem) : null;
    this.#override = new BootOverride(state?.boot);
    this.#drive = new VirtualDrive(host);
    this.#hardware = isQemu
      ? buildQemuHardware({
          seed,
          name,
          memoryMib: group.memoryMib,
          diskBytes: group.diskMib * 2 ** 20,
          nvmeBytes: group.nvmeMib * 2 ** 20,
        })
      : buildHardware({
          ...{ seed, name, gpus: group.gpus, gpuModel: group.gpuModel },
          nvlinkRack: group.nvlinkRack,
        });
    const hardware = this.#hardware;
    const onChange = () => this.#changed();
    this.#machine = isQemu
      ? new QemuMachine({
          name,
          address,
          directory: join(context.directory, "machines"),
          firmware: group.firmware,
          hardware,
          override: this.#override,
          pxeUrl: () => this.#pxeUrl(),
          onChange,
        })
      : new SimulatedMachine(
          {
            hardware,
            address,
            override: this.#override,
            drive: this.#drive,
            faults: this.#faults,
            timing: context.timing,
            pxeUrl: () => this.#pxeUrl(),
            onChange,
          },
          state,
        );
    this.#exporter = new Exporter({
      host: address,
      port: settings.exporterPort,
      seed: `${seed} ${name}`,
      hardware,
      faults: this.#faults,
      workload: group.workload,
      naming: group.dcgmNaming,
      migGpus: group.migGpus,
      nvswitches: group.nvswitches,
    });
    this.#hostExporter = new HostExporter({
      host: address,
      port: settings.nodeExporterPort,
      seed: `${seed} ${name}`,
      hardware,
      workload: group.workload,
    });
    const sessions = new Sessions({
      username: "admin",
      password: state?.password ?? passwordOf(seed, name),
      limit: settings.sessionLimit,
      lockout: settings.lockout,
    });
    this.identity = {
      name,
      machine: group.machine,
      flavour: flavourName,
      controllerAddress: `${host}:${settings.controllerPort}`,
      username: sessions.username,
      get password() {
        return sessions.password;
      },
      address,
      sshAddress: isQemu ? `${address}:${sshPort}` : null,
      mac: bootMac(hardware),
      serial: hardware.serial,
      uuid: hardware.uuid,
      gpus: hardware.gpus.length,
      infinibandGuids: hardware.ports.flatMap(({ guid }) => guid?.replace(/^0x/, "") ?? []),
      certificate,
    };
    this.#service = new RedfishService({
      name,
      host,
      flavour: flavours[flavourName],
      hardware,
      machine: this.#machine,
      override: this.#override,
      drive: this.#drive,
      faults: this.#faults,
      sessions,
      random: randomStream(`${seed} ${name} awkward`),
      awkwardShare: settings.awkwardShare,
      onChange,
    });
    this.#server = new ControllerServer({
      host,
      port: settings.controllerPort,
      keyPem: context.author.keyPem,
      certificate,
      handle: (request, response) => this.#service.handle(request, response),
    });
  }

  /** Starts a node's services; the machine is off, or as the state of an earlier run says. */
  static async open(input: {
    context: RackContext;
    group: NodeGroup;
    name: string;
    place: Place;
    state: NodeState | undefined;
  }): Promise<RackNode> {
    const { context, name, place, state } = input;
    const host = controllerHost(context.settings.network, place);
    const certificate = state
      ? readCertificate(state.certificatePem)
      : await context.author.issue(name, host);
    const node = new RackNode({ ...input, certificate });
    await node.setFaults(input.group.faults);
    return node;
  }

  /** Sets what is wrong with the node from now on. Throws a RangeError for an unknown fault. */
  async setFaults(faults: readonly string[]): Promise<void> {
    this.#faults.replace(faults);
    if (this.#faults.has("bmc-locked") || this.#faults.has("sessions-full")) {
      this.#service.sessions.endAll();
    }
    if (this.#faults.has("certificate-changed") && this.#replacement === null) {
      const [host = ""] = this.identity.controllerAddress.split(":");
      this.#replacement = await this.#context.author.issue(this.identity.name, host);
    }
    await this.#server.set({
      open: !this.#faults.has("bmc-unreachable"),
      certificate: this.#presented(),
    });
    await this.#followSystem();
    this.#context.onChange();
  }

  report(): NodeReport {
    const { journal, power, installed } = this.#machine;
    return {
      ...this.identity,
      power,
      phase: journal.phase,
      faults: this.#faults.list(),
      boot: this.#override.settings,
      medium: this.#drive.medium,
      installed,
      boots: journal.boots,
      phases: journal.phases,
      requests: {
        ...this.#service.log.counts,
        openSessions: this.#service.sessions.list().length,
        failedLogins: this.#service.sessions.failedLogins,
        log: this.#service.log.entries,
      },
      exporter: { open: this.#exporter.isOpen, scrapes: this.#exporter.scrapes },
      secrets: {
        password: this.#service.sessions.password,
        sessionTokens: this.#service.sessions.tokens,
      },
      diskPaths: this.#machine instanceof QemuMachine ? this.#machine.diskPaths : [],
    };
  }

  /** A qemu machine's serial console; null for a node that has none. */
  console(): string | null {
    return this.#machine instanceof QemuMachine ? this.#machine.console() : null;
  }

  state(): NodeState {
    return {
      certificatePem: this.identity.certificate.pem,
      replacementPem: this.#replacement?.pem ?? null,
      power: this.#machine.power,
      phase: this.#machine.journal.phase,
      installed: this.#machine.installed,
      boot: { ...this.#override.settings },
      password: this.#service.sessions.password,
    };
  }

  async close(): Promise<void> {
    await this.#server.close();
    await this.#machine.close();
    await this.#exporter.close();
    await this.#hostExporter.close();
  }

  #presented(): ControllerCertificate {
    const isChanged = this.#faults.has("certificate-changed");
    return isChanged && this.#replacement !== null ? this.#replacement : this.identity.certificate;
  }

  #changed(): void {
    // A port that cannot be had is a broken rack: the rejection is not caught and ends the program.
    void this.#followSystem();
    this.#context.onChange();
  }

  async #followSystem(): Promise<void> {
    const { journal, installed } = this.#machine;
    const isUp = journal.phase === "running" && installed !== null;
    await this.#exporter.follow(isUp ? installed.hostname : null);
    // A qemu machine is a real one: what runs in it is its own.
    await this.#hostExporter.follow(isUp && this.identity.machine === "simulated");
  }

  // What the site's DHCP names as boot file. Behind qemu's own network the host is 10.0.2.2.
  #pxeUrl(): string | null {
    const origin = this.#context.pxeOrigin();
    if (origin === null) return null;
    const url = new URL(`/pxe/${bootMac(this.#hardware).replaceAll(":", "-")}/boot.ipxe`, origin);
    const isLoopback = url.hostname === "localhost" || url.hostname.startsWith("127.");
    if (this.identity.machine === "qemu" && isLoopback) url.hostname = "10.0.2.2";
    return url.href;
  }
}

/** A controller's password, the same on every start of a rack with that seed. */
export function passwordOf(seed: string, name: string): string {
  return digest(seed, name, "password").toString("base64url", 0, 12);
}
