import { readFields } from './fields.browser.js';
import { clearSurface, showSurface } from './surface.browser.js';

const byId = (id) => document.getElementById(id);

/**
 * The dialog of the modal on top. `hands`: {act, ask, submit(entries), close(all)}; they resolve when the local Slack
 * has done it.
 */
export function makeModal(hands) {
  const dialog = byId('modal');
  const submit = byId('modal-submit');
  byId('modal-form').addEventListener('submit', async (event) => {
    event.preventDefault();
    submit.disabled = true;
    submit.setAttribute('aria-busy', 'true');
    await hands.submit(readFields(byId('modal-blocks')));
    submit.disabled = false;
    submit.removeAttribute('aria-busy');
  });
  dialog.addEventListener('cancel', (event) => {
    event.preventDefault();
    void hands.close(false);
  });
  byId('modal-close').addEventListener('click', () => void hands.close(false));
  byId('modal-dismiss').addEventListener('click', () => void hands.close(true));

  return {
    /** @param stack open modals, the one on top last */
    show(stack, view) {
      const top = stack.at(-1);
      if (!top) {
        if (dialog.open) dialog.close();
        clearSurface(byId('modal-blocks'));
        return;
      }
      byId('modal-title').textContent = top.title.text;
      const trouble = byId('modal-trouble');
      trouble.hidden = !top.trouble;
      trouble.textContent = top.trouble ? `⚠ ${top.trouble}` : '';
      submit.hidden = !top.submit;
      submit.textContent = top.submit?.text ?? '';
      byId('modal-close').textContent = top.close?.text ?? (stack.length > 1 ? 'Back' : 'Cancel');
      const isOther = byId('modal-blocks').surfaceId !== top.id;
      showSurface(byId('modal-blocks'), top, view, {
        act: (...pressed) => hands.act(top, ...pressed),
        ask: (...query) => hands.ask(top, ...query),
      });
      if (!dialog.open) dialog.showModal();
      if (isOther) firstControl(dialog)?.focus();
    },
  };
}

function firstControl(dialog) {
  const blocks = dialog.querySelector('#modal-blocks');
  const wanted =
    blocks.querySelector('[autofocus]') ?? blocks.querySelector('input, select, textarea, button');
  return wanted ?? dialog.querySelector('#modal-submit:not([hidden]), #modal-close');
}
