// What the walk asks about every name: is it left out, and by which rule? The answer to "in or out" and its reason are one
// thing, so that the counts of a scan and `bsv explain` can never disagree. The rules themselves live in rules.ts.

/** Why a path is left out. */
export interface Reason {
  /** `excluded` by the backupset file, `ignored` by an ignore file in the tree, `marked` by exclude_if_present. */
  readonly kind: "excluded" | "ignored" | "marked";
  readonly pattern: string;
  /** Where the rule is written, counted from 1. */
  readonly place: { readonly file: string; readonly line: number; readonly column: number };
}

/** The rules of one root. The walk calls them in its own order: a folder is entered before its content is asked about. */
export interface Rules {
  /**
   * Called once for every folder, the root (`""`) first, before its names are judged. `names` are all of them, exact; `read` gives the text of
   * one that is a regular file (undefined if it is none, or unreadable). A reason leaves out the whole folder.
   */
  enter(
    folder: string,
    names: readonly string[],
    read: (name: string) => string | undefined,
  ): Reason | undefined;
  /** `path` is relative to the root, exact, without a slash at its end. A folder that is left out is not entered. */
  skips(path: string, isFolder: boolean): Reason | undefined;
}
