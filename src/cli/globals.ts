// The flags every command understands, before or after its name.
import type { Args, Values } from "./command.ts";

export const globalArgs = {
  file: {
    type: "string",
    alias: "f",
    valueHint: "FILE",
    description: "Backupset file (else $BSV_CONFIG, ./bsv.yaml, the user's config folder)",
  },
  "data-dir": {
    type: "string",
    valueHint: "DIR",
    description: "Where the store and the documents are (else $BSV_DATA_DIR, the backupset file)",
  },
  cacert: {
    type: "string",
    valueHint: "FILE",
    description: "Certificates (PEM) to know a remote by, not the system's (else $BSV_CACERT)",
  },
  json: { type: "boolean", description: "Machine-readable output on stdout, errors too" },
  quiet: { type: "boolean", alias: "q", description: "No progress and no remarks" },
  verbose: { type: "boolean", alias: "v", description: "Say more; with an error, where it arose" },
  "no-input": { type: "boolean", description: "Never ask; fail where an answer is needed" },
  color: {
    type: "enum",
    options: ["auto", "always", "never"],
    default: "auto",
    description: "Colour: auto, always or never (also $NO_COLOR, $FORCE_COLOR)",
  },
  "no-color": { type: "boolean", description: "The same as --color=never" },
  help: { type: "boolean", alias: "h", description: "Show help" },
  version: { type: "boolean", description: "Show the version" },
} as const satisfies Args;

export type Globals = Values<{
  -readonly [K in keyof typeof globalArgs]: (typeof globalArgs)[K];
}>;
