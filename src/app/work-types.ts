/** Which work type counts for a project: its own, its board's, or the enterprise's. */
import type { SyncTask } from '../domain/sync-task.ts';
import type { ReferenceRow, ReferenceStore } from '../ports/reference-data.ts';
import type { SettingsStore } from '../ports/settings.ts';

export type WorkTypeShown = {
  /** Its own; absent where a default counts. */
  readonly own?: string;
  /** What the default is at present, and whose; absent where none was chosen. */
  readonly byDefault?: { readonly name: string; readonly of: 'board' | 'enterprise' };
};

type WorkTypeDeps = {
  readonly reference: Pick<ReferenceStore, 'rows'>;
  readonly settings: Pick<SettingsStore, 'read'>;
};

export async function workTypeShown(deps: WorkTypeDeps, { link }: SyncTask): Promise<WorkTypeShown> {
  if (link.workType) return { own: link.workType.name };
  const { defaultWorkType, boardWorkTypes } = await deps.settings.read();
  const ofBoards = Object.keys(boardWorkTypes).length > 0;
  if (defaultWorkType === null && !ofBoards) return {};
  const [types, boards] = await Promise.all([
    deps.reference.rows('workType'),
    ofBoards ? deps.reference.rows('board') : [],
  ]);
  const board = boards.find(({ name, gone }) => !gone && name !== null && name === link.board);
  const ofBoard = board && boardWorkTypes[String(board.id)];
  const id = ofBoard ?? defaultWorkType;
  if (id === null) return {};
  return { byDefault: { name: nameOf(types, id), of: ofBoard === undefined ? 'enterprise' : 'board' } };
}

function nameOf(types: readonly ReferenceRow[], id: number): string {
  return types.find((row) => row.id === id)?.name ?? `#${id}`;
}
