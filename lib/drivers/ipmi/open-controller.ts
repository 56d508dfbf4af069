import { failureOf, isUnknownSuite } from "#lib/drivers/ipmi/failure";
import { bootDeviceOf, factOf, fieldsOf, powerOf, sensorsOf } from "#lib/drivers/ipmi/read-output";
import {
  type CipherSuite,
  cipherSuites,
  type Destination,
  defaultLimits,
  Failed,
  type Limits,
  type Output,
  runIpmitool,
} from "#lib/drivers/ipmi/run-ipmitool";
import {
  ControllerError,
  type OpenUnpinnedController,
  type PowerOrder,
} from "#lib/ports/controller";

export type IpmiOptions = {
  /** Checks an address and says where to connect; throws `ControllerError` when it is not allowed. */
  destination: (address: string) => Promise<Destination>;
  limits?: Partial<Limits>;
};

type Command = Pick<Parameters<typeof runIpmitool>[0], "args" | "flags" | "limits">;

const orders = {
  on: "on",
  force_off: "off",
  graceful_off: "soft",
  force_restart: "reset",
} as const satisfies Record<PowerOrder, string>;

/**
 * The driver for controllers without usable Redfish: IPMI 2.0 over RMCP+, through `ipmitool`. It
 * knows power, the next boot device and who the controller is; of what the node is made of it knows
 * what the field-replaceable units say, and no more.
 *
 * A refused sign-in is never tried again, because controllers lock accounts. One command runs at a
 * time: many controllers hold four sessions.
 */
