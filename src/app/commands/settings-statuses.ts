/** `settings statuses <board | projects>`: what each status of ConnectWise means in the plan. */
import { matchProject, type ProjectName } from '../../domain/project-match.ts';
import type { StatusMapping } from '../../domain/status-mapping.ts';
import { cut } from '../../domain/text.ts';
import type { Action, Reply } from '../../ports/reply.ts';
import { boardStatuses } from '../board-statuses.ts';
import { statusesCommand, statusesForm } from '../forms/statuses-form.ts';
import { statusesPerPage } from '../forms/statuses-values.ts';
import { askBack, notice } from '../replies/parts.ts';
import type { Asker, CommandDeps, CommandResult } from './command.ts';
import { lastPageAtMost } from './page-switch.ts';
import { candidate } from './settings-worktype.ts';

const choicesAtMost = 8;

export async function showStatuses(
  words: readonly string[],
  asked: number,
  asker: Asker,
  deps: CommandDeps,
): Promise<CommandResult> {
  const typed = words.join(' ');
  const boards = (await deps.reference.rows('board')).filter(({ gone }) => !gone).map(candidate);
  const found = matchProject(boards, typed);
  const meant =
    typed.toLowerCase() === 'projects'
      ? projects
      : found.found === 'one'
        ? boardOf(found.project)
        : undefined;
  if (!meant) return { reply: whichBoard(typed, found.found === 'several' ? found.projects : boards) };
  const statuses = await boardStatuses(deps, meant.of);
  const total = statuses.shown.length;
  if (total === 0) {
    const sync = { label: 'Sync now', command: 'sync --misc' };
    const reply = notice(
      `No status of ${cut(meant.board, 80)} is known yet.`,
      'The Miscellaneous Data Sync reads them from ConnectWise.',
      [sync],
    );
    return { reply };
  }
  const page = lastPageAtMost(asked, total, statusesPerPage);
  return { form: statusesForm({ person: asker.person, board: meant.board, statuses, page }) };
}

type Meant = { readonly of: StatusMapping['of']; readonly board: string };

const projects: Meant = { of: 'projects', board: 'projects' };
const boardOf = ({ externalId, name }: ProjectName): Meant => ({ of: externalId, board: name });

function whichBoard(typed: string, boards: readonly ProjectName[]): Reply {
  const choices = boards
    .slice(0, choicesAtMost)
    .map(({ externalId, name }): Action => ({ label: cut(name, 60), command: statusesCommand(externalId) }));
  const all = [...choices, { label: 'Statuses of projects', command: statusesCommand('projects') }];
  const words = typed === '' ? 'The statuses of which board?' : `Which board is “${cut(typed, 80)}”?`;
  return askBack(words, 'It is written: settings statuses <board>, or settings statuses projects', all);
}
