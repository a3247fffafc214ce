// Words of arguments that are about users and keys.
import {
  checkedAs,
  labelSchema,
  machinePatternSchema,
  userNameSchema,
} from "#core/access/access.ts";
import { BsvError } from "#core/errors.ts";
import { checkName } from "#core/names.ts";
import { RIGHTS, type Right } from "#core/access/principal.ts";

export const readUserName = (text: string): string =>
  checkedAs(`The user's name ${JSON.stringify(text)}`, userNameSchema, text);

export const readMachine = (text: string): string => checkName("machine", text, "usage");

export const readPattern = (text: string): string =>
  checkedAs(`The machine ${JSON.stringify(text)}`, machinePatternSchema, text);

export const readLabel = (text: string): string => checkedAs("The label", labelSchema, text);

export function readRight(text: string): Right {
  const right = RIGHTS.find((one) => one === text);
  if (right !== undefined) return right;
  throw new BsvError("usage", `${JSON.stringify(text)} is no scope`, {
    hint: `There are ${RIGHTS.join(", ")}`,
  });
}

/** The id, or a whole key by mistake: then only the id is meant, and the secret is not repeated. */
export function readKeyId(text: string): string {
  const id = /^(?:bsv_)?([0-9a-f]{12})(?:_[0-9a-f]{64})?$/.exec(text)?.[1];
  if (id !== undefined) return id;
  throw new BsvError("usage", "That is no key's id", {
    hint: "It is the 12 digits behind bsv_, as bsv key list tells them",
  });
}

export function readSessionId(text: string): string {
  if (/^[0-9a-f]{16}$/.test(text)) return text;
  throw new BsvError("usage", `${JSON.stringify(text)} is no session's id`, {
    hint: "It is 16 digits, as bsv session list tells them",
  });
}

/** In milliseconds. */
export function readLife(text: string): number {
  const match = /^(\d{1,5})([mhdwy])$/.exec(text);
  const unit = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000, y: 31_536_000_000 };
  const ms = Number(match?.[1]) * unit[(match?.[2] ?? "m") as keyof typeof unit];
  if (match !== null && ms > 0 && ms <= MOST_MS) return ms;
  throw new BsvError("usage", `${JSON.stringify(text)} is no time to live`, {
    hint: "Say 30m, 12h, 90d, 4w or 1y; at most 100 years",
  });
}

// --- internal ---

const MOST_MS = 100 * 31_536_000_000;