export function ipmiDriver(options: IpmiOptions): OpenUnpinnedController {
  const limits: Limits = { ...defaultLimits, ...options.limits };

  return ({ address, credential, record, signal }) => {
    let refused: ControllerError | null = null;
    let suite: CipherSuite | null = null;
    let isClosed = false;
    let last: Promise<unknown> = Promise.resolve();

    const ask = (...args: string[]) => askInTurn({ args, limits });

    /** With `-v`, the sensors come in lines only when they are asked for with commas. */
    const askForSensors = () =>
      askInTurn({
        args: ["sdr", "elist", "all"],
        flags: ["-c"],
        limits: {
          ...limits,
          commandTimeoutMs: limits.sensorsTimeoutMs,
          maxOutputBytes: limits.maxSensorsBytes,
        },
      });

    /** Runs a command after those before it, and gives what it printed. Throws `ControllerError`. */
    function askInTurn(command: Command): Promise<string> {
      const asking = last.then(() => askNow(command));
      last = asking.catch(() => {});
      return asking;
    }

    async function askNow(command: Command): Promise<string> {
      for (const candidate of suite === null ? cipherSuites : [suite]) {
        if (refused) throw refused;
        // Each command signs in for itself, and this sign-in may have been replaced.
        if (isClosed) throw closed();
        const outcome = await runRecorded(command, candidate);
        if (outcome !== "unknown suite") {
          suite = candidate;
          return outcome.stdout;
        }
      }
      throw new ControllerError(
        "unsupported",
        `the controller speaks none of the cipher suites ${cipherSuites.join(" and ")}`,
        { retryable: false },
      );
    }

    async function runRecorded(
      asked: Command,
      candidate: CipherSuite,
    ): Promise<Output | "unknown suite"> {
      const command = asked.args.join(" ");
      const at = new Date();
      const startedMs = performance.now();
      let output: Output | null = null;
      let error: string | null = null;
      try {
        const to = await options.destination(address);
        output = await runIpmitool({ ...asked, at: to, credential, suite: candidate, signal });
        return output;
      } catch (cause) {
        if (cause instanceof Failed && isUnknownSuite(cause.output)) {
          error = `the controller does not have cipher suite ${candidate}`;
          return "unknown suite";
        }
        const failure = asControllerError(cause, command);
        if (failure.failure === "auth_failed") refused = failure;
        error = failure.message;
        throw failure;
      } finally {
        const secret = credential.password;
        const hide = (text: string) => (secret === "" ? text : text.replaceAll(secret, "•••"));
        record({
          at,
          method: "IPMI",
          path: command,
          status: null,
          durationMs: Math.round(performance.now() - startedMs),
          requestBody: null,
          responseBody: output === null ? null : hide(output.stdout.slice(0, 8_192)),
          error: error === null ? null : hide(error),
        });
      }
    }

    async function powerState() {
      return powerOf(await ask("chassis", "power", "status"));
    }

    /** What the units say of the node; null for all of it when they cannot be read. */
    async function replaceableUnit(): Promise<Map<string, string>> {
      try {
        return fieldsOf(await ask("fru", "print", "0"));
      } catch (error) {
        const isTheirs =
          error instanceof ControllerError && ["unsupported", "rejected"].includes(error.failure);
        if (!isTheirs) throw error;
        return new Map();
      }
    }

    async function guid(): Promise<string | null> {
      try {
        const said = factOf(fieldsOf(await ask("mc", "guid")), "System GUID");
        return said !== null && /[1-9a-f]/i.test(said) ? said.toLowerCase() : null;
      } catch (error) {
        const isTheirs =
          error instanceof ControllerError && ["unsupported", "rejected"].includes(error.failure);
        if (!isTheirs) throw error;
        return null;
      }
    }

    return {
      async identity() {
        const said = fieldsOf(await ask("mc", "info"));
        return {
          vendor: factOf(said, "Manufacturer Name"),
          product: factOf(said, "Product Name"),
          redfishVersion: null,
          firmwareVersion: factOf(said, "Firmware Revision"),
          uuid: await guid(),
        };
      },

      async glance() {
        const serial = factOf(await replaceableUnit(), "Product Serial");
        // It knows of no GPUs, and so of no tray to wait for.
        return { system: { serial, uuid: await guid() }, gpusAnswer: true };
      },

      async inventory() {
        const unit = await replaceableUnit();
        const firmware = factOf(fieldsOf(await ask("mc", "info")), "Firmware Revision");
        return {
          system: {
            manufacturer: factOf(unit, "Product Manufacturer") ?? factOf(unit, "Board Mfg"),
            model: factOf(unit, "Product Name") ?? factOf(unit, "Board Product"),
            serial: factOf(unit, "Product Serial") ?? factOf(unit, "Chassis Serial"),
            uuid: await guid(),
            sku: factOf(unit, "Product Part Number"),
            biosVersion: null,
          },
          cpus: [],
          memory: { totalGib: null, modules: [] },
          gpus: null,
          drives: [],
          nics: [],
          firmware: [{ id: "mc", name: "Controller", version: firmware }],
          untold: ["cpus", "gpus", "drives", "nics"],
        };
      },

      async sensors() {
        return sensorsOf(await askForSensors());
      },

      // Its entries do not say how bad they are, so nothing could be made of one.
      async logs() {
        throw new ControllerError("unsupported", "IPMI does not say how bad a log entry is", {
          retryable: false,
        });
      },

      powerState,

      async power(order) {
        const state = await powerState();
        const isOff = state === "off";
        if (order === "on" ? state === "on" : isOff && order !== "force_restart") return;
        // A host that is off has nothing to restart.
        const wanted = order === "force_restart" && isOff ? "on" : order;
        await ask("chassis", "power", orders[wanted]);
      },

      async networkBoot() {
        return "pxe";
      },

      async bootNext(target) {
        if (target.kind === "http" || target.kind === "cd") {
          const what = target.kind === "http" ? "name an address" : "insert a medium";
          throw new ControllerError("unsupported", `IPMI cannot ${what} to boot from`, {
            retryable: false,
          });
        }
        const wanted = target.kind === "pxe" ? "pxe" : "none";
        const how = target.kind === "pxe" ? ["pxe", "options=efiboot"] : ["none"];
        await ask("chassis", "bootdev", ...how);
        const shown = bootDeviceOf(await ask("chassis", "bootparam", "get", "5"));
        if (shown !== wanted) {
          throw new ControllerError(
            "rejected",
            `the controller accepted ${wanted} as next boot device and shows ${shown}`,
            { retryable: true },
          );
        }
      },

      async ejectMedia() {
        throw new ControllerError("unsupported", "IPMI has no drives to take a medium out of", {
          retryable: false,
        });
      },

      async signIn() {
        await ask("mc", "info");
      },

      async passwordRules() {
        throw unchangeable();
      },

      async changePassword() {
        throw unchangeable();
      },

      async endOtherSessions() {
        return 0;
      },

      async bios() {
        throw noBios();
      },

      async resetBios() {
        throw noBios();
      },

      async clearTpm() {
        throw noBios();
      },

      // Every command had a session of its own, ended with it.
      async close() {
        isClosed = true;
        await last;
      },
    };
  };
}

function noBios(): ControllerError {
  return new ControllerError("unsupported", "IPMI knows nothing of the BIOS settings", {
    retryable: false,
  });
}

function closed(): ControllerError {
  return new ControllerError("busy", "this sign-in was given back", { retryable: true });
}

/** `ipmitool` takes a new password as an argument, where everybody on the machine can read it. */
function unchangeable(): ControllerError {
  return new ControllerError("unsupported", "a password is not changed over IPMI", {
    retryable: false,
  });
}

function asControllerError(cause: unknown, command: string): ControllerError {
  if (cause instanceof ControllerError) return cause;
  if (cause instanceof Failed) return failureOf(cause.output, command);
  const message = cause instanceof Error ? cause.message : String(cause);
  return new ControllerError("unreachable", `${command}: ${message}`, { retryable: true, cause });
}
