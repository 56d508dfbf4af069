import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

// Whatever has a form is held to nothing, far too much and harm by a row of forms.spec.ts or in a journey, as
// `file` there says; or it stands here with the reason why not.

const excepted: Record<string, string> = {
  "components/forms/form-dialog.tsx": "the frame of the others",
  "components/ui/confirm-dialog.tsx": "the frame of the others",

  "components/contexts/attachments-panel.tsx": "one chooses, and types nothing",
  "components/environments/lease-line.tsx": "one chooses, and types nothing",
  "components/members/pending-invitations.tsx": "one chooses, and types nothing",
  "components/members/term-dialog.tsx": "one chooses, and types nothing",
  "components/sharing/share-dialog.tsx": "one chooses, and types nothing",
  "components/members/reset-password-dialog.tsx": "it asks for nothing",
  "components/sites/lease-script-dialog.tsx": "it asks for nothing",
  "components/notifications/mail-times-panel.tsx":
    "the browser takes nothing but a time of day in its fields",

  "components/account/add-passkey.tsx": "the authenticator is asked before anything is sent",
  "components/account/passkey-table.tsx": "its name is that of add-passkey.tsx, once there is one",
  "components/environments/environment-keys.tsx":
    "its name to type is that of environment-actions.tsx, once a node lacks keys",
  "components/environments/newer-version.tsx":
    "its name to type is that of environment-actions.tsx, once there is a newer version",
  "components/fabrics/fabric-actions.tsx":
    "it asks on NVLink fabrics alone, which the rack has none of",
  "components/fabrics/nvlink-proposals.tsx":
    "its name is that of a fabric, and fabrics.spec.ts has one refused",
  "components/identity/remove-provider-button.tsx":
    "its name to type is that of environment-actions.tsx, once there is a provider",
  "components/nodes/node-port-panel.tsx":
    "its one text is like that of a network driver, once the site has one",
  "components/profiles/currency-dialog.tsx":
    "it asks until the first price is entered, which the seeded world has",
  "components/hooks/stop-asking-dialog.tsx":
    "its one text is that of approval-list.tsx, once a provider has stopped answering",
  "components/inspections/inspect-dialog.tsx": "its fields are those of node-type-form.tsx",
};

const withForms = globSync("{app,components}/**/*.tsx").filter((file) =>
  /<FormDialog\b|<form\b|\bconfirmName=/.test(readFileSync(file, "utf8")),
);
const held = new Set(
  globSync("e2e/*.spec.ts").flatMap((file) =>
    [...readFileSync(file, "utf8").matchAll(/\bfile(?:: | = )"(components\/[^"]+)"/g)].map(
      ([, component]) => component,
    ),
  ),
);

test("no form is left out", () => {
  expect(withForms.filter((file) => !held.has(file) && !excepted[file])).toEqual([]);
});

test("no row and no exception is of a form that there is not", () => {
  const named = [...held, ...Object.keys(excepted)];
  expect(named.filter((file) => !withForms.includes(String(file)))).toEqual([]);
  expect(Object.keys(excepted).filter((file) => held.has(file))).toEqual([]);
});
