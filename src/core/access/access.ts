// The words of access: users' names, the keys that machines sign in with, and the patterns a key is bound to. The key's secret is 256
// random bits; what is stored of it is only a hash.
import { z } from "zod";
import { BsvError } from "#core/errors.ts";
import { RIGHTS, type Right } from "./principal.ts";

export const userNameSchema = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9._-]{0,63}$/,
    "must be 1 to 64 lower-case letters, digits, '.', '_' or '-', and start with a letter or digit",
  );

/** A machine's name in which `*` stands for anything and `?` for one character. */
export const machinePatternSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9*?][A-Za-z0-9._*?-]{0,127}$/,
    "must be a machine's name, in which * and ? may stand for other characters",
  );

export const MOST_PATTERNS = 64;

/** Eight characters stop nobody; a passphrase of any length up to argon2's patience is welcome. */
export const passwordSchema = z
  .string()
  .min(12, "must have at least 12 characters")
  .max(256, "must have at most 256 characters");

export const labelSchema = z.string().min(1).max(100);

/** An API key as it is shown once and sent with each request: `bsv_<id>_<secret>`. */
export interface ApiKey {
  /** 12 hex digits: what the key is called in lists and logs. */
  readonly keyId: string;
  /** 64 hex digits. */
  readonly secret: string;
}

const KEY = /^bsv_[0-9a-f]{12}_[0-9a-f]{64}$/;

export function readApiKey(text: string): ApiKey | undefined {
  if (!KEY.test(text)) return undefined;
  return { keyId: text.slice(4, 16), secret: text.slice(17) };
}

/** For logs: of keys and set-up tokens that stand where they should not, what they are called. */
export const withoutKeys = (text: string): string =>
  text.replaceAll(/bsv_([0-9a-z]{1,16})_[0-9a-fA-F]{16,}/g, "bsv_$1_…");

export const apiKeyText = ({ keyId, secret }: ApiKey): string => `bsv_${keyId}_${secret}`;

/** As stored: words with spaces between them. What a newer bsv may have written there gives no right here. */
export function readRights(text: string): ReadonlySet<Right> {
  const words = new Set(text.split(" "));
  return new Set(RIGHTS.filter((right) => words.has(right)));
}

export const rightsText = (rights: Iterable<Right>): string => {
  const given = new Set(rights);
  return RIGHTS.filter((right) => given.has(right)).join(" ");
};

/** Checks one value; throws `code` with what would have been right. */
export function checkedAs<T>(
  what: string,
  schema: z.ZodType<T>,
  value: unknown,
  code: "usage" | "invalid_request" = "usage",
): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new BsvError(code, `${what} ${parsed.error.issues[0]!.message}`);
}
