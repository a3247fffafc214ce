// Retention rules as flags: `--keep-daily 7`. Any of them stands instead of all rules of the backupset file.
import { BsvError } from "#core/errors.ts";
import { keepsNothing } from "#core/retention/retention.ts";
import { policyOf, retentionShape, type RetentionKeys } from "#core/retention/retention-keys.ts";

const counts = [
  "keep-last",
  "keep-hourly",
  "keep-daily",
  "keep-weekly",
  "keep-monthly",
  "keep-yearly",
] as const;
const spans = [
  "keep-within",
  "keep-within-hourly",
  "keep-within-daily",
  "keep-within-weekly",
  "keep-within-monthly",
  "keep-within-yearly",
] as const;

type CountFlag = (typeof counts)[number];
type SpanFlag = (typeof spans)[number];

const countFlag = <N extends CountFlag>(name: N) => ({
  type: "string" as const,
  valueHint: "N",
  description: describe(name),
  read: (text: string) => checked(name, /^\d+$/.test(text) ? Number(text) : text) as number | "all",
});

const spanFlag = <N extends SpanFlag>(name: N) => ({
  type: "string" as const,
  valueHint: "TIME",
  description: describe(name),
  read: (text: string) => checked(name, text) as string,
});

export const retentionFlags = {
  "keep-last": countFlag("keep-last"),
  "keep-hourly": countFlag("keep-hourly"),
  "keep-daily": countFlag("keep-daily"),
  "keep-weekly": countFlag("keep-weekly"),
  "keep-monthly": countFlag("keep-monthly"),
  "keep-yearly": countFlag("keep-yearly"),
  "keep-within": spanFlag("keep-within"),
  "keep-within-hourly": spanFlag("keep-within-hourly"),
  "keep-within-daily": spanFlag("keep-within-daily"),
  "keep-within-weekly": spanFlag("keep-within-weekly"),
  "keep-within-monthly": spanFlag("keep-within-monthly"),
  "keep-within-yearly": spanFlag("keep-within-yearly"),
  "keep-tags": {
    type: "string",
    alias: "keep-tag",
    multiple: true,
    valueHint: "TAGS",
    description: 'Keep every snapshot with these tags; "a,b" means both',
    read: (text: string) => (checked("keep-tags", [text]) as string[])[0]!,
  },
} as const;

type Given = { readonly [N in CountFlag]: number | "all" | undefined } & {
  readonly [N in SpanFlag]: string | undefined;
} & { readonly "keep-tags": readonly string[] };

/** The rules that were given as flags; undefined when none was. */
export function retentionOf(given: Given): RetentionKeys | undefined {
  const keys: Record<string, unknown> = {};
  for (const name of [...counts, ...spans]) {
    if (given[name] !== undefined) keys[keyOf(name)] = given[name];
  }
  if (given["keep-tags"].length > 0) keys["keep_tags"] = given["keep-tags"];
  return Object.keys(keys).length === 0 ? undefined : (keys as RetentionKeys);
}

/** Throws `usage` for rules that keep nothing. */
export function refuseEmpty(keys: RetentionKeys): void {
  if (keepsNothing(policyOf(keys))) throw new BsvError("usage", "These rules keep nothing");
}

export function noRules(what: string): BsvError {
  return new BsvError("usage", `There are no retention rules for ${what}`, {
    hint: "Write retention: { keep_daily: 14, … } into its backupset file, or say --keep-daily 14 …",
  });
}

// --- internal ---

type Key = keyof typeof retentionShape;

function keyOf(flag: string): Key {
  return flag.replaceAll("-", "_") as Key;
}

/** The file's description, as a flag's. */
function describe(flag: string): string {
  return (retentionShape[keyOf(flag)].description ?? "")
    .replace(/[;,] (?:a number|such as).*$/, "")
    .replace(/\.$/, "");
}

function checked(flag: string, value: unknown): unknown {
  const result = retentionShape[keyOf(flag)].safeParse(value);
  if (result.success) return result.data;
  const said = JSON.stringify(Array.isArray(value) ? value[0] : value);
  throw new BsvError("usage", `--${flag} ${result.error.issues[0]!.message}: ${said}`);
}
