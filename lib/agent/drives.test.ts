import { readFile, rm, symlink } from "node:fs/promises";
import path from "node:path";
import { afterEach, expect, test } from "vitest";
import { givenNode, onNode, prints } from "#lib/agent/given-node.test-support";
import { sanitizeReport } from "#lib/schemas/boot";

// The script that wipes drives, on files that stand for drives, beside programs that stand for those that speak to
// the drive itself. What they print is in the formats of Debian 12: nvme-cli 2.4 (nvme-print.c), hdparm 9.65
// (identify.c; `hdparm --Istdin` prints the same of made-up words), and sg3-utils 1.46 with the exit codes of
// sg3_utils(8).

const nodes: string[] = [];
const size = 4 * 1024 * 1024;

afterEach(async () => {
  for (const root of nodes.splice(0)) await rm(root, { recursive: true, force: true });
});

type Kind = "nvme" | "sata" | "scsi";
const names = { nvme: "nvme0n1", sata: "sda", scsi: "sda" } as const;

/** A node with one drive full of a tenant's data. A second goes by in a moment. */
async function givenDrive(kind: Kind, programs: Record<string, string>): Promise<string> {
  const name = names[kind];
  const root = await givenNode(
    {
      [`dev/${name}`]: Buffer.alloc(size, "tenant data "),
      [`sys/block/${name}/size`]: `${size / 512}\n`,
      [`sys/block/${name}/serial`]: "DRIVE0001\n",
      [`sys/block/${name}/queue/discard_max_bytes`]: "0\n",
      ...(kind === "nvme"
        ? { "sys/class/nvme/nvme0/model": "A drive\n" }
        : { [`sys/block/${name}/device/vendor`]: kind === "sata" ? "ATA     \n" : "MAKER   \n" }),
    },
    { blockdev: "exit 0\n", sleep: "exec /bin/sleep 0.02\n", ...programs },
  );
  nodes.push(root);
  if (kind === "nvme") {
    await symlink("../../class/nvme/nvme0", path.join(root, `sys/block/${name}/device`));
  }
  return root;
}

/** Wipes the drive, and gives its part of the report as the portal reads it. */
async function wiped(root: string, kind: Kind, environment: Record<string, string> = {}) {
  const script = `. "$ROOT/lib/ingot/drives.sh"
    head -c 65536 /dev/urandom >"$ROOT/run/noise"
    wipe_disk ${names[kind]}`;
  const device = JSON.parse(await onNode(root, script, environment));
  const [told] = sanitizeReport.parse({ tool: "t/1", devices: [device] }).devices;
  const tried = told?.tried?.map(({ method, outcome }) => `${method}: ${outcome}`);
  const disk = await readFile(path.join(root, "dev", names[kind]));
  return { ...told, tried, holdsData: disk.includes("tenant data tenant data") };
}

const read = (root: string, name: string) => readFile(path.join(root, name), "utf8");
const asked = async (root: string, program: string) =>
  (await read(root, "asked"))
    .split("\n")
    .filter((line) => line.startsWith(`${program} `))
    .map((line) => line.replaceAll(`${root}/dev/`, ""));

/** What a drive does that throws its key away or erases its blocks. */
const erases = (name: string) => `head -c ${size} /dev/urandom >"$ROOT/dev/${name}"\n`;
const failsAs = (code: number) => `exit ${code}\n`;

// --- NVMe ---

/** A log of sanitizing, as nvme-cli prints it. */
const log = (status: string, progress = 65_535) =>
  `Sanitize Progress                      (SPROG) :  ${progress}
Sanitize Status                        (SSTAT) :  ${status}
Sanitize Command Dword 10 Information (SCDW10) :  0x4
Estimated Time For Overwrite                   :  4294967295 (No time period reported)
Estimated Time For Block Erase                 :  4294967295 (No time period reported)
Estimated Time For Crypto Erase                :  4294967295 (No time period reported)
Estimated Time For Overwrite (No-Deallocate)   :  0
Estimated Time For Block Erase (No-Deallocate) :  0
Estimated Time For Crypto Erase (No-Deallocate):  0
`;
const done = log("0x101");

/**
 * An nvme of a drive that offers what `sanicap` says, and says of its sanitizing one answer after another, the last
 * again and again. An answer that is empty is a controller that does not answer.
 */
function nvme(input: { sanicap?: string; answers: string[]; sanitize?: string }) {
  const answers = input.answers.map(
    (answer, n) =>
      `${n + 1}${n + 1 === input.answers.length ? "*|[0-9]*" : ""}) ${said(answer)} ;;`,
  );
  return `case "$1" in
id-ctrl) ${said(`oacs      : 0x0\nsanicap   : ${input.sanicap ?? "0x3"}\nfna       : 0x4\n`)} ;;
sanitize)
  ${input.sanitize ?? erases(names.nvme)}
  ;;
sanitize-log)
  n=$(($(cat "$ROOT/looks" 2>/dev/null || echo 0) + 1))
  echo $n >"$ROOT/looks"
  case $n in
  ${answers.join("\n  ")}
  esac
  ;;
*) exit 1 ;;
esac
`;
}
const said = (text: string) => (text === "" ? "exit 1" : `printf '%s' '${text}'`);

