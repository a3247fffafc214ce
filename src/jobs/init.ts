// Writes the first backupset file, and beside it the JSON Schema that editors check it with. What is written has passed the
// same checks as any other file; what exists stays as it is.
import { configInvalid } from "#core/config/config-problem.ts";
import {
  configTemplate,
  SCHEMA_FILE_NAME,
  type NewBackupset,
} from "#core/config/config-template.ts";
import { configJsonSchema } from "#core/config/config.ts";
import { BsvError } from "#core/errors.ts";
import { checkConfig } from "#disk/backupset-check.ts";
import { parseBackupsetYaml } from "#disk/backupset-yaml.ts";
import { writeNewFile } from "#disk/new-file.ts";

export interface InitInput {
  /** Absolute. */
  readonly file: string;
  readonly backupset: NewBackupset;
  /** What `~` means. */
  readonly userDir: string;
  readonly isDryRun: boolean;
}

export interface InitSummary {
  readonly file: string;
  readonly text: string;
  readonly isWritten: boolean;
  /** Undefined where there was one already. */
  readonly schemaFile: string | undefined;
}

export function init({ file, backupset, userDir, isDryRun }: InitInput): InitSummary {
  const text = configTemplate(backupset);
  const baseDir = file.slice(0, Math.max(1, file.search(/[/\\][^/\\]*$/)));
  const parsed = parseBackupsetYaml(file, text);
  const { problems } = checkConfig(parsed, { file, baseDir, userDir });
  if (problems.length > 0) throw configInvalid(file, text, problems);
  if (isDryRun) return { file, text, isWritten: false, schemaFile: undefined };
  if (!writeNewFile(file, text)) {
    throw new BsvError("config_invalid", `There is a file already: ${file}`, {
      hint: "Nothing was changed; edit it, or name another with --file",
      details: { file },
    });
  }
  const schemaFile = `${baseDir}/${SCHEMA_FILE_NAME}`;
  const hasSchema = !writeNewFile(schemaFile, schemaText());
  return { file, text, isWritten: true, schemaFile: hasSchema ? undefined : schemaFile };
}

/** The JSON Schema as a file. */
export const schemaText = (): string => `${JSON.stringify(configJsonSchema(), null, 2)}\n`;
