"use server";

import { acceptVariant } from "#lib/commands/accept-variant";
import { changeCredential } from "#lib/commands/change-credential";
import { confirmCertificates } from "#lib/commands/confirm-certificates";
import { enrolNode } from "#lib/commands/enrol-node";
import { enrolNodes } from "#lib/commands/enrol-nodes";
import { flagNode } from "#lib/commands/flag-node";
import { orderNode } from "#lib/commands/order-node";
import { retryRotation } from "#lib/commands/retry-rotation";
import { setAsideNode } from "#lib/commands/set-aside-node";
import { setNodePort } from "#lib/commands/set-node-port";
import { takeBackHold } from "#lib/commands/take-back-hold";
import { withdrawVariant } from "#lib/commands/withdraw-variant";
import { ok } from "#lib/domain/result";
import { enrolSheetInput, readEnrolmentSheet } from "#lib/schemas/enrolment-sheet";
import { endHoldInput } from "#lib/schemas/hold";
import { setNodePortInput } from "#lib/schemas/network";
import {
  acceptVariantInput,
  changeCredentialInput,
  confirmCertificatesInput,
  enrolNodeInput,
  flagNodeInput,
  orderNodeInput,
  retryRotationInput,
  setAsideNodeInput,
  withdrawVariantInput,
} from "#lib/schemas/node";
import { fleetAction } from "#lib/server/action";
import { sealingKey } from "#lib/server/sealing-key";
import { enrolmentLines, enrolmentPlan } from "#lib/views/enrolment-plan";

export const enrolNodeAction = fleetAction({
  permission: "node.enrol",
  input: enrolNodeInput,
  run: (db, grant, input) => enrolNode(db, grant, input, sealingKey()),
});

/** Says line by line what enrolling the list would do. */
export const checkSheetAction = fleetAction({
  permission: "node.enrol",
  input: enrolSheetInput,
  run: async (db, grant, input) => {
    const sheet = readEnrolmentSheet(input);
    return sheet.ok ? ok(await enrolmentPlan(db, grant, sheet.value)) : sheet;
  },
});

export const enrolSheetAction = fleetAction({
  permission: "node.enrol",
  input: enrolSheetInput,
  run: async (db, grant, input) => {
    const sheet = readEnrolmentSheet(input);
    if (!sheet.ok) return sheet;
    const done = await enrolNodes(db, grant, sheet.value, sealingKey());
    return done.ok ? ok(enrolmentLines(sheet.value, done.value)) : done;
  },
});

export const confirmCertificatesAction = fleetAction({
  permission: "node.enrol",
  input: confirmCertificatesInput,
  run: confirmCertificates,
});

export const acceptVariantAction = fleetAction({
  permission: "node.enrol",
  input: acceptVariantInput,
  run: acceptVariant,
});

export const withdrawVariantAction = fleetAction({
  permission: "node.enrol",
  input: withdrawVariantInput,
  run: withdrawVariant,
});

export const changeCredentialAction = fleetAction({
  permission: "credential.edit",
  input: changeCredentialInput,
  run: (db, grant, input) => changeCredential(db, grant, input, sealingKey()),
});

export const retryRotationAction = fleetAction({
  permission: "node.enrol",
  input: retryRotationInput,
  run: retryRotation,
});

export const orderNodeAction = fleetAction({
  permission: "node.operate",
  input: orderNodeInput,
  run: orderNode,
});

export const setAsideNodeAction = fleetAction({
  permission: "node.operate",
  input: setAsideNodeInput,
  run: setAsideNode,
});

export const takeBackHoldAction = fleetAction({
  permission: "node.operate",
  input: endHoldInput,
  run: takeBackHold,
});

export const flagNodeAction = fleetAction({
  permission: "node.operate",
  input: flagNodeInput,
  run: flagNode,
});

export const setNodePortAction = fleetAction({
  permission: "node.enrol",
  input: setNodePortInput,
  run: setNodePort,
});
