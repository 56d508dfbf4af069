import type { FirmwareRule, SecurityBaseline } from "#lib/domain/node/baseline-rules";
import type { Inventory, InventoryAccount } from "#lib/domain/node/inventory";
import type { Difference, DifferenceField } from "#lib/domain/node/node-type";
import { compareVersions } from "#lib/domain/node/version-order";

export type BaselineFacts = {
  inventory: Inventory;
  /** Null while they are not known. */
  accounts: readonly InventoryAccount[] | null;
  /** Null when no certificate is confirmed. Milliseconds. */
  certificate: { validFromMs: number; validToMs: number } | null;
  nowMs: number;
};

/** One rule and how it came out. `unknown`: the fact could not be read; that counts where it is required. */
export type BaselineRow = {
  field: DifferenceField;
  label: string;
  expected: string;
  found: string | null;
  verdict: "met" | "mismatch" | "unknown";
  required: boolean;
};

/** Judges every rule of a baseline, in the order a person would read them. */
export function judgeBaseline(
  baseline: SecurityBaseline | undefined,
  facts: BaselineFacts,
): BaselineRow[] {
  if (!baseline) return [];
  return [
    ...(baseline.firmware ?? []).map((rule) => judgeFirmware(rule, facts.inventory)),
    ...judgeSecureBoot(baseline.secureBoot, facts.inventory),
    ...judgeTpm(baseline.tpm, facts.inventory),
    ...judgeIpmi(baseline.ipmiOff, facts.inventory),
    ...judgeCertificate(baseline.certificate, facts),
    ...judgeAccounts(baseline.accounts, facts.accounts),
  ];
}

/** The rules that are not met, as differences from the node type; what is unknown only where required. */
export function baselineDifferences(rows: readonly BaselineRow[]): Difference[] {
  return rows
    .filter(
      ({ verdict, required }) => verdict === "mismatch" || (verdict === "unknown" && required),
    )
    .map(({ field, label, expected, found, verdict }) => ({
      field,
      expected,
      found: verdict === "unknown" ? null : found,
      severity: verdict === "unknown" ? "unknown" : "mismatch",
      words:
        verdict === "unknown"
          ? `${label}: expected ${expected}; the controller does not say`
          : `${label}: expected ${expected}, found ${found}`,
    }));
}

const componentWords: Record<string, string> = {
  bios: "BIOS",
  controller: "Controller firmware",
  gpu: "GPU firmware",
};

/** What a firmware rule is on, in words. */
export function componentName(component: string): string {
  return componentWords[component.toLowerCase()] ?? `Firmware of ${component}`;
}

function judgeFirmware(rule: FirmwareRule, inventory: Inventory): BaselineRow {
  const versions = versionsOf(rule.component, inventory);
  const known = versions.filter((version) => version !== null);
  const fits = (version: string) =>
    rule.match === "exactly"
      ? version.trim().toLowerCase() === rule.version.trim().toLowerCase()
      : compareVersions(version, rule.version) >= 0;
  const wrong = known.filter((version) => !fits(version));
  const shown = [...new Set(wrong.length > 0 ? wrong : known)];
  return row(rule, {
    field: "firmware",
    label: componentName(rule.component),
    expected: rule.match === "exactly" ? rule.version : `${rule.version} or newer`,
    found: shown.length === 0 ? null : shown.join(", "),
    verdict:
      wrong.length > 0
        ? "mismatch"
        : known.length === 0 || known.length < versions.length
          ? "unknown"
          : "met",
  });
}

/** Versions of all parts that a component names; null for a part that tells none. */
function versionsOf(component: string, inventory: Inventory): (string | null)[] {
  const wanted = component.trim().toLowerCase();
  const listed = inventory.firmware.filter(({ id, name }) =>
    `${id} ${name}`.toLowerCase().includes(wanted),
  );
  switch (wanted) {
    case "bios":
      return [inventory.system.biosVersion];
    case "controller":
      return [inventory.manager?.firmwareVersion ?? null];
    case "gpu":
      return inventory.gpus?.map((gpu) => gpu.firmwareVersion) ?? [];
    default:
      return listed.map(({ version }) => version);
  }
}

