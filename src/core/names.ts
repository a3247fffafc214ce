// Names of machines and backupsets: they become folder names and URL parts, so the pattern is strict (design §1).
import { z } from "zod";
import { BsvError } from "./errors.ts";

const PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

export const nameSchema = z
  .string()
  .regex(
    PATTERN,
    "must be 1 to 128 letters, digits, '.', '_' or '-', and start with a letter or digit",
  );

export const isName = (text: string): boolean => PATTERN.test(text);

/** Returns the name; throws `code` for anything that is none, telling what a name is. */
export function checkName(
  kind: "machine" | "backupset",
  text: string,
  code: "usage" | "invalid_request",
): string {
  if (isName(text)) return text;
  throw new BsvError(code, `Not a ${kind} name: ${JSON.stringify(text.slice(0, 140))}`, {
    hint: "A name has 1 to 128 letters, digits, '.', '_' or '-', and starts with a letter or digit",
  });
}

/** A hostname as a machine id: what is not allowed becomes `-`; `machine` if nothing is left. */
export function sanitizeMachineId(hostname: string): string {
  const cleaned = hostname
    .replaceAll(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/^[^A-Za-z0-9]+/, "")
    .slice(0, 128);
  return cleaned === "" ? "machine" : cleaned;
}
