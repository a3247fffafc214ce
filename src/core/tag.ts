// Tags: words people put on snapshots, such as `keep` or `before-upgrade`. They live beside the document, never in it.
import { z } from "zod";

const PATTERN = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/;

export const TAG_HELP =
  "a tag has 1 to 64 letters, digits, '.', '_', ':' or '-', and starts with a letter or digit";

export const isTag = (text: string): boolean => PATTERN.test(text);

export const tagSchema = z.string().regex(PATTERN, `is no tag: ${TAG_HELP}`);
