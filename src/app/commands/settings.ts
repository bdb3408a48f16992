import { settingsForm, settingsTitle } from '../forms/settings-form.ts';
import { countOpenProjects, settingsView } from '../forms/settings-view.ts';
import { askBack } from '../replies/parts.ts';
import type { Command } from './command.ts';
import { setMemberStatus } from './settings-member.ts';
import { setBoardWorkType } from './settings-worktype.ts';

export const settings: Command = {
  name: 'settings',
  role: 'admin',
  usage: 'settings [worktype <board> <name | default>] [member <name> <active | inactive>]',
  summary:
    'What is synced and how: boards, what is read, Auto-Disable, work types, alert channels. worktype sets the default of one board; member sets whether somebody counts as active.',
  examples: [
    'settings',
    'settings worktype "Cloud projects" Consulting',
    'settings member "Ann Lee" inactive',
  ],
  options: {},
  opensForm: ({ words }) => (words.length === 0 ? settingsTitle : undefined),
  async run({ words }, asker, deps) {
    const [what, ...rest] = words;
    if (what === undefined) {
      const [read, openProjects] = await Promise.all([deps.settings.read(), countOpenProjects(deps)]);
      const view = await settingsView(deps, asker.person, read);
      return { form: settingsForm({ ...view, ...(openProjects ? { openProjects } : {}) }) };
    }
    if (what.toLowerCase() === 'worktype') return await setBoardWorkType(rest, asker, deps);
    if (what.toLowerCase() === 'member') return await setMemberStatus(rest, deps);
    return {
      reply: askBack(
        'settings stands alone, or takes worktype or member.',
        `It is written: ${settings.usage}`,
        [{ label: settingsTitle, command: 'settings' }],
      ),
    };
  },
};
