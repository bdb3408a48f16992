/** Reads what the form Advanced Settings shows beside the settings themselves. */
import type { Person } from '../../domain/person.ts';
import { isShut } from '../../ports/gate.ts';
import type { SettingsRead } from '../../ports/settings.ts';
import type { CommandDeps } from '../commands/command.ts';
import type { SettingsFormView } from './settings-form.ts';
import { marksOf, shownSettings } from './settings-values.ts';

/** A count that comes later than this is left out: the form is waited for. In milliseconds. */
const countWithinMs = 3_000;

export async function settingsView(
  deps: CommandDeps,
  person: Person,
  { revision, changed: _last, ...settings }: SettingsRead,
): Promise<SettingsFormView> {
  const [boards, workTypes, misc] = await Promise.all([
    deps.reference.rows('board'),
    deps.reference.rows('workType'),
    deps.tasks.get(`${deps.tenantId}:misc`),
  ]);
  const miscAt = misc?.task.lastSync?.at;
  const marks = marksOf(shownSettings(settings, person));
  return { person, settings, revision, marks, boards, workTypes, ...(miscAt ? { miscAt } : {}) };
}

/** How many open projects each board has. Undefined where nobody can tell in time. */
export async function countOpenProjects(deps: CommandDeps): Promise<ReadonlyMap<number, number> | undefined> {
  const { imports, gate, clock } = deps;
  if (!imports || isShut(await gate.read())) return undefined;
  const answered = new AbortController();
  const late = clock.sleep(countWithinMs, answered.signal).then(
    () => undefined,
    () => undefined,
  );
  const counted = imports.openProjects().then(
    (projects) => Map.groupBy(projects, ({ board }) => board?.id),
    () => undefined,
  );
  const byBoard = await Promise.race([counted, late]);
  answered.abort();
  if (!byBoard) return undefined;
  return new Map(
    [...byBoard].flatMap(([id, { length }]) => (id === undefined ? [] : [[id, length] as const])),
  );
}
