import type { InventoryAccount } from "#lib/domain/node/inventory";
import type { PasswordRules } from "#lib/domain/node/new-password";
import { changeGuarded } from "#lib/drivers/redfish/change";
import { failureOf, isSuccess } from "#lib/drivers/redfish/failure";
import type { Limits } from "#lib/drivers/redfish/limits";
import { behaviourOf, vendorOf } from "#lib/drivers/redfish/quirks";
import type { Reader } from "#lib/drivers/redfish/reader";
import {
  accountService,
  managerAccount,
  type ServiceRoot,
  sessionMember,
} from "#lib/drivers/redfish/resource-schemas";
import type { Session } from "#lib/drivers/redfish/session";
import { followTask } from "#lib/drivers/redfish/tasks";
import { ControllerError } from "#lib/ports/controller";

/**
 * The accounts that a controller lists, but for empty slots; null when it lists none, or when not
 * all of them could be read, since the one that is missing may be the one to know of.
 */
export async function readAccounts(
  reader: Reader,
  root: ServiceRoot,
  username: string,
): Promise<InventoryAccount[] | null> {
  const optional = { busyIsUnread: true };
  const { hostAccountRole } = behaviourOf(vendorOf(root));
  const service = await reader.find(root.AccountService, accountService, optional);
  if (service === null || service.Accounts === null) return null;
  const all = await reader.members(service.Accounts, managerAccount, optional);
  if (!all.listed || all.missing.length > 0) return null;
  return all.found.flatMap(({ body }) =>
    body.UserName === null
      ? []
      : [
          {
            username: body.UserName,
            enabled: body.Enabled,
            role: body.RoleId,
            isOwn: body.UserName === username,
            isHosts: body.HostBootstrapAccount || hostAccountRole?.test(body.RoleId ?? "") === true,
          },
        ],
  );
}

type OwnAccount = { path: string; rules: PasswordRules };

/**
 * Finds the account that is signed in with among those of the controller, by its user name: which
 * path or slot it has is the controller's business. Throws `unsupported` when it is not to be found
 * there, as one of a directory is not.
 */
export async function findOwnAccount(
  reader: Reader,
  root: ServiceRoot,
  username: string,
): Promise<OwnAccount> {
  const service = await reader.find(root.AccountService, accountService);
  if (service === null || service.Accounts === null) {
    throw unsupported("the controller lists no accounts");
  }
  const { found, silent, listed } = await reader.members(service.Accounts, managerAccount, {
    busyIsUnread: true,
  });
  const own = found.filter(({ body }) => body.UserName === username);
  if (own.length === 1 && own[0]) {
    const { MinPasswordLength: minLength, MaxPasswordLength: maxLength } = service;
    return { path: own[0].path, rules: { minLength, maxLength } };
  }
  if (own.length > 1) {
    throw unsupported(`${own.length} accounts of the controller are called ${username}`);
  }
  if (silent.length > 0 || !listed) {
    throw new ControllerError("busy", "not every account of the controller could be read", {
      retryable: true,
    });
  }
  throw unsupported(`none of the controller's accounts is called ${username}`);
}

/** Sets the password of an account as it was read, whatever ladder of conditions that takes. */
export async function setPassword(input: {
  session: Session;
  limits: Limits;
  account: OwnAccount;
  password: string;
  newReader: () => Reader;
}): Promise<void> {
  const { session, limits, account, newReader } = input;
  const read = () => newReader().read(account.path, managerAccount);
  const { behaviour } = await session.root();
  const answer = await changeGuarded(
    session,
    { path: account.path, etag: (await read()).etag },
    { Password: input.password },
    async () => (await read()).etag,
  );
  if (!isSuccess(answer)) throw failureOf(answer, behaviour.busyMessages);
  await followTask(session, answer, limits);
}

/**
 * Ends the sessions of a user but for the one at `keep`: what was signed in with an earlier password
 * stays signed in on controllers that do not end it themselves. Gives how many were ended.
 */
export async function endSessions(input: {
  session: Session;
  reader: Reader;
  root: ServiceRoot;
  username: string;
  keep: string;
}): Promise<number> {
  const { session, reader, root, username } = input;
  const { found } = await reader.members(root.Links.Sessions, sessionMember);
  const keep = bare(input.keep);
  const others = found.filter(
    ({ path, body }) => body.UserName === username && bare(path) !== keep,
  );
  for (const { path } of others) await session.send({ method: "DELETE", path });
  return others.length;
}

/** A session may be named by its path here and by its whole address there. */
function bare(address: string): string {
  return new URL(address, "https://controller").pathname.replace(/\/$/, "");
}

function unsupported(message: string): ControllerError {
  return new ControllerError("unsupported", message, { retryable: false });
}
