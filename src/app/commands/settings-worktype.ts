/** `settings worktype <board> <name | default>`: the default work type of one board. */
import { matchProject, type ProjectName } from '../../domain/project-match.ts';
import { cut } from '../../domain/text.ts';
import { quote } from '../../domain/typed-text.ts';
import type { ReferenceRow } from '../../ports/reference-data.ts';
import type { Reply } from '../../ports/reply.ts';
import { askBack } from '../replies/parts.ts';
import { changeSettings } from './change-settings.ts';
import type { Asker, CommandDeps, CommandResult } from './command.ts';

const namesAtMost = 8;

export async function setBoardWorkType(
  words: readonly string[],
  asker: Asker,
  deps: CommandDeps,
): Promise<CommandResult> {
  const [boards, workTypes] = await Promise.all([candidates(deps, 'board'), candidates(deps, 'workType')]);
  const meant = understood(words, boards, workTypes);
  if ('reply' in meant) return meant;
  return await changeSettings(deps, asker, (settings) => ({
    ...settings,
    boardWorkTypes: withWorkType(settings.boardWorkTypes, meant.board, meant.workType),
  }));
}

function withWorkType(
  all: { readonly [board: string]: number },
  board: number,
  workType: number | undefined,
): { readonly [board: string]: number } {
  const others = Object.entries(all).filter(([id]) => id !== String(board));
  return Object.fromEntries([
    ...others,
    ...(workType === undefined ? [] : [[String(board), workType] as const]),
  ]);
}

type Meant = { readonly board: number; readonly workType: number | undefined } | { readonly reply: Reply };

/** The longest beginning that is one board, with a rest that is one work type: neither needs quotes. */
function understood(
  words: readonly string[],
  boards: readonly ProjectName[],
  workTypes: readonly ProjectName[],
): Meant {
  let board: ProjectName | undefined;
  for (let taken = words.length - 1; taken > 0; taken -= 1) {
    const found = matchProject(boards, words.slice(0, taken).join(' '));
    if (found.found !== 'one') continue;
    board ??= found.project;
    const rest = words.slice(taken).join(' ');
    if (rest.toLowerCase() === 'default') return { board: found.project.externalId, workType: undefined };
    const type = matchProject(workTypes, rest);
    if (type.found === 'one') return { board: found.project.externalId, workType: type.project.externalId };
  }
  return { reply: board ? whichWorkType(board, workTypes) : whichBoard(boards) };
}

function whichBoard(boards: readonly ProjectName[]): Reply {
  const how = `It is written: settings worktype <board> <name or default>. The boards: ${named(boards)}.`;
  return askBack('Which board, and which work type?', boards.length === 0 ? noneYet : how);
}

function whichWorkType(board: ProjectName, workTypes: readonly ProjectName[]): Reply {
  const how = `It is written: settings worktype ${quote(board.name)} <name or default>. The work types: ${named(workTypes)}.`;
  return askBack(`Which work type for ${cut(board.name, 60)}?`, workTypes.length === 0 ? noneYet : how);
}

const noneYet = 'None is known yet: sync --misc reads them from ConnectWise.';

function named(rows: readonly ProjectName[]): string {
  const more = rows.length - namesAtMost;
  const names = rows.slice(0, namesAtMost).map(({ name }) => cut(name, 60));
  return `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

async function candidates(
  { reference }: CommandDeps,
  table: 'board' | 'workType',
): Promise<readonly ProjectName[]> {
  return (await reference.rows(table)).filter(({ gone }) => !gone).map(candidate);
}

export function candidate({ id, name, identifier }: ReferenceRow): ProjectName {
  return { taskId: String(id), externalId: id, name: name ?? identifier ?? `#${id}`, customer: identifier };
}
