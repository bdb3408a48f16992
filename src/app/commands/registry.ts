import { alerts } from './alerts.ts';
import { archive, unarchive } from './archive.ts';
import { audit } from './audit.ts';
import { claim } from './claim.ts';
import type { Command } from './command.ts';
import { deletions } from './deletions.ts';
import { disable } from './disable.ts';
import { disconnect } from './disconnect.ts';
import { doctor } from './doctor.ts';
import { enable } from './enable.ts';
import { follow, unfollow } from './follow.ts';
import { helpCommand } from './help.ts';
import { home } from './home.ts';
import { importProject } from './import.ts';
import { incidents } from './incidents.ts';
import { integration } from './integration.ts';
import { logs } from './logs.ts';
import { push } from './push.ts';
import { report } from './report.ts';
import { restore } from './restore.ts';
import { roles } from './roles.ts';
import { settings } from './settings.ts';
import { setup } from './setup.ts';
import { status } from './status.ts';
import { sync } from './sync.ts';
import { tasks } from './tasks.ts';
import { token, tokens } from './token.ts';
import { undo } from './undo.ts';
import { worktype } from './worktype.ts';

/** Every command, in the order in which help tells them. */
export const commands: readonly Command[] = [
  status,
  sync,
  tasks,
  logs,
  report,
  enable,
  disable,
  deletions,
  restore,
  integration,
  importProject,
  push,
  archive,
  unarchive,
  disconnect,
  worktype,
  home,
  doctor,
  settings,
  roles,
  audit,
  token,
  incidents,
  alerts,
  follow,
  unfollow,
  claim,
  undo,
  tokens,
  setup,
  helpCommand(() => commands),
];
