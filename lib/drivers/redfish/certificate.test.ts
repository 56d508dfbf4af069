import { request } from "node:https";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import {
  endpointOf,
  type FixtureServer,
  goodCredential,
  type Identity,
  issuedByUnknownAuthority,
  newKeys,
  selfSigned,
  startFixtureServer,
} from "#lib/drivers/redfish/fixture-server.test-support";
import { redfishDriver } from "#lib/drivers/redfish/open-controller";
import { certificateReader } from "#lib/drivers/redfish/read-certificate";
import type { Controller, ControllerEndpoint } from "#lib/ports/controller";

const allowedNetworks = ["127.0.0.0/8"];
const long = 365 * 24 * 3_600_000;
const expired = {
  notBefore: new Date(Date.now() - 2 * long),
  notAfter: new Date(Date.now() - long),
};
const future = {
  notBefore: new Date(Date.now() + long),
  notAfter: new Date(Date.now() + 2 * long),
};

const resources = {
  "/redfish/v1": {
    Systems: { "@odata.id": "/redfish/v1/Systems" },
    Links: { Sessions: { "@odata.id": "/redfish/v1/SessionService/Sessions" } },
  },
  "/redfish/v1/Systems": { Members: [{ "@odata.id": "/redfish/v1/Systems/1" }] },
  "/redfish/v1/Systems/1": { PowerState: "On" },
};

const open: { close: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

async function serverOf(identity: Identity): Promise<FixtureServer> {
  const server = await startFixtureServer({ resources, identity });
  open.push(server);
  return server;
}

function controllerAt(endpoint: ControllerEndpoint, auth = goodCredential): Controller {
  const controller = redfishDriver({ allowedNetworks })({
    endpoint,
    credential: auth,
    record: () => {},
  });
  open.push(controller);
  return controller;
}

describe("the pinned certificate is accepted", () => {
  test.each([
    ["self-signed and no authority", () => selfSigned()],
    ["issued by an authority nobody knows", () => issuedByUnknownAuthority()],
    ["expired", () => selfSigned(expired)],
    ["not valid yet, as after a controller's clock was reset", () => selfSigned(future)],
  ])("when it is %s", async (_, make) => {
    const server = await serverOf(await make());
    await expect(controllerAt(server.endpoint).powerState()).resolves.toBe("on");
  });
});

describe("an impostor gets no byte", () => {
  test.each([
    [
      "a certificate of the same name",
      async () => [await selfSigned(), await selfSigned()] as const,
    ],
    [
      "another certificate of the very same key",
      async () => {
        const keys = await newKeys();
        return [await selfSigned({ keys }), await selfSigned({ keys })] as const;
      },
    ],
    [
      "a certificate of the same name, the pinned one being expired",
      async () => [await selfSigned(expired), await selfSigned()] as const,
    ],
    [
      "an expired certificate of the same name, the pinned one being expired too",
      async () => [await selfSigned(expired), await selfSigned(expired)] as const,
    ],
    [
      "a certificate of the same authority",
      async () => [await issuedByUnknownAuthority(), await issuedByUnknownAuthority()] as const,
    ],
  ])("with %s", async (_, make) => {
    const [pinned, presented] = await make();
    const impostor = await serverOf(presented);
    const controller = controllerAt(endpointOf(impostor.address, pinned));
    for (const call of [() => controller.powerState(), () => controller.inventory()]) {
      await expect(call()).rejects.toMatchObject({
        failure: "certificate_changed",
        retryable: false,
      });
    }
    expect(impostor.applicationBytes()).toBe(0);
  });

  test("while the usual shortcut would have sent it the credential", async () => {
    // The control: it shows that the bytes of a leak would have been counted above.
    const [pinned, presented] = [await selfSigned(), await selfSigned()];
    const impostor = await serverOf(presented);
    const [host, port] = impostor.address.split(":");
    await new Promise<void>((done) => {
      request(
        {
          host,
          port,
          path: "/redfish/v1/Systems",
          auth: "operator:correct horse battery",
          ca: pinned.certificatePem,
          rejectUnauthorized: false,
          checkServerIdentity: () => new Error("not the pinned certificate"),
        },
        (response) => response.resume().once("end", done),
      )
        .once("error", () => done())
        .end();
    });
    expect(impostor.applicationBytes()).toBeGreaterThan(0);
    expect(impostor.seen[0]?.headers.authorization).toMatch(/^Basic /);
  });

  test("when the stored fingerprint and the stored certificate disagree", async () => {
    const [one, other] = [await selfSigned(), await selfSigned()];
    const server = await serverOf(one);
    const endpoint = {
      ...endpointOf(server.address, one),
      fingerprint: endpointOf(server.address, other).fingerprint,
    };
    await expect(controllerAt(endpoint).powerState()).rejects.toMatchObject({
      failure: "certificate_changed",
    });
    expect(server.applicationBytes()).toBe(0);
  });
});

describe("reading a certificate for the operator to confirm", () => {
  test("tells its fingerprint, dates and PEM and sends nothing", async () => {
    const server = await serverOf(await selfSigned(expired));
    const presented = await certificateReader({ allowedNetworks })(server.address);
    expect(presented).toEqual({
      fingerprint: server.endpoint.fingerprint,
      certificatePem: expect.stringContaining("BEGIN CERTIFICATE"),
      subject: "CN=controller",
      validFrom: new Date(Math.floor(expired.notBefore.getTime() / 1000) * 1000),
      validTo: new Date(Math.floor(expired.notAfter.getTime() / 1000) * 1000),
    });
    expect(server.applicationBytes()).toBe(0);
  });

  test("gives up on a port that accepts and says nothing", async () => {
    const silent = createServer((socket) => socket.resume());
    await new Promise<void>((done) => silent.listen(0, "127.0.0.1", done));
    open.push({ close: () => new Promise((done) => silent.close(() => done())) });
    const { port } = silent.address() as AddressInfo;
    await expect(
      certificateReader({ allowedNetworks }, 50)(`127.0.0.1:${port}`),
    ).rejects.toMatchObject({ failure: "timeout", retryable: true });
  });

  test("goes nowhere that is not allowed", async () => {
    const server = await serverOf(await selfSigned());
    await expect(
      certificateReader({ allowedNetworks: ["10.0.0.0/8"] })(server.address),
    ).rejects.toMatchObject({ failure: "unreachable", retryable: false });
  });
});
