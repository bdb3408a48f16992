import { ApiError, badBody, type FieldError } from '../api/errors.ts';
import type { Switches } from '../switches.ts';
import type { FieldRules } from './field-rule.ts';
import type { WriteKind } from './write-kind.ts';

/** The raw values of fields, by name, in the order in which they were sent. */
export type RawValues = ReadonlyMap<string, unknown>;

type Op = { readonly op: 'set' | 'remove'; readonly path: readonly string[]; readonly value: unknown };
type Collected = { readonly values: Map<string, unknown>; readonly errors: FieldError[] };
type Stored = Readonly<Record<string, unknown>>;

const OPS: Readonly<Record<string, Op['op']>> = { add: 'set', replace: 'set', remove: 'remove' };

function readOp(raw: unknown, switches: Switches): Op {
  const refuse = (reason: string) => new ApiError(badBody(reason, switches));
  if (typeof raw !== 'object' || raw === null) throw refuse('an operation is no object');
  const { op, path, value } = raw as Readonly<Record<string, unknown>>;
  const known = typeof op === 'string' ? OPS[op.toLowerCase()] : undefined;
  if (known === undefined) throw refuse('op must be add, replace or remove');
  if (typeof path !== 'string' || path.replace(/^\//, '') === '') throw refuse('an operation needs a path');
  if (known === 'set' && value === undefined) throw refuse('an operation needs a value');
  return { op: known, path: path.replace(/^\//, '').split('/'), value };
}

/** The operations of a PATCH. Throws the answer to a body that is no array of them. */
export function readOps(body: unknown, switches: Switches): Op[] {
  if (!Array.isArray(body)) throw new ApiError(badBody('a PATCH is an array of operations', switches));
  return body.map((raw) => readOp(raw, switches));
}

/** `customFields/0/value`: the element of the stored array, with its new value. */
function elementValue(stored: Stored, { path, value }: Op): unknown[] | null {
  const [, index, last] = path;
  const elements = stored.customFields;
  const element: unknown = Array.isArray(elements) ? elements[Number(index)] : undefined;
  if (last !== 'value' || typeof element !== 'object' || element === null || !('id' in element)) return null;
  return [{ id: element.id, value: value ?? null }];
}

function unknownPath(op: Op, { unknownPath: answer, writeErrorCodes }: Switches): FieldError[] {
  if (answer === 'ignored') return [];
  const field = op.path.join('/');
  return [{ code: writeErrorCodes.badValue, message: `The path ${field} is invalid.`, field }];
}

function addNested(op: Op, isReference: boolean, into: Collected, switches: Switches, stored: Stored): void {
  const [root = '', inner = ''] = op.path;
  if (root === 'customFields') {
    const elements = elementValue(stored, op);
    const before = into.values.get(root);
    if (elements) into.values.set(root, [...(Array.isArray(before) ? before : []), ...elements]);
    else into.errors.push(...unknownPath(op, switches));
    return;
  }
  if (!isReference) {
    into.errors.push(...unknownPath(op, switches));
    return;
  }
  if (switches.nestedReferencePath === 'refused') {
    into.errors.push(...unknownPath(op, { ...switches, unknownPath: 'refused' }));
  }
  if (switches.nestedReferencePath === 'applied') into.values.set(root, { [inner]: op.value });
}

function isKnown(kind: WriteKind, rules: FieldRules, root: string): boolean {
  return root in rules || kind.ignored.includes(root) || root === 'id' || root === '_info';
}

/**
 * The raw values that the operations give to fields: paths are case-sensitive, and an operation on a field that
 * cannot be written counts for nothing. Inside of references it goes by the switch `nestedReferencePath`.
 */
export function collectOps(
  kind: WriteKind,
  ops: readonly Op[],
  switches: Switches,
  stored: Stored,
): { values: RawValues; errors: readonly FieldError[] } {
  const into: Collected = { values: new Map(), errors: [] };
  for (const op of ops) {
    const [root = ''] = op.path;
    const rule = kind.rules[root];
    if (!isKnown(kind, kind.rules, root)) into.errors.push(...unknownPath(op, switches));
    else if (op.path.length > 1 && rule) addNested(op, rule.type === 'reference', into, switches, stored);
    else if (rule && op.path.length === 1) into.values.set(root, op.op === 'remove' ? null : op.value);
  }
  return into;
}
