type Tree = Map<string, Tree>;

function fieldTree(fields: string): Tree {
  const tree: Tree = new Map();
  for (const path of fields.split(',')) {
    let node = tree;
    for (const name of path.trim().toLowerCase().split('/')) {
      if (name === '') break;
      const next: Tree = node.get(name) ?? new Map();
      node.set(name, next);
      node = next;
    }
  }
  return tree;
}

function prune(value: unknown, tree: Tree): unknown {
  if (tree.size === 0 || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((element) => prune(element, tree));
  const kept = Object.entries(value).flatMap(([name, inner]) => {
    const wanted = tree.get(name.toLowerCase());
    return wanted ? [[name, prune(inner, wanted)] as const] : [];
  });
  return Object.fromEntries(kept);
}

/** Keeps the named fields: `id,name,status/id`. Unknown names are passed over. */
export function projector(fields: string): (row: unknown) => unknown {
  const tree = fieldTree(fields);
  return (row) => prune(row, tree);
}
