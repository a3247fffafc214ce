// `bsv config show`: the values a run would work with, each with the place it comes from.
import { defineCommand } from "#cli/command.ts";
import { printable } from "#cli/output/escape.ts";
import { table } from "#cli/output/table.ts";
import type { Backupset } from "#core/config/config.ts";
import { LIMITS, limitText, type LimitKey } from "#core/config/limits.ts";
import { placeText } from "#core/config/place.ts";
import type { SettledServer } from "#core/config/server-settings.ts";
import type { Setting } from "#core/config/setting.ts";
import type { Settings } from "#core/config/settings.ts";

export default defineCommand({
  description:
    "Flags come before BSV_* variables, these before the backupset file, it before defaults.",
  examples: [
    { line: "bsv config show", about: "Which data folder, which server, which rules, and why" },
    { line: "bsv config show --data-dir /tmp/x", about: "What a flag would change" },
  ],
  async run(context) {
    const config = await context.config();
    const rows = [
      ...rowsOf(await context.settings()),
      ...serverRows(await context.serverSettings()),
      ...[...(config?.backupsets.values() ?? [])].flatMap(rowsOfSet),
    ];
    const value = Object.fromEntries(rows.map(({ key, value, from }) => [key, { value, from }]));
    await context.out.answer({ file: config?.file ?? null, settings: value }, (colours) =>
      table(
        rows,
        [
          { title: "KEY", text: ({ key }) => key },
          { title: "VALUE", text: ({ value }) => printable(shown(value)) },
          { title: "FROM", text: ({ from }) => printable(from) },
        ],
        colours,
      ),
    );
    if (config === undefined)
      context.out.note("No backupset file was found; `bsv init` writes one");
    return "done";
  },
});

// --- internal ---

interface Row {
  readonly key: string;
  readonly value: unknown;
  readonly from: string;
}

const row = (key: string, { value, from }: Setting<unknown>): Row => ({
  key,
  value: value ?? null,
  from,
});

function rowsOf(settings: Settings): Row[] {
  return [
    row("machine_id", settings.machineId),
    row("data_dir", settings.dataDir),
    row("keep_documents", settings.keepDocuments),
    row("remote.url", settings.remoteUrl),
  ];
}

/** Limits as people write them. */
function serverRows({ settings, limits }: SettledServer): Row[] {
  return [
    ...Object.entries(settings).map(([key, setting]) => row(`server.${key}`, setting)),
    ...(Object.keys(limits) as LimitKey[]).map((key) => {
      const { value, from } = limits[key];
      return row(`server.limits.${key}`, { value: limitText(LIMITS[key].kind, value), from });
    }),
  ];
}

function rowsOfSet(set: Backupset): Row[] {
  const patterns = (rules: readonly { pattern: string }[]) => rules.map(({ pattern }) => pattern);
  const values: Record<string, unknown> = {
    description: set.description ?? null,
    paths: set.roots.map(({ path }) => path),
    exclude: patterns(set.exclude),
    exclude_if_present: patterns(set.excludeIfPresent),
    ignore_files: patterns(set.ignoreFiles),
    one_file_system: set.oneFileSystem,
    follow_root_symlink: set.followRootSymlink,
    "expect.min_files": set.expect.minFiles ?? null,
    "expect.marker": set.expect.marker ?? null,
    copies: [...set.copies.values()].map(({ name, target }) => `${name} at ${target}`),
    ...retentionValues(set),
  };
  return Object.entries(values).map(([key, value]) => {
    const place = set.stated.get(key.split(".", 1)[0]!);
    return {
      key: `backupsets.${set.name}.${key}`,
      value,
      from: place === undefined || value === null ? "default" : placeText(place),
    };
  });
}

function retentionValues({ retention }: Backupset): Record<string, unknown> {
  const rules = Object.entries(retention ?? {}).filter(([, value]) => value !== undefined);
  if (rules.length === 0) return { retention: null };
  return Object.fromEntries(rules.map(([key, value]) => [`retention.${key}`, value]));
}

function shown(value: unknown): string {
  if (value === null) return "-";
  if (value === "") return "-";
  if (Array.isArray(value)) return value.length === 0 ? "-" : value.join(", ");
  return String(value as string | number | boolean);
}
