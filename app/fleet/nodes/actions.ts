"use server";

import { changeCredential } from "#lib/commands/change-credential";
import { confirmCertificate } from "#lib/commands/confirm-certificate";
import { enrolNode } from "#lib/commands/enrol-node";
import { flagNode } from "#lib/commands/flag-node";
import { orderNode } from "#lib/commands/order-node";
import { setAsideNode } from "#lib/commands/set-aside-node";
import { setNodePort } from "#lib/commands/set-node-port";
import { setNodePortInput } from "#lib/schemas/network";
import {
  changeCredentialInput,
  confirmCertificateInput,
  enrolNodeInput,
  flagNodeInput,
  orderNodeInput,
  setAsideNodeInput,
} from "#lib/schemas/node";
import { fleetAction } from "#lib/server/action";
import { sealingKey } from "#lib/server/sealing-key";

export const enrolNodeAction = fleetAction({
  permission: "node.enrol",
  input: enrolNodeInput,
  run: (db, grant, input) => enrolNode(db, grant, input, sealingKey()),
});

export const confirmCertificateAction = fleetAction({
  permission: "node.enrol",
  input: confirmCertificateInput,
  run: confirmCertificate,
});

export const changeCredentialAction = fleetAction({
  permission: "node.enrol",
  input: changeCredentialInput,
  run: (db, grant, input) => changeCredential(db, grant, input, sealingKey()),
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
