import { expect, test } from '../support/test';

test('a person is online from signing in until signing out', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  await ana.threadWith(ben);
  const hers = await signedIn(ana);
  await expect(hers.presence(ben.name)).toHaveText('offline');

  const his = await signedIn(ben);
  await expect(hers.presence(ben.name)).toHaveText('online');

  await his.signOut();
  // Sooner than the grace that a closed tab gets.
  await expect(hers.presence(ben.name)).toHaveText('offline', { timeout: 5_000 });
});

test('a person stays online until the last tab has closed', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  await ana.threadWith(ben);
  const hers = await signedIn(ana);
  const his = await signedIn(ben);
  const second = await his.newTab('/');
  await expect(hers.presence(ben.name)).toHaveText('online');

  await second.page.close();
  await his.page.reload();
  await his.live();
  await expect(hers.presence(ben.name)).toHaveText('online');

  await his.page.close();
  // The grace is fifteen seconds.
  await expect(hers.presence(ben.name)).toHaveText('offline', { timeout: 30_000 });
});

test('the dot of a person who is here ripples, unless motion is unwelcome', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  await ana.threadWith(ben);
  const hers = await signedIn(ana);
  const calm = await signedIn(ana, '/', { reducedMotion: 'reduce' });
  const moving = (element: Element) => element.getAnimations({ subtree: true }).filter((a) => a.playState === 'running').length;
  await expect(hers.presence(ben.name)).toHaveText('offline');
  expect(await hers.presence(ben.name).evaluate(moving)).toBe(0);

  await signedIn(ben);

  await expect(hers.presence(ben.name)).toHaveText('online');
  await expect.poll(() => hers.presence(ben.name).evaluate(moving)).toBeGreaterThan(0);
  await expect(calm.presence(ben.name)).toHaveText('online');
  expect(await calm.presence(ben.name).evaluate(moving)).toBe(0);
});

test('the thread says when its other member was last here', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const thread = await ana.threadWith(ben);
  const hers = await signedIn(ana, `/threads/${thread}`);
  const his = await signedIn(ben);
  const said = hers.page.locator('.last-seen');
  await expect(said).toHaveText('online');

  await his.signOut();

  await expect(said).toHaveText('last seen just now');
});

test('people who share no thread learn nothing of each other', async ({ people, signedIn }) => {
  const [ana, ben, chidi] = [await people.get('ana'), await people.get('ben'), await people.get('chidi')];
  await ana.threadWith(ben);
  const context = await signedIn(ben);
  const frames: string[] = [];
  context.page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => frames.push(String(payload))));
  await context.page.reload();
  await context.live();

  await signedIn(chidi);
  await signedIn(ana);
  await expect(context.presence(ana.name)).toHaveText('online');

  expect(frames.filter((frame) => frame.includes(chidi.id))).toEqual([]);
});
