// The backupset file that `bsv init` writes: every key there is, the ones not needed as comments with what they mean.
// Every text goes through JSON, which YAML reads as it is meant, `*` and `!` and bytes that are not UTF-8 too.

export interface NewBackupset {
  readonly name: string;
  readonly paths: readonly string[];
  readonly exclude: readonly string[];
  readonly description: string | undefined;
  readonly remoteUrl: string | undefined;
}

/** Stands beside the file, so that editors complete and check it without a network. */
export const SCHEMA_FILE_NAME = "bsv.schema.json";

export function configTemplate({ name, paths, exclude, description, remoteUrl }: NewBackupset) {
  return `# yaml-language-server: $schema=./${SCHEMA_FILE_NAME}
# The backupset file of bsv. \`bsv config check\` proves it, \`bsv explain PATH\` tells what is in and why.
# Quote patterns: an unquoted * or ! means something else in YAML.

backupsets:
  ${isPlainKey(name) ? name : JSON.stringify(name)}:
${line("    ", "description", description, "What this is, for people")}
    # Folders or files. Relative ones start at this file's folder, ~ at home.
    paths:
${list(paths)}

    # What to leave out, in .gitignore's dialect, anchored at each root.
${
  exclude.length === 0
    ? '    # exclude:\n    #   - "*.tmp"\n    #   - "/cache/"'
    : `    exclude:\n${list(exclude)}`
}

    # A folder that holds one of these is left out; a CACHEDIR.TAG counts only with its signature.
    # exclude_if_present: [CACHEDIR.TAG, .nobackup]

    # More rules, read in every folder as git reads its own.
    # ignore_files: [.gitignore, .bsvignore]

    # Do not enter other file systems that are mounted below a root.
    # one_file_system: true

    # Where a root itself is a symlink, scan what it points to.
    # follow_root_symlink: true

    # What must be there, so that an unmounted disk is not taken for an empty one.
    # expect: { min_files: 100, marker: .this-disk }

    # Where copies are, by names that reports give them: \`bsv verify --all-copies\` reads them all.
    # copies: { nas: { target: /mnt/nas/photos, marker: .this-disk }, usb: { target: "restic:/mnt/usb/repo" } }

    # Which snapshots \`bsv prune\` keeps: each that any rule keeps; without rules it deletes none. Counts, or all:
    # keep_last, keep_hourly and so on; times counted from the newest one: keep_within and keep_within_hourly,
    # _daily, _weekly, _monthly, _yearly; and keep_tags, a list.
    # retention: { keep_within: 7d, keep_daily: 14, keep_weekly: 8, keep_monthly: 12, keep_yearly: all, keep_tags: [release] }

# This machine's name in every snapshot; by default the host's name at first use.
# machine_id: devbox-001

# Where the store and the documents live; by default the user's data folder.
# data_dir: ~/.local/share/bsv

# How many snapshot documents stay in the Snapshots folder: a number, or all. The store keeps every snapshot.
# keep_documents: 10

# How \`bsv serve\` stands towards the world, where this machine is the server: \`bsv config schema\` tells every key.
# server: { host: 0.0.0.0, port: 8080, tls_cert: cert.pem, tls_key: key.pem, allow_hosts: [bsv.example.org] }

# The server that \`bsv push\` sends snapshots to.
${
  remoteUrl === undefined
    ? "# remote: { url: https://bsv.example.org }"
    : `remote: { url: ${JSON.stringify(remoteUrl)} }`
}
`;
}

// --- internal ---

/** Unquoted, YAML reads 1.0 as a number and null as nothing. */
const isPlainKey = (name: string): boolean =>
  /^[A-Za-z]/.test(name) && !/^(?:null|true|false)$/i.test(name);

const list = (texts: readonly string[]): string =>
  texts.map((text) => `      - ${JSON.stringify(text)}`).join("\n");

function line(indent: string, key: string, value: string | undefined, example: string): string {
  return value === undefined
    ? `${indent}# ${key}: ${example}`
    : `${indent}${key}: ${JSON.stringify(value)}`;
}
