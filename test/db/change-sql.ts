// Makes the product run other SQL than it says: to take it another way, or to break it on purpose.
import type { Scope } from "#db/scope.ts";

/** From now on; tells whether the product ever said it. */
export function changeSql(scope: Scope, from: string, to: string): () => boolean {
  const { database } = scope.store;
  const query = database.query.bind(database);
  let isFound = false;
  database.query = ((sql: string) => {
    isFound ||= sql.includes(from);
    return query(sql.replaceAll(from, to));
  }) as typeof database.query;
  return () => isFound;
}