test("an NVMe drive that throws its key away is wiped, and is waited for until it says so", async () => {
  const under = [log("0x2", 0), log("0x2", 3_761), log("0x2", 3_761), log("0x2", 32_768)];
  const root = await givenDrive("nvme", { nvme: nvme({ answers: [...under, done] }) });
  expect(await wiped(root, "nvme")).toMatchObject({
    ...{ kind: "nvme", serial: "DRIVE0001", sizeBytes: size, result: "wiped" },
    ...{ method: "nvme sanitize, crypto erase", level: "purge", holdsData: false },
    samplesRead: 4,
    tried: ["nvme sanitize, crypto erase: done"],
  });
  expect(await asked(root, "nvme")).toEqual([
    "nvme id-ctrl nvme0",
    "nvme sanitize nvme0 --sanact=4",
    ...Array.from({ length: 5 }, () => "nvme sanitize-log nvme0"),
  ]);
  // Told when there is something new.
  const told = (await read(root, "told")).match(/\d+ the drive sanitizes itself/g);
  expect(told).toEqual([0, 5, 50].map((percent) => `${percent} the drive sanitizes itself`));
});

test.each<[string, Parameters<typeof nvme>[0], string[]]>([
  [
    "whose key cannot be thrown away erases its blocks",
    { sanicap: "0x2", answers: [done] },
    ["nvme sanitize, crypto erase: not offered", "nvme sanitize, block erase: done"],
  ],
  [
    "whose sanitizing ended without deallocating is done as well",
    { answers: [log("0x104")] },
    ["nvme sanitize, crypto erase: done"],
  ],
  [
    "that is away for a moment is asked again",
    { answers: ["", "", done] },
    ["nvme sanitize, crypto erase: done"],
  ],
])("an NVMe drive %s", async (_, input, tried) => {
  const root = await givenDrive("nvme", { nvme: nvme(input) });
  expect(await wiped(root, "nvme")).toMatchObject({ result: "wiped", level: "purge", tried });
});

const overwritten = (outcome: string) => [
  `nvme sanitize, crypto erase: ${outcome}`,
  `nvme sanitize, block erase: ${outcome}`,
  "nvme format, crypto erase: not offered",
  "nvme format, user data erase: not offered",
  "secure discard: not offered",
  "discard: not offered",
  "overwrite: done",
];

test.each<[string, Parameters<typeof nvme>[0], string]>([
  ["says that it failed", { answers: [log("0x2"), log("0x103")] }, "failed"],
  ["refuses the order", { answers: [done], sanitize: failsAs(1) }, "failed"],
  ["was never sanitized, it says afterwards", { answers: [log("0")] }, "failed"],
  ["falls mute", { answers: [log("0x2"), ""] }, "failed"],
  ["answers with something else", { answers: ["NVMe status: 0x2002\n"] }, "failed"],
  ["never ends", { answers: [log("0x2", 100)] }, "failed"],
  ["says that it is done, and did nothing", { answers: [done], sanitize: ":" }, "not verified"],
])("an NVMe drive that %s is overwritten, and that is told", async (_, input, outcome) => {
  const root = await givenDrive("nvme", { nvme: nvme(input) });
  const told = await wiped(root, "nvme", { METHOD_LIMIT: "40" });
  expect(told).toMatchObject({
    ...{ result: "wiped", method: "overwrite", level: "clear", holdsData: false },
    tried: overwritten(outcome),
  });
});

// --- SATA ---

const security = (lines: string[]) => `
/dev/sda:

ATA device, with non-removable media
\tModel Number:       A DISK
Commands/features:
\tEnabled\tSupported:
\t   *\tSecurity Mode feature set
Security: 
\tMaster password revision code = 65534
${lines.join("\n")}
\t2min for SECURITY ERASE UNIT. 2min for ENHANCED SECURITY ERASE UNIT.
Logical Unit WWN Device Identifier: 50014ee2adaf90aa
\tNAA\t\t: 5
Checksum: correct
`;

/** An hdparm of a drive that is in a state of this many words, and does so when it is told to erase itself. */
function hdparm(input: { frozen?: boolean; enhanced?: boolean; state?: string; erase?: string }) {
  const { frozen = false, enhanced = true, state = "open", erase = erases(names.sata) } = input;
  const text = security([
    ...["\t\tsupported", "NOTENABLED\tenabled", "NOTLOCKED\tlocked"],
    ...[`${frozen ? "\t" : "\tnot"}\tfrozen`, "\tnot\texpired: security count"],
    `${enhanced ? "\t" : "\tnot"}\tsupported: enhanced erase`,
  ]);
  return `state=$(cat "$ROOT/state" 2>/dev/null || echo ${state})
[ "$1" = -I ] || shift 2
case "$1 $state" in
"-I open") printf '%s' '${text}' | sed 's/NOT[A-Z]*/\\tnot/' ;;
"-I set") printf '%s' '${text}' | sed 's/NOTENABLED/\\t/; s/NOTLOCKED/\\tnot/' ;;
"-I locked") printf '%s' '${text}' | sed 's/NOT[A-Z]*/\\t/' ;;
"--security-set-pass open") echo set >"$ROOT/state" ;;
"--security-unlock locked") echo set >"$ROOT/state" ;;
"--security-disable set") echo open >"$ROOT/state" ;;
"--security-erase-enhanced set")
  ${erase}
  echo open >"$ROOT/state"
  ;;
*) exit 5 ;;
esac
`;
}

