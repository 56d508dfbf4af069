import { expect, test } from "vitest";
import { everyNetwork, innerNetworks, isAllowedAddress } from "#lib/domain/network-address";
import { webhookCaller, webhookSignature } from "#lib/drivers/http-provider/call-webhook";

test("a message is signed as the example of Standard Webhooks is", () => {
  expect(
    webhookSignature(
      "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
      "msg_p5jXN8AQM9LWM0D4loKWxJek",
      "1614265330",
      '{"test": 2432232314}',
    ),
  ).toBe("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
});

const controllers = ["203.0.113.0/24"];

test.for([
  ["34.117.59.81", everyNetwork, true],
  ["2606:4700::6810:84e5", everyNetwork, true],
  ["10.1.2.3", everyNetwork, false],
  ["192.168.0.1", everyNetwork, false],
  ["100.64.1.1", everyNetwork, false],
  ["fd12::1", everyNetwork, false],
  ["127.0.0.1", everyNetwork, false],
  ["169.254.169.254", everyNetwork, false],
  ["::ffff:10.1.2.3", everyNetwork, false],
  ["203.0.113.9", everyNetwork, false],
  ["10.1.2.3", ["10.0.0.0/7"], false],
  ["10.1.2.3", ["10.1.2.0/24"], true],
  ["10.1.3.3", ["10.1.2.0/24"], false],
  ["203.0.113.9", ["203.0.113.8/31"], true],
] as const)("a webhook at %s, where %j are allowed: %s", ([ip, networks, isAllowed]) => {
  expect(isAllowedAddress(ip, networks, [...innerNetworks, ...controllers])).toBe(isAllowed);
});

test("a webhook in a network that is not allowed is sent nothing", async () => {
  const call = webhookCaller({ allowedNetworks: everyNetwork, guarded: controllers });
  for (const address of ["127.0.0.1:443", "10.0.0.1:443", "203.0.113.9:443", "localhost:443"]) {
    const endpoint = { address, path: "/", certificatePem: null };
    const message = { secret: "whsec_c2VjcmV0", id: "dlv_1", body: "{}", deadlineMs: 5_000 };
    await expect(call(endpoint, message), address).rejects.toThrow(
      "is not in a network that webhooks may be in",
    );
  }
});
