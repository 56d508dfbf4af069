import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { isSuccess, saysAny } from "#lib/drivers/redfish/failure";
import { captured } from "#lib/drivers/redfish/fixture-server.test-support";
import { behaviourOf, vendorOf } from "#lib/drivers/redfish/quirks";
import { serviceRoot } from "#lib/drivers/redfish/resource-schemas";
import type { Answer } from "#lib/drivers/redfish/transport";

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

const vendors = [
  "nvidia-dgx-h100",
  "dell-idrac",
  "lenovo-xcc",
  "hpe-ilo-dl380a",
  "nvidia-bluefield-dpu",
  "dmtf-public-rackmount1",
];

function answered(body: unknown, method: "GET" | "PATCH", status = 200): Answer {
  const text = JSON.stringify(body);
  return { request: { method, path: "/x" }, status, headers: {}, text, evidence: text };
}

const errorOf = (...messages: object[]) => ({
  error: { code: "iLO.0.10.ExtendedInfo", message: "See", "@Message.ExtendedInfo": messages },
});

describe("an answer of success with an error in it", () => {
  // Guarantee: the dead links and refusals of captured controllers are not taken for resources without facts,
  // and no resource of theirs for a refusal. Goes red when an error alone passes as an answer, or when one
  // of the parts of a resource has failed and the rest is thrown away.
  test.each(vendors)("of %s is a refusal where it is all there is", (name) => {
    for (const body of Object.values(captured(name))) {
      const members = Object.keys(body as object);
      const isError = members.length === 1 && members[0] === "error";
      expect(isSuccess(answered(body, "GET")), JSON.stringify(body).slice(0, 200)).toBe(!isError);
      // Those of the captures are refusals, whatever was asked: only three of them tell a severity.
      if (isError) expect(isSuccess(answered(body, "PATCH"))).toBe(false);
    }
  });

  test("of a change is what its messages say, by their severity or else their ids", () => {
    for (const MessageId of ["Base.1.4.Success", "iLO.2.14.SystemResetRequired", "iLO.2.14.New"]) {
      expect(isSuccess(answered(errorOf({ MessageId }), "PATCH"))).toBe(true);
    }
    // A task's monitor is read, and answers at its end as the change would have.
    expect(isSuccess(answered(errorOf({ MessageId: "Base.1.4.Success" }), "GET"))).toBe(true);
    // As iLO 4 spells it, and says it twice.
    const old = {
      ...errorOf({ MessageID: "iLO.0.10.SystemResetRequired" }),
      Messages: [],
      Type: "",
    };
    expect(isSuccess(answered(old, "PATCH"))).toBe(true);
    for (const message of [
      { MessageId: "Base.1.4.PropertyNotWritable" },
      { MessageID: "iLO.0.10.InvalidOperationForSystemState" },
      { MessageId: "Base.1.18.InsufficientPrivilege" },
      { MessageId: "iLO.2.14.UnableToModifyDuringSystemPOST" },
      { MessageId: "Base.1.4.Strange", MessageSeverity: "Warning" },
      { MessageId: "Base.1.4.Strange", Severity: "Critical" },
    ]) {
      expect(isSuccess(answered(errorOf(message), "PATCH")), message.MessageId).toBe(false);
      expect(isSuccess(answered({ Id: "1", ...errorOf(message) }, "PATCH"))).toBe(true);
    }
    const mixed = errorOf(
      { MessageId: "Base.1.4.Success" },
      { MessageId: "Base.1.4.PropertyUnknown", MessageSeverity: "Warning" },
    );
    expect(isSuccess(answered(mixed, "PATCH"))).toBe(false);
    expect(isSuccess(answered({ error: { code: "Base.1.0.GeneralError" } }, "PATCH"))).toBe(false);
    expect(isSuccess(answered({ error: {} }, "PATCH"))).toBe(true);
    expect(isSuccess(answered({}, "PATCH"))).toBe(true);
  });
});

test("that every session is taken is known by the message of whoever says it", () => {
  const full = answered(errorOf({ MessageId: "IDRAC.2.8.RAC0218" }), "PATCH", 400);
  expect(saysAny(full, behaviourOf("Dell").fullMessages)).toBe(true);
  expect(saysAny(full, behaviourOf("HPE").fullMessages)).toBe(false);
  const standard = answered({ error: { code: "Base.1.8.SessionLimitExceeded" } }, "PATCH", 400);
  expect(saysAny(standard, behaviourOf(null).fullMessages)).toBe(true);
});

test("each vendor's logs come in the order of what they tell", () => {
  const ranked = (vendor: string, ids: string[]) => {
    const { telling, others } = behaviourOf(vendor).logs;
    return ids
      .filter((id) => !others.some((name) => name.test(id)))
      .toSorted((a, b) => {
        const rank = (id: string) => telling.findIndex((name) => name.test(id));
        return rank(a) - rank(b);
      });
  };
  expect(ranked("HPE", ["IEL", "Event", "IML", "SL"])).toEqual(["IML", "Event"]);
  expect(ranked("Dell", ["FaultList", "Lclog", "Sel"])).toEqual(["Sel", "Lclog"]);
  expect(ranked("Lenovo", ["ActiveLog", "AuditLog", "MaintenanceLog", "SaLog", "SEL"])).toEqual([
    ...["SEL", "SaLog"],
  ]);
  expect(ranked("AMI", ["AuditLog", "DecodedLog", "XID", "EventLog", "SEL"])).toEqual([
    ...["SEL", "EventLog"],
  ]);
});

describe("what a vendor does in its own way stands in the registry alone", () => {
  const folder = path.join(process.cwd(), "lib/drivers/redfish");
  const files = readdirSync(folder).filter(
    (file) => !/\.test(-support)?\.ts$/.test(file) && file !== "quirks.ts",
  );
  const ids =
    /\b(RAC|SWC|SYS|LIC|SUP|PR|JCP|BOOTCTRL|IDRAC|FQX\w+)\d{2,}\b|\b(iDRAC|iLO|Lenovo|Hpe|Ami|Nvidia)\.\d|DuringSystemPOST|HMCCommunication/;
  const names =
    /idrac|\bilo\b|\bxcc\b|lenovo|\bdell\b|\bhpe?\b|supermicro|nvidia|\bami\b|mellanox|bluefield|connectx|hgx|\bdgx|^iml|\biel\b|\bxid\b|hostinterface/i;
  const literals = /"[^"]*"|`[^`]*`|\/(?:\\.|[^/\\\s])+\/[a-z]*/g;

  /** The words that code compares with or sends: its texts and patterns, without comments and imports. */
  function wordsOf(text: string): string[] {
    const code = text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
    return (code.replace(/from "[^"]*"/g, "").match(literals) ?? []).filter((word) =>
      names.test(word),
    );
  }

  test.each(files)("and not in %s", (file) => {
    const text = readFileSync(path.join(folder, file), "utf8");
    expect(ids.exec(text)?.[0]).toBeUndefined();
    expect(wordsOf(text)).toEqual([]);
  });

  test("and would be found elsewhere", () => {
    const text = readFileSync(path.join(folder, "quirks.ts"), "utf8");
    expect(ids.test(text)).toBe(true);
    expect(wordsOf(text).length).toBeGreaterThan(10);
  });
});
