import { expect, test } from "vitest";
import { exchangePattern } from "#lib/worker/spans";

test.for([
  ["/redfish/v1", "/redfish/v1"],
  ["/redfish/v1/", "/redfish/v1/"],
  ["/redfish/v1/Systems/437XR1138R2", "/redfish/v1/Systems/*"],
  [
    "/redfish/v1/Systems/System.Embedded.1/Actions/ComputerSystem.Reset",
    "/redfish/v1/Systems/*/Actions/ComputerSystem.Reset",
  ],
  ["/redfish/v1/Systems/DGX/Bios/Settings", "/redfish/v1/Systems/*/Bios/Settings"],
  ["/redfish/v1/Systems/", "/redfish/v1/Systems/"],
  ["/redfish/v1/AccountService/Accounts/root", "/redfish/v1/AccountService/Accounts/*"],
  ["/redfish/v1/SessionService/Sessions/abc?x=secret", "/redfish/v1/SessionService/Sessions/*"],
  ["/redfish/v1/Chassis/acme-1#frag", "/redfish/v1/Chassis/*"],
  ["chassis power status", "chassis power"],
  ["user set password 2 hunter2", "user set"],
  ["raw 0x30 0x01", "raw"],
])("of an exchange about %s the trace says %s", ([path = "", shown]) => {
  expect(exchangePattern(path)).toBe(shown);
});
