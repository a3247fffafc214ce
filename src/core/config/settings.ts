// The settings a run works with, each with the place it came from: flags before BSV_* variables before the backupset file
// before defaults. BSV_HOME is a variable too, so it wins over a `data_dir` in the file.
import {
  DEFAULT_KEEP_DOCUMENTS,
  keepDocumentsSchema,
  remoteUrlSchema,
  type Config,
  type Stated,
} from "./config.ts";
import { nameSchema } from "#core/names.ts";
import { placeText } from "./place.ts";
import { checked, type Schema, type Setting } from "./setting.ts";

export interface Settings {
  /** Undefined: the store knows it, or takes it from the host's name at first use. */
  readonly machineId: Setting<string | undefined>;
  readonly dataDir: Setting<string>;
  readonly keepDocuments: Setting<number | "all">;
  readonly remoteUrl: Setting<string | undefined>;
}

export interface SettingSources {
  readonly flags: { readonly dataDir?: string | undefined; readonly remote?: string | undefined };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly config: Config | undefined;
  readonly home: { readonly dataDir: string; readonly isOverridden: boolean };
  /** Makes a path of a flag or variable absolute. */
  readonly resolve: (path: string) => string;
}

export function settle({ flags, env, config, home, resolve }: SettingSources): Settings {
  const overridden = home.isOverridden ? { value: home.dataDir, from: "BSV_HOME" } : undefined;
  return {
    machineId: first<string | undefined>(
      variable(env, "BSV_MACHINE_ID", nameSchema),
      stated(config?.machineId),
      { value: undefined, from: "default" },
    ),
    dataDir: first(
      flag("--data-dir", flags.dataDir, resolve),
      flag("BSV_DATA_DIR", env["BSV_DATA_DIR"], resolve),
      overridden,
      stated(config?.dataDir),
      { value: home.dataDir, from: "default" },
    ),
    keepDocuments: first<number | "all">(
      variable(env, "BSV_KEEP_DOCUMENTS", keepDocumentsSchema, numberOrText),
      stated(config?.keepDocuments),
      { value: DEFAULT_KEEP_DOCUMENTS, from: "default" },
    ),
    remoteUrl: first<string | undefined>(
      flag("--remote", flags.remote, (url) => checked("--remote", url, remoteUrlSchema)),
      variable(env, "BSV_REMOTE", remoteUrlSchema),
      stated(config?.remoteUrl),
      { value: undefined, from: "default" },
    ),
  };
}

// --- internal ---

function first<T>(...settings: [...(Setting<T> | undefined)[], Setting<T>]): Setting<T> {
  return settings.find((setting) => setting !== undefined)!;
}

function stated<T>(setting: Stated<T> | undefined): Setting<T> | undefined {
  return setting && { value: setting.value, from: placeText(setting.place) };
}

/** An empty flag or variable is none. */
function flag(from: string, text: string | undefined, read: (text: string) => string) {
  return text ? { value: read(text), from } : undefined;
}

function variable<T>(
  env: SettingSources["env"],
  from: string,
  schema: Schema<T>,
  read: (text: string) => unknown = (text) => text,
): Setting<T> | undefined {
  const text = env[from];
  return text ? { value: checked(from, read(text), schema), from } : undefined;
}

const numberOrText = (text: string): unknown => (/^\d+$/.test(text) ? Number(text) : text);
