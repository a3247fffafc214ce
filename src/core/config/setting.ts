// One setting: its value, and the place it came from.
import { BsvError } from "#core/errors.ts";

export interface Setting<T> {
  readonly value: T;
  /** `--data-dir`, `BSV_DATA_DIR`, `/home/me/bsv.yaml:3:1` or `default`. */
  readonly from: string;
}

/** What zod makes of a value. */
export interface Schema<T> {
  safeParse(value: unknown): {
    success: boolean;
    data?: T | undefined;
    error?: { issues: readonly { message: string }[] } | undefined;
  };
}

/** The value as the schema has it. Throws `usage` for a flag, else `config_invalid`, naming `from`. */
export function checked<T>(from: string, value: unknown, schema: Schema<T>): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data as T;
  throw new BsvError(
    from.startsWith("--") ? "usage" : "config_invalid",
    `${from} ${result.error?.issues[0]?.message ?? "is not valid"}: ${JSON.stringify(value)}`,
  );
}
