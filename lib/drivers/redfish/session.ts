import { failureOf, isNotThere, isSuccess, jsonOf, saysAny } from "#lib/drivers/redfish/failure";
import { type Behaviour, behaviourOf, vendorOf } from "#lib/drivers/redfish/quirks";
import { type ServiceRoot, serviceRoot, session } from "#lib/drivers/redfish/resource-schemas";
import type { Answer, Request, Transport } from "#lib/drivers/redfish/transport";
import { type ControllerCredential, ControllerError } from "#lib/ports/controller";

export type Session = {
  /** Sends a request signed in. Throws `auth_failed` when the credential is refused. */
  send: (request: Request) => Promise<Answer>;
  /** The service root, read once, and what its claims let us expect. */
  root: () => Promise<{ root: ServiceRoot; behaviour: Behaviour; body: unknown }>;
  /** Signs in where that has not been done, and looks at what is shown to nobody else. */
  check: () => Promise<void>;
  /** Path of the session that is signed in with; null where every request signs in for itself. */
  path: () => Promise<string | null>;
  /** Gives the session back. Never throws. */
  close: () => Promise<void>;
};

type SignIn = { kind: "token"; token: string; path: string | null } | { kind: "basic" };

/**
 * Signs in to one controller: a session where it offers them, else HTTP Basic (DSP0266, 13.3).
 *
 * A refused credential is not tried a second time, because controllers lock accounts after a few.
 * For the same reason a Basic credential is tried with one request alone before others follow.
 */
export function createSession(transport: Transport, credential: ControllerCredential): Session {
  const basic = `Basic ${Buffer.from(`${credential.username}:${credential.password}`).toString("base64")}`;
  transport.hide(credential.password);
  transport.hide(basic.slice("Basic ".length));

  let refused: ControllerError | null = null;
  let basicRefused = false;
  let isClosed = false;
  let signIn: Promise<SignIn> | null = null;
  let known: ReturnType<Session["root"]> | null = null;

  function root() {
    known ??= readRoot().catch((error: unknown) => {
      known = null;
      throw error;
    });
    return known;
  }

  async function readRoot() {
    // Open to everyone by the specification (DSP0266, 13.3.2), so it is read without a credential.
    const answer = await transport.send({ method: "GET", path: "/redfish/v1/" });
    if (!isSuccess(answer)) throw failureOf(answer, behaviourOf(null).busyMessages);
    const body = jsonOf(answer);
    const parsed = serviceRoot.safeParse(body);
    if (!parsed.success) {
      throw new ControllerError("malformed", "the service root is not understood", {
        retryable: false,
        cause: parsed.error,
      });
    }
    return { root: parsed.data, behaviour: behaviourOf(vendorOf(parsed.data)), body };
  }

  function currentSignIn(): Promise<SignIn> {
    signIn ??= logIn().catch((error: unknown) => {
      signIn = null;
      throw error;
    });
    return signIn;
  }

  async function logIn(): Promise<SignIn> {
    if (refused) throw refused;
    const { root: service, behaviour } = await root();
    // The sign-in may have been replaced since: a call under way would have the account locked.
    if (isClosed) throw closed();
    const sessions = service.Links.Sessions;
    let full: Answer | null = null;
    if (sessions !== null) {
      const answer = await transport.send({
        method: "POST",
        path: sessions,
        body: { UserName: credential.username, Password: credential.password },
      });
      if (isSuccess(answer)) return tokenFrom(answer);
      if (isOutOfSessions(answer, behaviour)) full = answer;
      else if (!isNotThere(answer)) throw loginFailure(answer, behaviour);
    }
    if (full && basicRefused) throw outOfSessions();
    const probe = await transport.send(signed(basicProbe(service), { kind: "basic" }));
    if (full && probe.status !== 200) {
      // A controller may take sessions alone: this says nothing of the credential, and is not
      // tried again, since it may count as a failed login.
      basicRefused = true;
      throw outOfSessions();
    }
    if (probe.status === 401 || probe.status === 403) throw loginFailure(probe, behaviour);
    return { kind: "basic" };
  }

  function outOfSessions(): ControllerError {
    return new ControllerError("busy", "every session of the controller is in use", {
      retryable: true,
    });
  }

  function tokenFrom(answer: Answer): SignIn {
    const token = answer.headers["x-auth-token"];
    if (typeof token !== "string" || token === "") {
      throw new ControllerError("malformed", "a session was made and no token came with it", {
        retryable: false,
      });
    }
    transport.hide(token);
    const body = session.safeParse(parsedOrNull(answer.text));
    const path = answer.headers.location ?? (body.success ? body.data["@odata.id"] : null);
    return { kind: "token", token, path };
  }

  function loginFailure(answer: Answer, behaviour: Behaviour): ControllerError {
    const failure = failureOf(answer, behaviour.busyMessages);
    // A busy controller, or one with a fault of its own, has not judged the credential.
    if (failure.retryable) return failure;
    return refuse(`the controller refused the sign-in: ${failure.message}`);
  }

  function refuse(message: string): ControllerError {
    refused = new ControllerError("auth_failed", message, { retryable: false });
    return refused;
  }

  function signed(request: Request, as: SignIn): Request {
    return {
      ...request,
      headers: {
        ...request.headers,
        ...(as.kind === "token" ? { "x-auth-token": as.token } : { authorization: basic }),
      },
    };
  }

  async function send(request: Request): Promise<Answer> {
    if (refused) throw refused;
    const asking = currentSignIn();
    const as = await asking;
    const answer = await transport.send(signed(request, as));
    if (answer.status !== 401) return answer;
    if (isClosed) throw closed();
    if (as.kind === "basic") throw refuse(`the controller refused the credential it took before`);
    // The token has ended. Whoever finds out first renews it, the others use the new one.
    if (signIn === asking) signIn = null;
    const renewed = await currentSignIn();
    if (as.path !== null) await giveBack(as.path, renewed);
    return transport.send(signed(request, renewed));
  }

  async function giveBack(path: string, as: SignIn): Promise<void> {
    await transport.send(signed({ method: "DELETE", path }, as)).catch(() => {});
  }

  return {
    send,
    root,
    async check() {
      const { root: service, behaviour } = await root();
      const answer = await send(basicProbe(service));
      if (answer.status === 403) throw loginFailure(answer, behaviour);
      if (!isSuccess(answer)) throw failureOf(answer, behaviour.busyMessages);
    },
    async path() {
      const as = await currentSignIn();
      return as.kind === "token" ? as.path : null;
    },
    async close() {
      isClosed = true;
      const as = await signIn?.catch(() => null);
      signIn = null;
      if (as?.kind === "token" && as.path !== null) await giveBack(as.path, as);
      transport.close();
    },
  };
}

function closed(): ControllerError {
  return new ControllerError("busy", "this session was given back", { retryable: true });
}

/**
 * Every session slot is taken, as after a worker that died could not give its own back: Basic needs
 * none. Slots are few and come back when they have been idle.
 */
function isOutOfSessions(answer: Answer, { fullMessages }: Behaviour): boolean {
  return answer.status === 503 || saysAny(answer, fullMessages);
}

/** A resource that every service has and shows to nobody without a credential. */
function basicProbe(root: ServiceRoot): Request {
  return { method: "GET", path: root.Systems ?? "/redfish/v1/Systems" };
}

function parsedOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
