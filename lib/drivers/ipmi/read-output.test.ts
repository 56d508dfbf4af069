import { describe, expect, test } from "vitest";
import { failureOf, isUnknownSuite } from "#lib/drivers/ipmi/failure";
import { bootDeviceOf, factOf, fieldsOf, powerOf, sensorsOf } from "#lib/drivers/ipmi/read-output";

// What ipmitool 1.8.19 prints, word by word.

const chatter = "Loading IANA PEN Registry...\n";
const unable = "Error: Unable to establish IPMI v2 / RMCP+ session\n";
const said = (stderr: string, stdout = "") => ({ stderr, stdout });

describe("a command that failed", () => {
  test.each([
    [
      "auth_failed",
      said(`${chatter}> RAKP 2 HMAC is invalid\n${unable}`),
      "RAKP 2 HMAC is invalid",
    ],
    [
      "auth_failed",
      said(`${chatter}RAKP 2 message indicates an error : unauthorized name\n${unable}`),
      "unauthorized name",
    ],
    ["auth_failed", said("Set Session Privilege Level to ADMINISTRATOR failed\n"), "ADMINISTRATOR"],
    [
      "unreachable",
      said(
        `${chatter}Get Auth Capabilities error\nError issuing Get Channel Authentication Capabilities request\n${unable}`,
      ),
      "no answer to mc info",
    ],
    [
      "busy",
      said(
        `Error in open session response message : insufficient resources to create session\n\n${unable}`,
      ),
      "insufficient resources",
    ],
    ["busy", said("Get Device ID command failed: Node busy\n"), "Node busy"],
    ["unsupported", said("Get GUID command failed: Invalid command\n"), "Invalid command"],
    [
      "rejected",
      said("Set Chassis Boot Parameter 5 failed: Unspecified error\n"),
      "Unspecified error",
    ],
    ["rejected", said(""), "it did not say why"],
  ] as const)("is %s (%#)", (failure, output, words) => {
    const error = failureOf(output, "mc info");
    expect(error.failure).toBe(failure);
    expect(error.message).toContain(words);
    expect(error.retryable).toBe(["unreachable", "busy", "rejected"].includes(failure));
  });

  test("for want of a cipher suite is no refusal of the password", () => {
    const output = said(
      `${chatter}Error in open session response message : invalid authentication algorithm\n\n${unable}`,
    );
    expect(isUnknownSuite(output)).toBe(true);
    expect(isUnknownSuite(said(`> RAKP 2 HMAC is invalid\n${unable}`))).toBe(false);
  });
});

test("power is what the chassis says, and unknown when it says nothing", () => {
  expect(powerOf("Chassis Power is on\n")).toBe("on");
  expect(powerOf("Chassis Power is off\n")).toBe("off");
  expect(powerOf("")).toBe("unknown");
});

test("the next boot device is read back from its parameter", () => {
  const shown = (device: string) => ` Boot Flags :
   - Boot Flag Valid
   - Options apply to only next boot
   - Boot Device Selector : ${device}
   - Console Redirection control : System Default
`;
  expect(bootDeviceOf(shown("Force PXE"))).toBe("pxe");
  expect(bootDeviceOf(shown("No override"))).toBe("none");
  expect(bootDeviceOf(shown("Force Boot from default Hard-Drive"))).toBe("other");
  expect(bootDeviceOf("")).toBe("other");
});

test("a fact that a controller does not know is null", () => {
  const fields = fieldsOf(
    "Firmware Revision         : 9.08\nProduct Name              : Unknown (0xF02)\nAux Firmware Rev Info     : \n    0x00\n",
  );
  expect(factOf(fields, "Firmware Revision")).toBe("9.08");
  expect(factOf(fields, "Product Name")).toBeNull();
  expect(factOf(fields, "Aux Firmware Rev Info")).toBeNull();
  expect(factOf(fields, "Manufacturer Name")).toBeNull();
});

test("sensors are read with their units and limits, and a failed supply by what its sensor says", () => {
  const told = sensorsOf(
    [
      "Loading IANA PEN Registry...",
      "Discovered IPMB address 0x0",
      "Inlet, rear,48,degrees C,ok,7.1,System Board,Temperature,,,,255.000,45.000,40.000,0.000,0.000,0.000,0.000,127.000",
      "CPU1 Temp,99.5,degrees C,cr,3.1,Processor,Temperature,,,,,,,,,,,",
      "Fan1,480,RPM,nc,29.1,Fan Device,Fan,,,,15300.000,12000.000,11700.000,0.000,0.000,0.000,0.000,7620.000",
      "Fan2,31h,ns,29.2,No Reading",
      "Pwr Consumption,210,Watts,ok,7.1,System Board,Other,,,,255.000,200.000,195.000,,,,,",
      "PS1 Status,85h,ok,10.1,Presence detected, Failure detected",
      "PS2 Status,86h,ok,10.2,Presence detected",
      "PS3 Status,87h,ok,10.3,",
      "SEL,72h,ns,7.1,No Reading",
      "",
    ].join("\n"),
  );
  expect(
    told.readings.map(({ kind, name, value, unit, criticalAt, health }) => [
      ...[kind, name, value, unit, criticalAt, health],
    ]),
  ).toEqual([
    ["temperature", "Inlet, rear", 48, "°C", 45, "OK"],
    ["temperature", "CPU1 Temp", 99.5, "°C", null, "Critical"],
    ["fan", "Fan1", 480, "rpm", null, "Warning"],
    ["power", "Pwr Consumption", 210, "W", null, "OK"],
  ]);
  expect(told.supplies.map(({ slot, health }) => [slot, health])).toEqual([
    ["PS1 Status", "Critical"],
    ["PS2 Status", "OK"],
  ]);
});
