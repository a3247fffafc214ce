// Passwords: argon2id, which takes memory and time on purpose. So at most two are worked on at once, and few wait: whoever floods
// the sign-in gets `rate_limited`, and the machine stays usable.
import { BsvError } from "#core/errors.ts";

/** OWASP's choice for argon2id: 19 MiB, two passes. */
const COST = { algorithm: "argon2id", memoryCost: 19_456, timeCost: 2 } as const;
const AT_ONCE = 2;
const MOST_WAITING = 16;

export const hashPassword = (password: string): Promise<string> =>
  inTurn(() => Bun.password.hash(password, COST));

/** Takes as long where there is no hash to compare with: whether a user exists is not told by the time it takes. */
export async function isPassword(password: string, hash: string | null): Promise<boolean> {
  const other = hash ?? (await (nobodys ??= hashPassword(crypto.randomUUID())));
  const isRight = await inTurn(() => Bun.password.verify(password, other));
  return isRight && hash !== null;
}

// --- internal ---

let nobodys: Promise<string> | undefined;
let working = 0;
const waiting: (() => void)[] = [];

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (working >= AT_ONCE) {
    if (waiting.length >= MOST_WAITING) {
      throw new BsvError("rate_limited", "Too many sign-ins at once");
    }
    await new Promise<void>((turn) => waiting.push(turn));
  } else working++;
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next === undefined) working--;
    else next();
  }
}
