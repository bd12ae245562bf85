import { LOST_CONNECTION } from '../support/console';
import { expect, test } from '../support/test';

test.beforeEach(({ complaints }) => complaints.expect(LOST_CONNECTION));

test('after the server was killed, both are back and a message sent meanwhile arrives once', async ({ people, server, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const path = `/threads/${await ana.threadWith(ben)}`;
  const [hers, his] = [await signedIn(ana, path), await signedIn(ben, path)];
  await hers.say('Before.');
  await expect(his.message('Before.')).toBeVisible();

  await server.kill();
  await expect(hers.banner).toContainText('Reconnecting to server…');
  await hers.say('Meanwhile.');
  await expect(hers.progress('Meanwhile.')).toHaveAccessibleName('Sending…');

  await server.restart();
  for (const desk of [hers, his]) {
    await expect(desk.message('Meanwhile.')).toHaveCount(1, { timeout: 40_000 });
    await desk.live();
    await expect(desk.page.getByText('Reconnecting to server…')).toBeHidden();
    await expect(desk.message('Before.')).toHaveCount(1);
  }
  await his.say('After.');
  await expect(hers.message('After.')).toHaveCount(1);
});

test('“Try now” does not wait for the countdown', async ({ people, server, signedIn }) => {
  const hers = await signedIn(await people.get('ana'));
  server.wire.cutEverything();
  await expect(hers.banner).toContainText('Reconnecting to server…');
  server.wire.mend();
  await hers.page.getByRole('button', { name: 'Try now' }).click();
  await expect(hers.banner).toContainText('Back online');
  await expect(hers.banner).toBeHidden();
});

test('a short interruption is not mentioned, and nothing is missed', async ({ people, server, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const thread = await ana.threadWith(ben);
  const hers = await signedIn(ana, `/threads/${thread}`);

  server.wire.cutSockets();
  await ben.say(thread, 'Said while the line was cut.');
  server.wire.mend();

  await expect(hers.message('Said while the line was cut.')).toHaveCount(1);
});

test('a browser that goes offline says so, keeps what is written, and delivers it once in order', async ({ people, server, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const path = `/threads/${await ana.threadWith(ben)}`;
  const hers = await signedIn(ana, path);

  await hers.page.context().setOffline(true);
  // Chromium leaves a socket open that is already there.
  server.wire.cutEverything();
  await expect(hers.banner).toContainText('Reconnecting to server…');
  for (const text of ['First.', 'Second.', 'Third.']) await hers.say(text);
  await expect(hers.progress('Third.')).toHaveAccessibleName('Sending…');
  server.wire.mend();
  await hers.page.context().setOffline(false);

  const his = await signedIn(ben, path);
  await expect(his.messages.getByText(/^(First|Second|Third)\.$/)).toHaveText(['First.', 'Second.', 'Third.'], { timeout: 40_000 });
  await expect(hers.progress('Third.')).toHaveAccessibleName(/Delivered|Read/);
});

test('what is written without a connection survives a reload and is delivered once, in order', async ({ people, server, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const path = `/threads/${await ana.threadWith(ben)}`;
  const hers = await signedIn(ana, path);

  server.wire.cutSockets();
  await expect(hers.banner).toContainText('Reconnecting to server…');
  for (const text of ['First.', 'Second.']) await hers.say(text);
  await expect(hers.progress('Second.')).toHaveAccessibleName('Sending…');
  await hers.page.reload();
  await expect(hers.progress('First.')).toHaveAccessibleName('Sending…');
  await expect(hers.progress('Second.')).toHaveAccessibleName('Sending…');
  server.wire.mend();

  await expect(hers.progress('Second.')).toHaveAccessibleName(/Sent|Delivered/, { timeout: 40_000 });
  const his = await signedIn(ben, path);
  await expect(his.messages.getByText(/^(First|Second)\.$/)).toHaveText(['First.', 'Second.']);
});

test('without a connection one can read, switch threads and write', async ({ people, server, signedIn }) => {
  const [ana, ben, chidi] = [await people.get('ana'), await people.get('ben'), await people.get('chidi')];
  const [withBen, withChidi] = [await ana.threadWith(ben), await ana.threadWith(chidi)];
  await ben.say(withBen, 'Here is Ben.');
  await chidi.say(withChidi, 'Here is Chidi.');
  const hers = await signedIn(ana, `/threads/${withBen}`);
  await hers.row(chidi.name).getByRole('link').click();
  await expect(hers.message('Here is Chidi.')).toBeVisible();

  server.wire.cutEverything();
  await expect(hers.banner).toContainText('Reconnecting to server…');
  await hers.row(ben.name).getByRole('link').click();
  await expect(hers.message('Here is Ben.')).toBeVisible();
  await hers.say('Written on the way.');
  await expect(hers.progress('Written on the way.')).toHaveAccessibleName('Sending…');
});

test('a socket that claims to be open and is dead is noticed when the page is shown again', async ({ people, stranger }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const thread = await ana.threadWith(ben);
  const deaf = new Set<object>();
  const sockets: object[] = [];
  const hers = await stranger('/sign-in', { storageState: await ana.api.storageState() });
  await hers.page.routeWebSocket('**/api/v1/socket', (socket) => {
    sockets.push(socket);
    const server = socket.connectToServer();
    socket.onMessage((text) => deaf.has(socket) || server.send(text));
    server.onMessage((text) => deaf.has(socket) || socket.send(text));
  });
  await hers.page.goto(`/threads/${thread}`);
  await hers.hydrated();
  await ben.say(thread, 'While it lives.');
  await expect(hers.message('While it lives.')).toBeVisible();

  for (const socket of sockets) deaf.add(socket);
  await ben.say(thread, 'While it is dead.');
  await hers.page.evaluate(() => window.dispatchEvent(new Event('pageshow')));

  // Three seconds for an answer, and then a new connection; without asking it would take 35.
  await expect(hers.message('While it is dead.')).toHaveCount(1, { timeout: 15_000 });
});
