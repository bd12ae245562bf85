import type { Blockage } from '../support/wire';
import { LOST_CONNECTION } from '../support/console';
import { expect, test } from '../support/test';

test.beforeEach(({ complaints }) => complaints.expect(LOST_CONNECTION));

const BLOCKAGES: Record<Blockage, RegExp> = {
  'strips Upgrade': /strips the Upgrade header/,
  'answers 200': /answers requests for WebSockets in the server's place/,
  'answers 400': /answers requests for WebSockets in the server's place/,
  'answers 403': /answers requests for WebSockets in the server's place/,
  hangs: /does not answer/,
  cuts: /cuts WebSockets/,
  'swallows frames': /keeps its answer from coming back/,
};

for (const [blockage, explanation] of Object.entries(BLOCKAGES) as [Blockage, RegExp][]) {
  test(`on a network that ${blockage}, two people write and type within six seconds, and learn what is wrong`, async ({ people, server, signedIn }) => {
    const [ana, ben] = [await people.get('ana'), await people.get('ben')];
    const path = `/threads/${await ana.threadWith(ben)}`;
    server.wire.block(blockage);
    const [hers, his] = [await signedIn(ana, path), await signedIn(ben, path)];
    for (const desk of [hers, his]) {
      await desk.liveOver('long-poll');
      expect(desk.firstLive - desk.firstTry).toBeLessThan(6_000);
    }

    await hers.field.pressSequentially('Does this');
    await expect(his.typing).toContainText(ana.name);
    await hers.say('Does this reach you?');
    await expect(his.message('Does this reach you?')).toBeVisible();
    await his.say('It does.');
    await expect(hers.message('It does.')).toBeVisible();
    await expect(his.progress('It does.')).toHaveAccessibleName('Read');
    await expect(hers.presence(ben.name)).toHaveText('online');

    await hers.page.getByRole('link', { name: 'Settings' }).click();
    await expect(hers.fact('Connected by')).toHaveText('Long polling');
    await expect(hers.fact('Answer of the server')).toHaveText(/\d+ ms|Less than 1 ms/);
    await expect(hers.fact('Last position')).toHaveText(/^\d+$/);
    await expect(hers.page.getByRole('region', { name: 'Connection' })).toContainText(explanation);
  });
}

test('changing the transport in the middle of a burst loses and doubles nothing', async ({ people, server, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const thread = await ana.threadWith(ben);
  const hers = await signedIn(ana, `/threads/${thread}`);
  await hers.liveOver('socket');
  const his = await signedIn(ben, `/threads/${thread}`);

  const texts = [...Array(30).keys()].map((number) => `Number ${number}.`);
  for (const [number, text] of texts.entries()) {
    if (number === 10) server.wire.block('answers 403');
    if (number === 15) await ben.say(thread, 'From the other side.');
    await hers.say(text);
  }
  await hers.liveOver('long-poll');

  for (const desk of [hers, his]) {
    await expect(desk.messages.getByText(/^Number \d+\.$/)).toHaveText(texts, { timeout: 40_000 });
    await expect(desk.message('From the other side.')).toHaveCount(1);
  }
});

test('what worked is remembered across a reload, and the socket is used again when it is over', async ({ people, server, signedIn }) => {
  const ana = await people.get('ana');
  server.wire.block('answers 403');
  const hers = await signedIn(ana);
  await hers.liveOver('long-poll');
  const tried = hers.socketsTried;
  expect(tried).toBeGreaterThan(0);

  await hers.page.reload();
  await hers.hydrated();
  await hers.page.goto('/settings');
  await expect(hers.fact('Connected by')).toHaveText('Long polling');
  expect(hers.socketsTried, 'no socket is tried').toBe(tried);

  server.wire.mend();
  await hers.page.evaluate(() => {
    const kept = JSON.parse(localStorage.getItem('tidings.detour') ?? '{}') as { until: number };
    localStorage.setItem('tidings.detour', JSON.stringify({ ...kept, until: Date.now() }));
  });
  await hers.page.reload();
  await hers.liveOver('socket');
  await expect(hers.fact('Connected by')).toHaveText('WebSocket');
  expect(await hers.page.evaluate(() => localStorage.getItem('tidings.detour'))).toBeNull();
});

test('over long-poll, a lost network is noticed, and what was written meanwhile is delivered once', async ({ people, server, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const path = `/threads/${await ana.threadWith(ben)}`;
  server.wire.block('answers 400');
  const [hers, his] = [await signedIn(ana, path), await signedIn(ben, path)];
  await hers.liveOver('long-poll');

  server.wire.cutEverything();
  await expect(hers.banner).toContainText('Reconnecting to server…');
  for (const text of ['First.', 'Second.']) await hers.say(text);
  await expect(hers.progress('Second.')).toHaveAccessibleName('Sending…');
  server.wire.mend();
  server.wire.block('answers 400');

  await expect(his.messages.getByText(/^(First|Second)\.$/)).toHaveText(['First.', 'Second.'], { timeout: 40_000 });
});

test('over long-poll, signing out elsewhere ends the page', async ({ people, server, signedIn }) => {
  const ana = await people.get('ana');
  server.wire.block('answers 403');
  const hers = await signedIn(ana);
  await hers.liveOver('long-poll');
  await ana.api.post('/api/v1/me/sign-out-everywhere');
  await expect(hers.page).toHaveURL(/\/sign-in/);
});
