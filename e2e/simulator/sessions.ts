import { randomBytes, timingSafeEqual } from "node:crypto";

/** After how many failed logins in a row the account is locked, and for how long. */
export type LockoutPolicy = { after: number; forMs: number };

export type Session = { id: string; token: string; username: string; usedAt: number };

const idleMs = 30 * 60_000;

/** The one account of a controller and its sessions. */
export class Sessions {
  readonly #username: string;
  #password: string;
  readonly #limit: number;
  readonly #lockout: LockoutPolicy | null;
  #sessions = new Map<string, Session>();
  readonly #tokens: string[] = [];
  #failures = 0;
  #failedLogins = 0;
  #lockedUntil = 0;
  #nextId = 1;

  constructor(input: {
    username: string;
    password: string;
    limit: number;
    lockout: LockoutPolicy | null;
  }) {
    this.#username = input.username;
    this.#password = input.password;
    this.#limit = input.limit;
    this.#lockout = input.lockout;
  }

  get username(): string {
    return this.#username;
  }

  get password(): string {
    return this.#password;
  }

  /** Gives the account another password. Sessions that are open stay so. */
  changePassword(password: string): void {
    this.#password = password;
  }

  /** Of every session since the start of the rack, for tests that look where they must not be. */
  get tokens(): readonly string[] {
    return this.#tokens;
  }

  get lockout(): LockoutPolicy | null {
    return this.#lockout;
  }

  /** Failed logins since the start of the rack. */
  get failedLogins(): number {
    return this.#failedLogins;
  }

  isLocked(now = Date.now()): boolean {
    return now < this.#lockedUntil;
  }

  /** Whether the name and password are right; a locked account refuses the right ones too. */
  login(username: string, password: string, now = Date.now()): boolean {
    const isRight = equal(username, this.#username) && equal(password, this.#password);
    if (isRight && !this.isLocked(now)) {
      this.#failures = 0;
      return true;
    }
    this.#failedLogins += 1;
    this.#failures += 1;
    if (this.#lockout !== null && this.#failures >= this.#lockout.after) {
      this.#lockedUntil = now + this.#lockout.forMs;
      this.#failures = 0;
    }
    return false;
  }

  /** A new session, or null when there are as many as the controller can hold. */
  open(now = Date.now()): Session | null {
    const live = this.list(now);
    if (live.length >= this.#limit) return null;
    const session: Session = {
      id: String(this.#nextId++),
      token: randomBytes(16).toString("hex"),
      username: this.#username,
      usedAt: now,
    };
    this.#sessions.set(session.id, session);
    this.#tokens.push(session.token);
    return session;
  }

  /** The session of a token; using it keeps it from expiring. */
  find(token: string, now = Date.now()): Session | undefined {
    const session = this.list(now).find((candidate) => equal(candidate.token, token));
    if (session !== undefined) session.usedAt = now;
    return session;
  }

  /** Ends a session; false when there is none of that id. */
  end(id: string): boolean {
    return this.#sessions.delete(id);
  }

  /** Ends all of them, as when an account is locked. */
  endAll(): void {
    this.#sessions.clear();
  }

  /** Sessions that are still alive: 30 minutes without use end one. */
  list(now = Date.now()): Session[] {
    for (const session of this.#sessions.values()) {
      if (now - session.usedAt > idleMs) this.#sessions.delete(session.id);
    }
    return [...this.#sessions.values()];
  }
}

function equal(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}
