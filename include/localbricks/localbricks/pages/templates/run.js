// Follows a run that goes on: appends to its logs, and loads the page again when a state has changed.
const shown = document.currentScript.dataset;

async function follow() {
  for (const log of document.querySelectorAll('pre.log[data-done="False"]')) {
    const answer = await fetch(`/runs/${log.dataset.run}/log?offset=${log.dataset.offset}`);
    if (!answer.ok) continue;
    const part = await answer.json();
    if (part.text) log.append(part.text);
    log.dataset.offset = part.offset;
  }
  const now = await (await fetch(`/runs/${shown.run}/state`)).json();
  if (now.done || now.states.join() !== shown.states) return location.reload();
  setTimeout(follow, 1000);
}

if (shown.done === 'False') setTimeout(follow, 1000);
