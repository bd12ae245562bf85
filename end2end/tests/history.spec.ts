import { expect, test } from '../support/test';

test('older messages load on scrolling up, without a jump, and the page keeps few rows', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const thread = await ana.threadWith(ben);
  for (let n = 1; n <= 420; n += 1) await (n % 2 ? ana : ben).say(thread, `Message ${n}`);
  const hers = await signedIn(ana, `/threads/${thread}`);
  const rows = hers.messages.getByText(/^Message \d+$/);
  await expect(hers.message('Message 420')).toBeInViewport();
  await expect(hers.message('Message 1')).toHaveCount(0);

  let reached = 420;
  while (reached > 1) {
    const top = rows.first();
    const text = (await top.textContent()) ?? '';
    reached = Number(text.replace('Message ', ''));
    if (reached === 1) break;
    const anchor = hers.message(text);
    await anchor.scrollIntoViewIfNeeded();
    await expect.poll(async () => (await rows.first().textContent()) === text).toBe(false);
    await expect(anchor, 'what was being read stays in view').toBeInViewport();
    expect(await rows.count()).toBeLessThanOrEqual(300);
  }
  await expect(hers.message('Message 1')).toBeAttached();
});

test('a message that arrives while one reads further up does not pull one down', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const thread = await ana.threadWith(ben);
  for (let n = 1; n <= 60; n += 1) await ben.say(thread, `Message ${n}`);
  const hers = await signedIn(ana, `/threads/${thread}`);
  await expect(hers.message('Message 60')).toBeInViewport();
  await hers.messages.hover();
  await hers.page.mouse.wheel(0, -900);
  await expect(hers.message('Message 60')).not.toBeInViewport();

  await ben.say(thread, 'News.');
  await hers.page.getByRole('button', { name: '1 new message' }).click();

  await expect(hers.message('News.')).toBeInViewport();
});

test('days are separated, and what is unread begins below a line', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const thread = await ana.threadWith(ben);
  await ana.say(thread, 'Read by its author.');
  await ben.say(thread, 'Not read yet.');
  const hers = await signedIn(ana, `/threads/${thread}`);

  await expect(hers.messages.getByText('Today', { exact: true })).toBeVisible();
  await expect(hers.messages.getByText('New', { exact: true })).toBeVisible();
});
