/** Reads one field of a record; absent and null are the same: null. */
export type FieldReader = (row: unknown) => unknown;

/** One step down by a name in any case. The spelling found last is tried first: rows of a kind are alike. */
function stepReader(lowerName: string): FieldReader {
  let spelling = lowerName;
  return (value) => {
    if (typeof value !== 'object' || value === null) return null;
    const record = value as Record<string, unknown>;
    if (!Object.hasOwn(record, spelling)) {
      const found = Object.keys(record).find((name) => name.toLowerCase() === lowerName);
      if (found === undefined) return null;
      spelling = found;
    }
    return record[spelling] ?? null;
  };
}

/** Every object answers to `lastUpdated`, although the field is only in `_info`. */
function withAlias(path: readonly string[]): readonly string[] {
  return path.length === 1 && path[0] === 'lastupdated' ? ['_info', 'lastupdated'] : path;
}

/** `path` is in lower case: `['status', 'name']`. */
export function fieldReader(path: readonly string[]): FieldReader {
  const steps = withAlias(path).map(stepReader);
  return (row) => {
    let value: unknown = row;
    for (const step of steps) value = step(value);
    return value;
  };
}
