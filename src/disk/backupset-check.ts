// From parsed YAML to a checked Config: the schema's complaints in plain words, each at its place.
import type { ConfigProblem } from "#core/config/config-problem.ts";
import {
  configJsonSchema,
  configSchema,
  type Backupset,
  type Config,
  type ConfigInput,
  type Rule,
} from "#core/config/config.ts";
import type { Place } from "#core/config/place.ts";
import { SERVER_PATHS, type ServerKeys, type StatedServer } from "#core/config/server-settings.ts";
import { declaredCopy } from "#core/config/declared-copy.ts";
import { nearest } from "#core/suggest.ts";
import { absolutePath, pathProblems, type PathBases } from "./backupset-paths.ts";
import type { ParsedYaml } from "./backupset-yaml.ts";

export interface Bases extends PathBases {
  readonly file: string;
}

/** A config, or the problems there are; never both, never neither. */
export function checkConfig(
  parsed: ParsedYaml,
  bases: Bases,
): { config: Config; problems: [] } | { config: undefined; problems: ConfigProblem[] } {
  const problems = [...parsed.problems];
  if (parsed.value === undefined && problems.length > 0) return { config: undefined, problems };
  const value = parsed.value ?? {};
  // A check made once is not worth compiling: that took longer than the check.
  const checked = configSchema.safeParse(value, { jitless: true });
  for (const issue of checked.error?.issues ?? []) problems.push(...inPlainWords(issue, parsed));
  problems.push(...pathProblems(value, parsed, bases));
  if (!checked.success || problems.length > 0) return { config: undefined, problems };
  return { config: configOf(checked.data, parsed, bases), problems: [] };
}

// --- internal ---

function configOf(data: ConfigInput, parsed: ParsedYaml, bases: Bases): Config {
  const stated = <T>(value: T | undefined, ...path: string[]) =>
    value === undefined ? undefined : { value, place: parsed.spot(path, "key").place };
  const rules = (at: string[], patterns: readonly string[] = []): Rule[] =>
    patterns.map((pattern, i) => ({ pattern, place: parsed.spot([...at, i]).place }));
  const sets = Object.entries(data.backupsets).map(([name, set]): Backupset => {
    const at = ["backupsets", name];
    return {
      name,
      place: parsed.spot(at, "key").place,
      stated: new Map(Object.keys(set).map((key) => [key, parsed.spot([...at, key], "key").place])),
      description: set.description,
      roots: rules([...at, "paths"], set.paths).map(({ pattern, place }) => ({
        path: absolutePath(pattern, bases),
        place,
      })),
      exclude: rules([...at, "exclude"], set.exclude),
      excludeIfPresent: rules([...at, "exclude_if_present"], set.exclude_if_present),
      ignoreFiles: rules([...at, "ignore_files"], set.ignore_files),
      oneFileSystem: set.one_file_system ?? false,
      followRootSymlink: set.follow_root_symlink ?? false,
      expect: { minFiles: set.expect?.min_files, marker: set.expect?.marker },
      copies: new Map(
        Object.entries(set.copies ?? {}).map(([copy, input]) => [
          copy,
          declaredCopy(copy, input, parsed.spot([...at, "copies", copy, "target"]).place),
        ]),
      ),
      retention: set.retention,
    };
  });
  const dataDir = data.data_dir === undefined ? undefined : absolutePath(data.data_dir, bases);
  return {
    file: bases.file,
    machineId: stated(data.machine_id, "machine_id"),
    dataDir: stated(dataDir, "data_dir"),
    keepDocuments: stated(data.keep_documents, "keep_documents"),
    remoteUrl: stated(data.remote?.url, "remote", "url"),
    server: serverOf(data.server, parsed, bases),
    backupsets: new Map(sets.map((set) => [set.name, set])),
  };
}

/** With its paths made absolute. */
function serverOf(
  keys: ServerKeys | undefined,
  parsed: ParsedYaml,
  bases: Bases,
): StatedServer | undefined {
  if (keys === undefined) return undefined;
  const place = (...path: string[]): [string, Place] => [
    path.join("."),
    parsed.spot(["server", ...path], "key").place,
  ];
  const paths = SERVER_PATHS.flatMap((key) => {
    const path = keys[key];
    return path === undefined ? [] : [[key, absolutePath(path, bases)]];
  });
  return {
    keys: { ...keys, ...Object.fromEntries(paths) },
    places: new Map([
      ...Object.keys(keys).map((key) => place(key)),
      ...Object.keys(keys.limits ?? {}).map((key) => place("limits", key)),
    ]),
  };
}

