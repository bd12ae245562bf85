import { expect, test } from '../support/test';

const MESSAGES = 200;

declare global {
  interface Window {
    moments: Record<string, number>;
  }
}

test('from the Enter key in one browser to the other screen', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const path = `/threads/${await ana.threadWith(ben)}`;
  const [hers, his] = [await signedIn(ana, path), await signedIn(ben, path)];

  // Both browsers read the clock of the same machine.
  await hers.page.evaluate(() => {
    window.moments = {};
    addEventListener(
      'keydown',
      (event) => {
        if (event.key === 'Enter' && event.target instanceof HTMLTextAreaElement) {
          window.moments[event.target.value] = performance.timeOrigin + performance.now();
        }
      },
      { capture: true },
    );
  });
  await his.messages.evaluate((log) => {
    window.moments = {};
    new MutationObserver((changes) => {
      for (const text of changes.flatMap((change) => [...change.addedNodes]).map((node) => node.textContent ?? '')) {
        const message = /Message \d+\./.exec(text)?.[0];
        if (message === undefined || message in window.moments) continue;
        // The frame that paints it begins here; the next task runs after it was painted.
        requestAnimationFrame(() => setTimeout(() => (window.moments[message] ??= performance.timeOrigin + performance.now())));
      }
    }).observe(log, { childList: true, subtree: true });
  });

  for (let n = 0; n < MESSAGES; n += 1) {
    await hers.say(`Message ${n}.`);
    await expect(his.message(`Message ${n}.`)).toBeAttached();
  }
  await expect.poll(() => his.page.evaluate(() => Object.keys(window.moments).length)).toBe(MESSAGES);

  const sent = await hers.page.evaluate(() => window.moments);
  const seen = await his.page.evaluate(() => window.moments);
  const taken = Object.keys(seen).map((text) => (seen[text] ?? NaN) - (sent[text] ?? NaN)).sort((a, b) => a - b);
  const percentile = (p: number) => taken[Math.ceil((p / 100) * taken.length) - 1]?.toFixed(1);
  console.log(`send to visible over ${taken.length} messages: p50 ${percentile(50)} ms, p95 ${percentile(95)} ms, max ${percentile(100)} ms`);
});
