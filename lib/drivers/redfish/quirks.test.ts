import { describe, expect, test } from "vitest";
import { captured } from "#lib/drivers/redfish/fixture-server.test-support";
import { behaviourOf, vendorOf } from "#lib/drivers/redfish/quirks";
import { serviceRoot } from "#lib/drivers/redfish/resource-schemas";

describe("the behaviour to expect follows from what a controller says of itself", () => {
  test.each([
    ["nvidia-dgx-h100", "AMI", { sendsBootMode: true, patchesMediaImage: false }],
    ["dell-idrac", "Dell", { sendsBootMode: false, patchesMediaImage: false }],
    ["lenovo-xcc", "Lenovo", { sendsBootMode: false, patchesMediaImage: true }],
    ["hpe-ilo-dl380a", "HPE", { sendsBootMode: false, patchesMediaImage: false }],
    ["nvidia-bluefield-dpu", "Nvidia", { sendsBootMode: false, patchesMediaImage: false }],
  ])("%s is %s's", (name, vendor, behaviour) => {
    const resources = captured(name);
    const root = serviceRoot.parse(resources["/redfish/v1"] ?? resources["/redfish/v1/"]);
    expect(vendorOf(root)).toBe(vendor);
    expect(behaviourOf(vendorOf(root))).toMatchObject(behaviour);
  });

  test("one that names no vendor is known by its additions", () => {
    const root = serviceRoot.parse({ Oem: { Hpe: { "@odata.type": "#HpeiLO" } } });
    expect(vendorOf(root)).toBe("Hpe");
    expect(behaviourOf("Hpe").busyMessages.length).toBeGreaterThan(
      behaviourOf(null).busyMessages.length,
    );
  });

  test("one that says nothing is taken to keep to the standard", () => {
    for (const root of [{}, { Oem: {} }, { Oem: "none", Vendor: 7 }]) {
      expect(vendorOf(serviceRoot.parse(root))).toBeNull();
    }
    expect(behaviourOf(null)).toMatchObject({ sendsBootMode: false, patchesMediaImage: false });
  });
});
