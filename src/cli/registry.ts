// All commands of bsv: one line each. A command's file is loaded when it is asked for, so that `bsv version` does not wait for
// a web server it does not start. Two words make a group (`config check`).
import type { Command } from "./command.ts";

export interface Registered {
  readonly summary: string;
  load(): Promise<{ default: Command }>;
}

export const registry: Readonly<Record<string, Registered>> = {
  init: {
    summary: "Write a backupset file to start from",
    load: () => import("./commands/init.ts"),
  },
  "config show": {
    summary: "Show the settings, each with where it comes from",
    load: () => import("./commands/config-show.ts"),
  },
  "config schema": {
    summary: "Print the JSON Schema of the backupset file",
    load: () => import("./commands/config-schema.ts"),
  },
  version: {
    summary: "Show the version of bsv and of what is inside it",
    load: () => import("./commands/version.ts"),
  },
};
