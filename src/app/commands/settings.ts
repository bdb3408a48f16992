import { settingsForm, settingsTitle } from '../forms/settings-form.ts';
import { countOpenProjects, settingsView } from '../forms/settings-view.ts';
import { statusesTitle } from '../forms/statuses-form.ts';
import { writeSwitchTitle } from '../forms/write-switch-form.ts';
import { askBack } from '../replies/parts.ts';
import type { Command } from './command.ts';
import { pageOf, pageOption } from './page-switch.ts';
import { setMemberStatus } from './settings-member.ts';
import { showStatuses } from './settings-statuses.ts';
import { setBoardWorkType } from './settings-worktype.ts';
import { setWriting } from './settings-write.ts';

export const settings: Command = {
  name: 'settings',
  role: 'admin',
  usage:
    'settings [worktype <board> <name | default>] [member <name> <active | inactive>] [write <on | off> [--confirm]] [statuses <board | projects>]',
  summary:
    'What is synced and how: boards, what is read, Auto-Disable, work types, alert channels. worktype sets the default of one board; member sets whether somebody counts as active; write turns the writing to ConnectWise on, which asks first, or off; statuses says what each status of a board means.',
  examples: [
    'settings',
    'settings worktype "Cloud projects" Consulting',
    'settings member "Ann Lee" inactive',
    'settings write off',
    'settings statuses "Cloud projects"',
  ],
  options: { ...pageOption, confirm: { type: 'boolean' } },
  opensForm: ({ words, switches }) => {
    if (words.length === 0) return settingsTitle;
    const [what, on] = words.map((word) => word.toLowerCase());
    if (what === 'statuses' && on !== undefined) return statusesTitle;
    return what === 'write' && on === 'on' && switches.confirm !== true ? writeSwitchTitle : undefined;
  },
  async run(invocation, asker, deps) {
    const { words, switches } = invocation;
    const [what, ...rest] = words;
    if (what === undefined) {
      const [read, openProjects] = await Promise.all([deps.settings.read(), countOpenProjects(deps)]);
      const view = await settingsView(deps, asker.person, read);
      return { form: settingsForm({ ...view, ...(openProjects ? { openProjects } : {}) }) };
    }
    if (what.toLowerCase() === 'worktype') return await setBoardWorkType(rest, asker, deps);
    if (what.toLowerCase() === 'member') return await setMemberStatus(rest, deps);
    if (what.toLowerCase() === 'write') return await setWriting(rest, switches.confirm === true, asker, deps);
    if (what.toLowerCase() === 'statuses') return await showStatuses(rest, pageOf(invocation), asker, deps);
    return {
      reply: askBack(
        'settings stands alone, or takes worktype, member, write or statuses.',
        `It is written: ${settings.usage}`,
        [{ label: settingsTitle, command: 'settings' }],
      ),
    };
  },
};
