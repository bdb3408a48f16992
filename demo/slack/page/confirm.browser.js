/** Asks what an element's `confirm` object says; resolves to true when the person confirms. */
export function askFirst(confirm) {
  const dialog = document.querySelector('#confirm');
  const say = (selector, object) => {
    document.querySelector(selector).textContent = object.text;
  };
  say('#confirm-title', confirm.title);
  say('#confirm-text', confirm.text);
  say('#confirm-yes', confirm.confirm);
  say('#confirm-deny', confirm.deny);
  document.querySelector('#confirm-yes').className = `button ${confirm.style ?? 'primary'}`;
  dialog.returnValue = '';
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'confirm'), { once: true });
  });
}