type Issue = NonNullable<ReturnType<typeof configSchema.safeParse>["error"]>["issues"][number];

function inPlainWords(issue: Issue, parsed: ParsedYaml): ConfigProblem[] {
  const { path } = issue;
  const name = path.length === 0 ? "The file" : nameOf(path);
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => unknownKey(key, path, parsed));
  }
  if (issue.code === "invalid_key") {
    const what = issue.issues[0]?.message ?? "is no name";
    return [
      { ...parsed.spot(path, "key"), message: `${JSON.stringify(String(path.at(-1)))} ${what}` },
    ];
  }
  const value = valueAt(parsed.value, path);
  if (issue.code === "invalid_type") {
    if (value === undefined) {
      const key = String(path.at(-1));
      const hint = key === "backupsets" ? "`bsv init` writes a file to start from" : undefined;
      const message = `${nameOf(path.slice(0, -1)) || "The file"} has no ${key}`;
      return [{ ...parsed.spot(path), message, ...(hint === undefined ? {} : { hint }) }];
    }
    const hint = typeHint(value, issue.expected);
    const message = `${name} must be ${KINDS[issue.expected] ?? issue.expected}, not ${kindOf(value)}`;
    return [{ ...parsed.spot(path), message, ...(hint === undefined ? {} : { hint }) }];
  }
  return [{ ...parsed.spot(path), message: `${name} ${issue.message}` }];
}

const KINDS: Record<string, string> = {
  string: "text",
  array: "a list",
  object: "a block of keys",
  record: "a block of keys",
  boolean: "true or false",
  int: "a whole number",
  number: "a number",
};

function kindOf(value: unknown): string {
  if (value === null) return "empty";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "string") return "text";
  return typeof value === "object"
    ? "a block of keys"
    : `the ${typeof value} ${JSON.stringify(value)}`;
}

function typeHint(value: unknown, expected: string): string | undefined {
  if (expected === "array" && typeof value === "string") {
    return `Make it a list: [${JSON.stringify(value)}]`;
  }
  if (expected === "string" && value === null) {
    return 'Write a text; a lone ~ is quoted "~", and what starts with # too';
  }
  if (expected === "string" && typeof value !== "object") {
    return `Quote it: "${JSON.stringify(value)}"`;
  }
  if (expected === "string" && Array.isArray(value)) {
    return "Quote it: unquoted, [ starts a list";
  }
  if (expected === "string") return "Quote it: unquoted, { and `: ` start a block of keys";
  if (expected === "boolean" && typeof value === "string") return "Write true or false, unquoted";
  return undefined;
}

function unknownKey(key: string, path: readonly PropertyKey[], parsed: ParsedYaml): ConfigProblem {
  const known = knownKeys(path);
  const meant = nearest(key, known);
  return {
    ...parsed.spot([...path, key], "key"),
    message: `Unknown key ${JSON.stringify(key)}${path.length === 0 ? "" : ` in ${nameOf(path)}`}`,
    hint: meant === undefined ? `There are: ${known.join(", ")}` : `Did you mean ${meant}?`,
  };
}

interface SchemaNode {
  properties?: Record<string, SchemaNode>;
  additionalProperties?: SchemaNode | boolean;
  items?: SchemaNode;
}

function knownKeys(path: readonly PropertyKey[]): string[] {
  let node: SchemaNode | undefined = configJsonSchema();
  for (const step of path) {
    const other: SchemaNode | boolean | undefined = node?.additionalProperties;
    node =
      node?.properties?.[String(step)] ??
      node?.items ??
      (typeof other === "object" ? other : undefined);
  }
  return Object.keys(node?.properties ?? {}).filter((key) => key !== "$schema");
}

/** `paths[0] of backupset "project-data"`: how a person would say it. */
function nameOf(path: readonly PropertyKey[]): string {
  const isInSet = path[0] === "backupsets" && path.length > 1;
  const own = (isInSet ? path.slice(2) : path)
    .map((step) => (typeof step === "number" ? `[${step}]` : `.${String(step)}`))
    .join("")
    .replace(/^\./, "");
  const set = isInSet ? `backupset ${JSON.stringify(String(path[1]))}` : "";
  return own === "" || set === "" ? own || set : `${own} of ${set}`;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at: unknown = value;
  for (const step of path) at = (at as Record<PropertyKey, unknown> | null | undefined)?.[step];
  return at;
}
