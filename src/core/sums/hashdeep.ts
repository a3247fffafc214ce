// hashdeep's lists: `%%%% HASHDEEP-1.0`, a line that names the columns, and for each file as many values; the last is its name,
// raw to the line's end. A name with a line end in it, or a CR as its last byte, cannot be written.
import { sumAt, strongest, type SumsReader } from "./sum.ts";
import type { SumsWriter } from "./writer.ts";
import { unwritable } from "./checksum-lines.ts";

export function hashdeepReader(): SumsReader {
  let columns: string[] | undefined;
  return {
    read(bytes, line) {
      const text = bytes.toString("latin1");
      if (text.startsWith("%%%%")) {
        if (text.startsWith("%%%% HASHDEEP-")) return undefined;
        const names = text.slice(4).trim().toLowerCase().split(",");
        columns = names;
        return names.at(-1) === "filename" ? undefined : { line, problem: "names no filename" };
      }
      if (text === "" || text.startsWith("#")) return undefined;
      if (columns === undefined)
        return { line, problem: "stands before the line with the columns" };
      const values = text.split(",");
      if (values.length < columns.length) return { line, problem: "has too few columns" };
      const name = values.slice(columns.length - 1).join(",");
      const digests: Record<string, string> = {};
      let sizeBytes: number | null = null;
      for (const [at, column] of columns.slice(0, -1).entries()) {
        const value = values[at]!;
        if (column === "size") sizeBytes = Number(value);
        else if (/^[0-9A-Fa-f]{8,128}$/.test(value)) digests[column] = value;
        else return { line, problem: `the ${column} is no checksum` };
      }
      if (sizeBytes !== null && !Number.isSafeInteger(sizeBytes)) {
        return { line, problem: "the size is no number" };
      }
      return sumAt(Buffer.from(name, "latin1"), { line, sizeBytes, ...strongest(digests) });
    },
  };
}

export const hashdeepWriter: SumsWriter = {
  omits: ["mtimes", "inodes"],
  start: ({ snapshotId, machineId, setName, timestamp }) =>
    `%%%% HASHDEEP-1.0\n%%%% size,sha256,filename\n## ${machineId}/${setName} ${timestamp}, bsv snapshot ${snapshotId}\n## \n`,
  line(entry) {
    const reason = unwritable(entry) ?? (/\n|\r$/.test(entry.path) ? "name" : undefined);
    if (reason !== undefined) return { reason };
    return `${entry.sizeBytes},${entry.checksum},${entry.path}\n`;
  },
};
