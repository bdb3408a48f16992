/** `settings write <on | off>`: whether edits of the plan go to ConnectWise. */
import { writeSwitchForm } from '../forms/write-switch-form.ts';
import { askBack } from '../replies/parts.ts';
import { writeOutlook } from '../write-outlook.ts';
import { changeSettings } from './change-settings.ts';
import type { Asker, CommandDeps, CommandResult } from './command.ts';

const how = 'It is written: settings write <on or off>';

/** On is asked first, with numbers; `confirmed` is for where no form opens. Off takes effect at once. */
export async function setWriting(
  words: readonly string[],
  confirmed: boolean,
  asker: Asker,
  deps: CommandDeps,
): Promise<CommandResult> {
  const [word, more] = words.map((one) => one.toLowerCase());
  if (more !== undefined || (word !== 'on' && word !== 'off')) {
    return { reply: askBack('Write to ConnectWise: on, or off?', how) };
  }
  const on = word === 'on';
  if (!on || confirmed || (await deps.settings.read()).writeToConnectWise) {
    return await switchWriting(on, asker, deps);
  }
  return { form: writeSwitchForm(asker.person, await writeOutlook(deps)) };
}

export async function switchWriting(on: boolean, asker: Asker, deps: CommandDeps): Promise<CommandResult> {
  return await changeSettings(deps, asker, (settings) => ({ ...settings, writeToConnectWise: on }));
}
