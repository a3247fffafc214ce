// Where bsv keeps its things when nobody says otherwise: the XDG folders (also on macOS), %LOCALAPPDATA% on Windows, all of it
// under BSV_HOME if that is set. What bsv writes is for its user alone: files 0600, folders 0700.
import { mkdirSync } from "node:fs";
import { homedir, hostname } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { BsvError } from "#core/errors.ts";

export interface Home {
  /** The user's own home folder: what `~` means. */
  readonly userDir: string;
  /** Holds the backupset file. */
  readonly configDir: string;
  /** Holds the store, the documents, locks and spools. */
  readonly dataDir: string;
  /** Whether BSV_HOME decided. */
  readonly isOverridden: boolean;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** The folders for this user. Makes nothing. */
export function findHome(env: Environment, platform: NodeJS.Platform = process.platform): Home {
  const userDir = findUserDir(env, platform);
  const override = env["BSV_HOME"];
  if (override) {
    const dir = resolve(override);
    return { userDir, configDir: dir, dataDir: join(dir, "data"), isOverridden: true };
  }
  if (platform === "win32") {
    const dir = join(absolute(env["LOCALAPPDATA"]) ?? join(userDir, "AppData", "Local"), "bsv");
    return { userDir, configDir: dir, dataDir: join(dir, "data"), isOverridden: false };
  }
  const configHome = absolute(env["XDG_CONFIG_HOME"]) ?? join(userDir, ".config");
  const dataHome = absolute(env["XDG_DATA_HOME"]) ?? join(userDir, ".local", "share");
  return {
    userDir,
    configDir: join(configHome, "bsv"),
    dataDir: join(dataHome, "bsv"),
    isOverridden: false,
  };
}

/** Makes the folder and what is missing above it, 0700 each. What exists keeps its mode. */
export function makePrivateDir(dir: string): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
}

/** What the host is called now. */
export function hostName(): string {
  return hostname();
}

// --- internal ---

function findUserDir(env: Environment, platform: NodeJS.Platform): string {
  const dir = (platform === "win32" ? env["USERPROFILE"] : env["HOME"]) || homedir();
  if (isAbsolute(dir)) return dir;
  throw new BsvError("config_invalid", "There is no home folder", {
    hint: "Set HOME, or BSV_HOME to the folder in which bsv shall keep its things",
  });
}

/** The XDG specification: a relative path in these variables is to be ignored. */
function absolute(path: string | undefined): string | undefined {
  return path !== undefined && isAbsolute(path) ? path : undefined;
}
