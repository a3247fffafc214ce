// The backupset file, as people write it: one schema, from which come the checks, the JSON Schema for editors, and the defaults.
// Every key carries its description here and nowhere else. What the house works with is `Config`, below: paths
// are absolute, and rules know the line they stand on.
import { z } from "zod";
import { copySchema, type DeclaredCopy } from "./declared-copy.ts";
import { nameSchema } from "#core/names.ts";
import type { Place } from "./place.ts";
import { retentionSchema, type RetentionKeys } from "#core/retention/retention-keys.ts";
import { serverSchema, type StatedServer } from "./server-settings.ts";

/** What stands for a choice nobody made. */
export const DEFAULT_KEEP_DOCUMENTS = 10;

const text = z.string().min(1, "is empty").max(4096);
const names = (what: string) =>
  z
    .array(text.regex(/^[^/]+$/, "is a name, without a slash"))
    .max(100)
    .describe(what);

const atLeastOne = z.int().min(1, "must be at least 1");

export const keepDocumentsSchema = z
  .union([atLeastOne, z.literal("all")], { error: 'must be a number from 1, or "all"' })
  .describe(
    `How many of the newest snapshot documents stay in the Snapshots folder, or "all"; the store keeps every snapshot (default ${DEFAULT_KEEP_DOCUMENTS}).`,
  );

export const remoteUrlSchema = z
  .url({ protocol: /^https?$/, error: "must be an http:// or https:// address" })
  .refine((url) => !/^https?:\/\/[^/]*@/.test(url), "must not hold a user name or password")
  .describe("The address of the bsv server to push to, such as https://bsv.example.org");

const backupsetSchema = z
  .strictObject({
    description: z.string().max(1000).optional().describe("What this is, for people."),
    paths: z
      .array(text)
      .min(1, "needs at least one path")
      .max(1000)
      .describe(
        "The roots: folders or files. Relative ones start at this file's folder, ~ at home.",
      ),
    exclude: z
      .array(text)
      .max(10_000)
      .optional()
      .describe("What to leave out, in .gitignore's dialect, anchored at each root."),
    exclude_if_present: names(
      "A folder that holds one of these is left out, such as .nobackup, or CACHEDIR.TAG if it has its signature.",
    ).optional(),
    ignore_files: names(
      "Files with more rules, read in every folder, such as .gitignore or .bsvignore.",
    ).optional(),
    one_file_system: z
      .boolean()
      .optional()
      .describe("Do not enter other file systems mounted below a root (default false)."),
    follow_root_symlink: z
      .boolean()
      .optional()
      .describe("Where a root itself is a symlink, scan what it points to (default false)."),
    expect: z
      .strictObject({
        min_files: atLeastOne
          .optional()
          .describe("With fewer files than this, a snapshot counts as incomplete."),
        marker: text
          .optional()
          .describe(
            "A path that must exist below every root; without it the root counts as offline.",
          ),
      })
      .optional()
      .describe("What must be there, so that an unmounted disk is not taken for an empty one."),
    copies: z
      .record(nameSchema, copySchema)
      .optional()
      .describe("Where copies of this set are, by the names that reports give them."),
    retention: retentionSchema.optional(),
  })
  .describe("A named list of roots, rules and options.");

export const configSchema = z
  .strictObject({
    $schema: z.string().optional().describe("For editors."),
    machine_id: nameSchema
      .optional()
      .describe("This machine's name in every snapshot (default: the host's name at first use)."),
    data_dir: text
      .optional()
      .describe("Where the store and the documents live (default: the user's data folder)."),
    keep_documents: keepDocumentsSchema.optional(),
    remote: z
      .strictObject({ url: remoteUrlSchema })
      .optional()
      .describe("The server that `bsv push` sends snapshots to."),
    server: serverSchema.optional(),
    backupsets: z
      .record(nameSchema, backupsetSchema)
      .describe("The backupsets by name, such as project-data."),
  })
  .describe("The backupset file of bsv.");

export type ConfigInput = z.infer<typeof configSchema>;

export interface Rule {
  readonly pattern: string;
  readonly place: Place;
}

export interface Root {
  /** Absolute and exact (path-bytes.ts), `/` between names on every system, no slash at the end. */
  readonly path: string;
  readonly place: Place;
}

export interface Backupset {
  readonly name: string;
  readonly place: Place;
  /** Where each key stands that the file states; a key that is not here has its default. */
  readonly stated: ReadonlyMap<string, Place>;
  readonly description: string | undefined;
  /** In the file's order; none lies within another. */
  readonly roots: readonly Root[];
  readonly exclude: readonly Rule[];
  readonly excludeIfPresent: readonly Rule[];
  readonly ignoreFiles: readonly Rule[];
  readonly oneFileSystem: boolean;
  readonly followRootSymlink: boolean;
  readonly expect: { readonly minFiles: number | undefined; readonly marker: string | undefined };
  /** Where copies of it are, by name. */
  readonly copies: ReadonlyMap<string, DeclaredCopy>;
  /** Undefined: nothing is ever pruned. */
  readonly retention: RetentionKeys | undefined;
}

export interface Stated<T> {
  readonly value: T;
  readonly place: Place;
}

/** A backupset file that passed every check. What it does not state is undefined: defaults are settings.ts's. */
export interface Config {
  readonly file: string;
  readonly machineId: Stated<string> | undefined;
  readonly dataDir: Stated<string> | undefined;
  readonly keepDocuments: Stated<number | "all"> | undefined;
  readonly remoteUrl: Stated<string> | undefined;
  readonly server: StatedServer | undefined;
  readonly backupsets: ReadonlyMap<string, Backupset>;
}

/** The JSON Schema (draft-7, what editors read) of a backupset file. */
export function configJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(configSchema, { target: "draft-7" });
}
