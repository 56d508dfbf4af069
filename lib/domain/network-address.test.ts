import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  formatEndpoint,
  isAllowedAddress,
  isNetwork,
  parseEndpoint,
  privateNetworks,
} from "#lib/domain/network-address";

describe("an endpoint is read", () => {
  test.each([
    ["10.0.4.17:443", { host: "10.0.4.17", port: 443, kind: "ipv4" }],
    ["10.0.4.17", { host: "10.0.4.17", port: 443, kind: "ipv4" }],
    ["[FD00::17]:8443", { host: "fd00::17", port: 8443, kind: "ipv6" }],
    ["[fd00::1.2.3.4]", { host: "fd00::1.2.3.4", port: 443, kind: "ipv6" }],
    ["Node-17.BMC.example.org:443", { host: "node-17.bmc.example.org", port: 443, kind: "name" }],
    ["r12u07", { host: "r12u07", port: 443, kind: "name" }],
    ["127.0.0.1.nip.io", { host: "127.0.0.1.nip.io", port: 443, kind: "name" }],
  ])("%s", (text, endpoint) => {
    expect(parseEndpoint(text)).toEqual({ ok: true, value: endpoint });
  });

  test("the same after it was written", () => {
    for (const text of ["10.0.4.17:443", "[fd00::17]:8443", "node.example.org:1"]) {
      const parsed = parseEndpoint(text);
      expect(parsed.ok && formatEndpoint(parsed.value)).toBe(text);
    }
  });
});

/** Ways in which an address has been smuggled past a check somewhere. */
const tricks = [
  "",
  " ",
  "http://10.0.0.1",
  "https://10.0.0.1:443/",
  "10.0.0.1/24",
  "10.0.0.1:443/redfish",
  "10.0.0.1:443?x",
  "10.0.0.1:443#x",
  "user@10.0.0.1",
  "user:password@10.0.0.1:443",
  "10.0.0.1@169.254.169.254",
  "10.0.0.1\\@169.254.169.254",
  "10.0.0.1 169.254.169.254",
  "10.0.0.1\t",
  "10.0.0.1\n",
  "10.0.0.1\r\nHost: x",
  "10.0.0.1%00.example.org",
  "10.0.0.1%2f",
  "2130706433",
  "2130706433:443",
  "0x7f000001",
  "0x7f.1",
  "0x7f.0x0.0x0.0x1",
  "0177.0.0.1",
  "017700000001",
  "127.1",
  "127.0.1",
  "1.2.3.4.5",
  "010.0.0.1",
  "10.0.0.01",
  "10.0.0.256",
  "10.0.0.-1",
  "10.0.0.1.",
  "10..0.1",
  "１２７.0.0.1",
  "127。0。0。1",
  "①②⑦.0.0.1",
  "ⓛocalhost",
  "loc\u00adalhost",
  "::1",
  "fd00::1",
  "[::1",
  "::1]",
  "[fe80::1%eth0]",
  "[fe80::1%25eth0]:443",
  "[::ffff:127.1]",
  "[::ffff:0177.0.0.1]",
  "[1.2.3.4::]",
  "[12345::]",
  "[::1::2]",
  "[1:2:3:4:5:6:7:8:9]",
  "[10.0.0.1]",
  "10.0.0.1:0",
  "10.0.0.1:65536",
  "10.0.0.1:0443",
  "10.0.0.1:+443",
  "10.0.0.1:443:443",
  "10.0.0.1:",
  ":443",
  "-x.example.org",
  "x_.example.org",
  `${"a".repeat(64)}.example.org`,
  `${"a.".repeat(127)}example`,
];

describe("what is not plainly an address is refused", () => {
  test.each(tricks.map((trick) => [trick]))("%j", (trick) => {
    expect(parseEndpoint(trick).ok).toBe(false);
  });
});