const order = (word: string) => `hdparm --user-master u --security-${word} ingot sda`;
const rest = ["secure discard: not offered", "discard: not offered", "overwrite: done"];

test("a SATA drive erases itself by a password that is gone afterwards", async () => {
  const root = await givenDrive("sata", { hdparm: hdparm({}) });
  expect(await wiped(root, "sata")).toMatchObject({
    ...{ kind: "sata", result: "wiped", level: "clear", holdsData: false },
    tried: ["ata enhanced secure erase: done"],
  });
  expect((await asked(root, "hdparm")).filter((line) => !line.includes(" -I "))).toEqual([
    order("set-pass"),
    order("erase-enhanced"),
  ]);
  expect(await read(root, "state")).toBe("open\n");
});

test("a SATA drive that a wipe without an end left locked is opened and wiped", async () => {
  const root = await givenDrive("sata", { hdparm: hdparm({ state: "locked" }) });
  expect(await wiped(root, "sata")).toMatchObject({
    tried: ["ata enhanced secure erase: done"],
    holdsData: false,
  });
  expect((await asked(root, "hdparm")).filter((line) => !line.includes(" -I "))).toEqual(
    ["unlock", "disable", "set-pass", "erase-enhanced"].map(order),
  );
});

test.each<[string, Parameters<typeof hdparm>[0], string]>([
  ["is frozen by its host", { frozen: true }, "frozen"],
  ["knows no enhanced erase", { enhanced: false }, "not offered"],
  ["breaks off its erasure", { erase: failsAs(5) }, "failed"],
  ["does not end its erasure", { erase: "exec /bin/sleep 600" }, "failed"],
  ["says that it is done, and did nothing", { erase: ":" }, "not verified"],
])(
  "a SATA drive that %s is overwritten, without a password, and that is told",
  async (_, input, outcome) => {
    const root = await givenDrive("sata", { hdparm: hdparm(input) });
    const told = await wiped(root, "sata", { METHOD_LIMIT: "40" });
    expect(told).toMatchObject({
      ...{ result: "wiped", method: "overwrite", level: "clear", holdsData: false },
      tried: [`ata enhanced secure erase: ${outcome}`, ...rest],
    });
    const state = await read(root, "state").catch(() => "open\n");
    expect(state).toBe("open\n");
  },
);

test("a SATA drive with nothing to ask it by is overwritten", async () => {
  const root = await givenDrive("sata", { hdparm: prints("sda: No such file or directory", 2) });
  expect(await wiped(root, "sata")).toMatchObject({
    tried: ["ata enhanced secure erase: not offered", ...rest],
  });
});

// --- SCSI ---

const crypto = "scsi sanitize, crypto erase";
const block = "scsi sanitize, block erase";

test.each<[string, string, string[], string]>([
  ["throws its key away", erases("sda"), [`${crypto}: done`], "purge"],
  [
    "has no key, and erases its blocks",
    `[ "$2" = --block ] || exit 5\n${erases("sda")}`,
    [`${crypto}: not offered`, `${block}: done`],
    "purge",
  ],
  [
    "does not know the order",
    failsAs(9),
    [`${crypto}: not offered`, `${block}: not offered`, ...rest],
    "clear",
  ],
  // 3: a medium or hardware error.
  ["fails", failsAs(3), [`${crypto}: failed`, `${block}: failed`, ...rest], "clear"],
  [
    "does not end",
    "exec /bin/sleep 600\n",
    [`${crypto}: failed`, `${block}: failed`, ...rest],
    "clear",
  ],
  [
    "says that it is done, and did nothing",
    "exit 0\n",
    [`${crypto}: not verified`, `${block}: not verified`, ...rest],
    "clear",
  ],
])("a SAS drive that %s", async (_, script, tried, level) => {
  const root = await givenDrive("scsi", { sg_sanitize: script });
  const told = await wiped(root, "scsi", { METHOD_LIMIT: "40" });
  expect(told).toMatchObject({ kind: "scsi", result: "wiped", level, tried, holdsData: false });
  expect((await asked(root, "sg_sanitize"))[0]).toBe("sg_sanitize --quick --crypto sda");
});

test("a drive that takes long is told of each minute", async () => {
  const sg = `/bin/sleep 2\n${erases("sda")}`;
  const root = await givenDrive("scsi", { sg_sanitize: sg, sleep: "exit 0\n" });
  expect(await wiped(root, "scsi")).toMatchObject({ tried: [`${crypto}: done`] });
  expect(await read(root, "told")).toContain("sda 50 the drive erases itself, for 1 min");
});