function judgeSecureBoot(
  rule: SecurityBaseline["secureBoot"],
  { secureBoot }: Inventory,
): BaselineRow[] {
  if (!rule) return [];
  const found = onOrOff(secureBoot?.enabled);
  return [
    row(rule, {
      field: "secureBoot",
      label: "Secure Boot",
      expected: rule.want,
      found,
      verdict: verdictOf(found, found === rule.want),
    }),
  ];
}

function judgeTpm(rule: SecurityBaseline["tpm"], { tpms }: Inventory): BaselineRow[] {
  if (!rule) return [];
  // A controller that lists none may only not tell of it.
  const words = tpms?.map(
    (tpm) => `${tpm.kind ?? "TPM of unknown kind"}${tpm.enabled ? "" : ", turned off"}`,
  );
  const found = words === undefined || words.length === 0 ? null : words.join(" and ");
  const isThere = tpms?.some(
    (tpm) => tpm.enabled && (rule.want === "present" || tpm.kind?.includes("2.0")),
  );
  const isUntold =
    rule.want === "2.0" && tpms?.some((tpm) => tpm.enabled && tpm.kind === null) === true;
  return [
    row(rule, {
      field: "tpm",
      label: "TPM",
      expected: rule.want === "present" ? "one that is on" : "TPM 2.0",
      found,
      verdict: isUntold && !isThere ? "unknown" : verdictOf(found, isThere === true),
    }),
  ];
}

function judgeIpmi(rule: SecurityBaseline["ipmiOff"], { manager }: Inventory): BaselineRow[] {
  if (!rule) return [];
  const found = onOrOff(manager?.ipmiOverLan);
  return [
    row(rule, {
      field: "ipmiOverLan",
      label: "IPMI over the network",
      expected: "off",
      found,
      verdict: verdictOf(found, found === "off"),
    }),
  ];
}

const dayMs = 24 * 3_600_000;
const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);

function judgeCertificate(
  rule: SecurityBaseline["certificate"],
  { certificate, nowMs }: BaselineFacts,
): BaselineRow[] {
  if (!rule) return [];
  const { maxAgeDays } = rule;
  const expected =
    maxAgeDays === undefined
      ? "one that is valid"
      : `one that is valid, ${maxAgeDays} days old at most`;
  // Dates and no ages, so that a difference that was accepted is the same tomorrow.
  const found =
    certificate === null
      ? null
      : `one from ${day(certificate.validFromMs)} to ${day(certificate.validToMs)}`;
  const isValid =
    certificate !== null && certificate.validFromMs <= nowMs && nowMs <= certificate.validToMs;
  const isYoung =
    certificate !== null &&
    (maxAgeDays === undefined || nowMs - certificate.validFromMs <= maxAgeDays * dayMs);
  return [
    row(rule, {
      field: "certificate",
      label: "Controller certificate",
      expected,
      found,
      verdict: verdictOf(found, isValid && isYoung),
    }),
  ];
}

function judgeAccounts(
  rule: SecurityBaseline["accounts"],
  accounts: BaselineFacts["accounts"],
): BaselineRow[] {
  if (!rule) return [];
  const others = (accounts ?? []).filter(
    ({ isOwn, isHosts, username, enabled }) =>
      !isOwn && !isHosts && enabled !== false && !rule.allowed.includes(username),
  );
  const extra = others.filter(({ enabled }) => enabled === true);
  const names = (list: readonly InventoryAccount[]) =>
    list
      .map(({ username }) => username)
      .sort()
      .join(", ");
  const named = rule.allowed.length === 0 ? "" : ` and ${rule.allowed.join(", ")}`;
  return [
    row(rule, {
      field: "accounts",
      label: "Controller accounts",
      expected: `none enabled but Ingot's own${named}`,
      found:
        accounts === null || (extra.length === 0 && others.length > 0)
          ? null
          : extra.length > 0
            ? `also ${names(extra)}`
            : "no others",
      verdict:
        extra.length > 0 ? "mismatch" : accounts === null || others.length > 0 ? "unknown" : "met",
    }),
  ];
}

function row(
  { required }: { required?: boolean },
  judged: Omit<BaselineRow, "required">,
): BaselineRow {
  return { ...judged, required: required === true };
}

function verdictOf(found: string | null, fits: boolean): BaselineRow["verdict"] {
  if (found === null) return "unknown";
  return fits ? "met" : "mismatch";
}

function onOrOff(value: boolean | null | undefined): "on" | "off" | null {
  return value === null || value === undefined ? null : value ? "on" : "off";
}
