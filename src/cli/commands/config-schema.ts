// `bsv config schema`: what a backupset file may say, for editors and programs.
import { defineCommand } from "#cli/command.ts";
import { schemaText } from "#jobs/init.ts";

export default defineCommand({
  examples: [
    { line: "bsv config schema > bsv.schema.json", about: "Write the JSON Schema (draft-7)" },
  ],
  async run({ out }) {
    await out.write(schemaText());
    return "done";
  },
});
