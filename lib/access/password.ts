import { argon2, randomBytes, timingSafeEqual } from "node:crypto";

// Argon2id with the second choice of OWASP's Password Storage Cheat Sheet: 19 MiB, two passes, one
// lane. About 40 ms of one core, so two at a time leave the portal its other threads.
const cost = { memoryKib: 19_456, passes: 2, parallelism: 1 } as const;
const tagBytes = 32;
const mostAtOnce = 2;

/** Hashes a password with a fresh salt, as `$argon2id$v=19$m=…,t=…,p=…$salt$hash`. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const hash = await derive(password, salt, cost);
  const { memoryKib, passes, parallelism } = cost;
  return `$argon2id$v=19$m=${memoryKib},t=${passes},p=${parallelism}$${unpadded(salt)}$${unpadded(hash)}`;
}

/** True when the password is the one that was hashed. Throws on a hash that is not ours. */
export async function verifyPassword(password: string, hashed: string): Promise<boolean> {
  const parts = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([^$]+)\$([^$]+)$/.exec(hashed);
  if (!parts) throw new Error("this is not a password hash of a known form");
  const [, memory, passes, parallelism, salt = "", tag = ""] = parts;
  const expected = Buffer.from(tag, "base64");
  const found = await derive(password, Buffer.from(salt, "base64"), {
    memoryKib: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
  });
  return expected.length === found.length && timingSafeEqual(expected, found);
}

/**
 * Takes as long as `verifyPassword` and is always false: what is done for an unknown account, so
 * that the time of an answer does not tell which accounts exist.
 */
export async function verifyNothing(password: string): Promise<false> {
  await derive(password, Buffer.alloc(16), cost);
  return false;
}

type Cost = { memoryKib: number; passes: number; parallelism: number };

let running = 0;
const waiting: (() => void)[] = [];

async function derive(password: string, salt: Buffer, by: Cost): Promise<Buffer> {
  if (running >= mostAtOnce) await new Promise<void>((go) => waiting.push(go));
  else running++;
  try {
    return await new Promise<Buffer>((resolve, reject) => {
      argon2(
        "argon2id",
        {
          // One form of each letter: the same password typed on another keyboard is the same.
          message: Buffer.from(password.normalize("NFKC")),
          nonce: salt,
          memory: by.memoryKib,
          passes: by.passes,
          parallelism: by.parallelism,
          tagLength: tagBytes,
        },
        (error, key) => (error ? reject(error) : resolve(key)),
      );
    });
  } finally {
    // A place is handed on rather than freed, so that nobody overtakes the queue.
    const next = waiting.shift();
    if (next) next();
    else running--;
  }
}

function unpadded(bytes: Buffer): string {
  return bytes.toString("base64").replace(/=+$/, "");
}
