// What a command is given: where to speak, which global flags were set, the run of its jobs; and, when it asks, the backupset
// file, the settings and the store. What is opened here is closed by the kernel, however the command ends.
import type { Config } from "#core/config/config.ts";
import { BsvError } from "#core/errors.ts";
import type { Run } from "#core/run.ts";
import type { ServerFlags, SettledServer } from "#core/config/server-settings.ts";
import type { Setting } from "#core/config/setting.ts";
import type { Settings } from "#core/config/settings.ts";
import type { Scope } from "#db/scope.ts";
import type { Command } from "./command.ts";
import type { Globals } from "./globals.ts";
import { failureOf } from "./output/failure.ts";
import type { Output } from "./output/output.ts";
import { monitorFor } from "./output/progress.ts";

/** How much of the store a command keeps in memory, where it is not as much as one that records. */
export interface StoreUse {
  readonly cacheKib?: number;
}

export class Context {
  readonly out: Output;
  readonly globals: Globals;
  readonly run: Run;
  readonly #toClose: (() => Promise<void> | void)[] = [];
  #config: Config | null | undefined;

  constructor(out: Output, globals: Globals, command: Command, signal: AbortSignal) {
    this.out = out;
    this.globals = globals;
    this.run = { signal, monitor: monitorFor(out, command.json === "events"), now: Date.now };
  }

  /** The backupset file; undefined if none was named and none is where it is looked for. Throws `config_invalid`. */
  async config(): Promise<Config | undefined> {
    if (this.#config === undefined) {
      const { findBackupsetFile, loadBackupsetFile } = await import("#disk/backupset-file.ts");
      const home = await this.#home();
      const file = findBackupsetFile({
        flag: this.globals.file,
        variable: process.env["BSV_CONFIG"],
        cwd: process.cwd(),
        configDir: home.configDir,
      });
      this.#config = file === undefined ? null : loadBackupsetFile(file, home.userDir);
    }
    return this.#config ?? undefined;
  }

  /** The backupset file of a command that cannot do without. */
  async requiredConfig(): Promise<Config> {
    const config = await this.config();
    if (config !== undefined) return config;
    throw new BsvError("config_invalid", "No backupset file was found", {
      hint: "`bsv init` writes one; --file or $BSV_CONFIG name another",
    });
  }

  /** Flags before BSV_* variables before the backupset file before defaults. */
  async settings(flags: { remote?: string | undefined } = {}): Promise<Settings> {
    const [{ settle }, { resolve }] = await Promise.all([
      import("#core/config/settings.ts"),
      import("node:path"),
    ]);
    return settle({
      flags: { dataDir: this.globals["data-dir"], ...flags },
      env: process.env,
      config: await this.config(),
      home: await this.#home(),
      resolve: (path) => resolve(path),
    });
  }

  /** How `serve` stands towards the world; the same order. */
  async serverSettings(flags: ServerFlags = {}): Promise<SettledServer> {
    const [{ settleServer }, { resolve }] = await Promise.all([
      import("#core/config/server-settings.ts"),
      import("node:path"),
    ]);
    const config = (await this.config())?.server;
    return settleServer({ flags, env: process.env, config, resolve: (path) => resolve(path) });
  }

  /** Where the store is. Said by flag or variable, it is found even with a broken backupset file: on the worst day, too. */
  async dataDir(): Promise<Setting<string>> {
    const flag = this.globals["data-dir"];
    const variable = process.env["BSV_DATA_DIR"];
    if (!flag && !variable) return (await this.settings()).dataDir;
    const { resolve } = await import("node:path");
    return flag
      ? { value: resolve(flag), from: "--data-dir" }
      : { value: resolve(variable!), from: "BSV_DATA_DIR" };
  }

  /** The store, made if need be: for commands that record. */
  async store(): Promise<Scope> {
    return this.#open((await this.dataDir()).value);
  }

  /** The store if there is one: for questions that are not about it. */
  async storeIfAny(options: StoreUse = {}): Promise<Scope | undefined> {
    const { value: dataDir } = await this.dataDir();
    const isThere = await Bun.file(storeFile(dataDir)).exists();
    return isThere ? this.#open(dataDir, options) : undefined;
  }

  /** The store that must be there already: a mistyped folder is not filled with an empty one. `maker`: the command that makes one. */
  async existingStore(options: StoreUse = {}, maker = "bsv scan"): Promise<Scope> {
    const scope = await this.storeIfAny(options);
    if (scope !== undefined) return scope;
    const dataDir = await this.dataDir();
    throw new BsvError("not_found", `There is no store in ${dataDir.value} yet`, {
      hint:
        dataDir.from === "default"
          ? `The first \`${maker}\` makes one; --data-dir names another folder`
          : `The first \`${maker}\` makes one; the folder comes from ${dataDir.from}`,
      details: { data_dir: dataDir.value, from: dataDir.from },
    });
  }

  /** Does this when the command has ended, last registered first. */
  atEnd(close: () => Promise<void> | void): void {
    this.#toClose.push(close);
  }

  /** Closes all of it. What fails here is told; what the command did stands. */
  async close(): Promise<void> {
    for (const close of this.#toClose.splice(0).toReversed()) {
      try {
        await close();
      } catch (error) {
        this.out.warn(`While tidying up: ${failureOf(error).message}`);
      }
    }
  }

  // --- internal ---

  async #home() {
    const { findHome } = await import("#disk/home.ts");
    return findHome(process.env);
  }

  async #open(dataDir: string, options: StoreUse = {}): Promise<Scope> {
    const [{ openStore }, { everything }] = await Promise.all([
      import("#db/store/store.ts"),
      import("#db/scope.ts"),
    ]);
    const store = await openStore(storeFile(dataDir), options);
    this.atEnd(() => store.close());
    return everything(store);
  }
}

const storeFile = (dataDir: string): string => `${dataDir}/bsv.db`;