/** Addresses behind which something of ours, or of the cloud we run in, may listen. */
const never = [
  "0.0.0.0",
  "0.1.2.3",
  "127.0.0.1",
  "127.255.255.254",
  "169.254.169.254",
  "169.254.170.2",
  "100.100.100.200",
  "168.63.129.16",
  "192.0.0.192",
  "224.0.0.1",
  "239.255.255.255",
  "255.255.255.255",
  "240.0.0.1",
  "::",
  "::1",
  "0:0:0:0:0:0:0:1",
  "::ffff:127.0.0.1",
  "::ffff:7f00:1",
  "::ffff:169.254.169.254",
  "::127.0.0.1",
  "64:ff9b::7f00:1",
  "64:ff9b::169.254.169.254",
  "64:ff9b:1::a9fe:a9fe",
  "2002:7f00:1::",
  "2002:a9fe:a9fe::1",
  "2001:0:4136:e378:8000:63bf:3fff:fdd2",
  "fe80::1",
  "febf::1",
  "fec0::1",
  "ff02::1",
  "fd00:ec2::254",
];

describe("where a connection may go", () => {
  test.each([
    "10.0.0.1",
    "10.255.255.255",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "fc00::1",
    "fdff::1",
    "::ffff:10.0.0.1",
  ])("%s is private and allowed when nobody says otherwise", (ip) => {
    expect(isAllowedAddress(ip, privateNetworks)).toBe(true);
  });

  test.each(["8.8.8.8", "172.32.0.1", "172.15.255.255", "192.169.0.1", "11.0.0.1", "2a00::1"])(
    "%s is public and is not",
    (ip) => {
      expect(isAllowedAddress(ip, privateNetworks)).toBe(false);
    },
  );

  test.each(never.map((ip) => [ip]))("%s is not opened even by opening everything", (ip) => {
    expect(isAllowedAddress(ip, ["0.0.0.0/0", "::/0"])).toBe(false);
  });

  test.each([
    ["127.0.0.1", "127.0.0.0/8"],
    ["127.0.0.1", "127.0.0.1/32"],
    ["::1", "::1/128"],
    ["169.254.10.1", "169.254.10.0/24"],
    ["::ffff:127.0.0.1", "127.0.0.0/8"],
  ])("%s is opened by naming its range: %s", (ip, network) => {
    expect(isAllowedAddress(ip, [network])).toBe(true);
    expect(isAllowedAddress(ip, ["10.0.0.0/8"])).toBe(false);
  });

  test.each(["localhost", "", "10.0.0", "10.0.0.1:443", "10.0.0.1/32", "0x0a000001", "010.0.0.1"])(
    "%j is no address and goes nowhere",
    (ip) => {
      expect(isAllowedAddress(ip, ["0.0.0.0/0", "::/0"])).toBe(false);
    },
  );

  test("nothing is allowed by an empty list", () => {
    expect(isAllowedAddress("10.0.0.1", [])).toBe(false);
  });

  test("a network that is none is a mistake in the configuration, not a refusal", () => {
    expect(() => isAllowedAddress("10.0.0.1", ["10.0.0.0"])).toThrow(RangeError);
    expect(["10.0.0.0/8", "fd00::/8", "0.0.0.0/0"].every(isNetwork)).toBe(true);
    expect(["10.0.0.0", "10.0.0.0/33", "10/8", "fd00::/129", "x/8"].some(isNetwork)).toBe(false);
  });

  test("an address is in a network exactly when their first bits agree", () => {
    const octets = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255));
    fc.assert(
      fc.property(octets, octets, fc.integer({ min: 8, max: 32 }), (a, b, prefix) => {
        const [ip, base] = [a, b].map((rest) => [10, ...rest]);
        const bitsOf = (bytes: number[] = []) =>
          bytes
            .map((byte) => byte.toString(2).padStart(8, "0"))
            .join("")
            .slice(0, prefix);
        expect(isAllowedAddress(`${ip?.join(".")}`, [`${base?.join(".")}/${prefix}`])).toBe(
          bitsOf(ip) === bitsOf(base),
        );
      }),
    );
  });
});
