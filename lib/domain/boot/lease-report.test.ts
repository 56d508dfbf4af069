import { expect, test } from "vitest";
import { clientWords, leaseStateAt, readLeaseReport } from "#lib/domain/boot/lease-report";

const subnet = "10.77.0.0/24";
const good = { act: "add", mac: "52:54:00:00:00:01", address: "10.77.0.50", left: "3600" };
const read = (change: Record<string, string>) =>
  readLeaseReport(new URLSearchParams({ ...good, ...change }).toString(), subnet);

test("a report says who was given what, for how long, and who asked", () => {
  expect(read({ client: "PXEClient:Arch:00007:UNDI:003016", tags: "known pxe efi64" })).toEqual({
    ok: true,
    value: {
      ...{ act: "add", mac: good.mac, address: good.address, secondsLeft: 3600 },
      asked: { vendorClass: "PXEClient:Arch:00007:UNDI:003016", isIpxe: false },
    },
  });
  expect(read({ client: "", tags: "ipxe pxe" })).toMatchObject({
    value: { asked: { vendorClass: null, isIpxe: true } },
  });
  expect(read({ client: "x", tags: "notipxe" })).toMatchObject({
    value: { asked: { isIpxe: false } },
  });
  // Of a lease from dnsmasq's file, nobody is said to have asked.
  expect(read({ act: "old" })).toMatchObject({ value: { act: "old", asked: null } });
  const gone = { act: "del", mac: good.mac, address: good.address };
  expect(read({ act: "del", left: "" })).toEqual({ ok: true, value: gone });
});

test("what a client calls itself is cut and made plain", () => {
  expect(read({ client: `a\nb\u0000é${"c".repeat(300)}` })).toMatchObject({
    value: { asked: { vendorClass: `a_b__${"c".repeat(250)}` } },
  });
});

test.for([
  [{ act: "tftp" }, "act is add, old or del."],
  [{ act: "" }, "act is add, old or del."],
  [{ mac: "" }, "mac is six bytes in lower case, as in 52:54:00:00:00:01."],
  [{ mac: "52:54:00:00:00" }, "mac is six bytes in lower case, as in 52:54:00:00:00:01."],
  // Hardware that is not Ethernet, as dnsmasq writes it.
  [{ mac: "20-52:54:00:00:00:01" }, "mac is six bytes in lower case, as in 52:54:00:00:00:01."],
  [{ address: "10.78.0.1" }, "address is one that a host of 10.77.0.0/24 can have."],
  [{ address: "10.77.0.0" }, "address is one that a host of 10.77.0.0/24 can have."],
  [{ address: "10.77.0.255" }, "address is one that a host of 10.77.0.0/24 can have."],
  [{ address: "fd00::1" }, "address is one that a host of 10.77.0.0/24 can have."],
  [{ address: "<b>" }, "address is one that a host of 10.77.0.0/24 can have."],
  [{ left: "" }, "left is for how many seconds the lease lasts, a year at most."],
  [{ left: "0" }, "left is for how many seconds the lease lasts, a year at most."],
  [{ left: "1e3" }, "left is for how many seconds the lease lasts, a year at most."],
  [{ left: "999999999" }, "left is for how many seconds the lease lasts, a year at most."],
] as [Record<string, string>, string][])("%j is refused in words", ([change, words]) => {
  expect(read(change)).toEqual({ ok: false, refusal: words });
});

test("what a client said that it is, in words", () => {
  const words = (vendorClass: string | null, isIpxe = false) =>
    clientWords({ vendorClass, isIpxe });
  expect(
    [
      words("PXEClient:Arch:00007:UNDI:003016"),
      words("PXEClient:Arch:00000:UNDI:002001"),
      words("PXEClient:Arch:00042:UNDI:003016"),
      words("PXEClient"),
      words("HTTPClient:Arch:00016:UNDI:003001"),
      words("PXEClient:Arch:00011:UNDI:003010", true),
      words(null, true),
      words("d-i"),
      words(null),
    ].join("\n"),
  ).toMatchInlineSnapshot(`
    "PXE firmware (UEFI, x86-64)
    PXE firmware (BIOS)
    PXE firmware (architecture 42)
    PXE firmware
    HTTP boot firmware (UEFI, x86-64)
    iPXE (UEFI, ARM 64)
    iPXE
    d-i
    says nothing of itself"
  `);
});

test("a lease is over when its time is, or when dnsmasq said so", () => {
  const until = "2026-01-01T00:00:10.000Z";
  const at = (endedAt: string | null, second: number) =>
    leaseStateAt({ until, endedAt }, Date.UTC(2026, 0, 1, 0, 0, second));
  expect([at(null, 9), at(null, 10), at("2026-01-01T00:00:05.000Z", 6)]).toEqual([
    "leased",
    "expired",
    "ended",
  ]);
});
