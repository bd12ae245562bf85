import { expect, test } from '../support/test';

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

test('a phone shows the list or the thread, and goes back', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  await ben.say(await ana.threadWith(ben), 'Can you read this on the bus?');
  const hers = await signedIn(ana, '/', PHONE);
  await expect(hers.threads).toBeInViewport();
  await expect(hers.messages).toBeHidden();

  await hers.row(ben.name).getByRole('link').tap();
  await expect(hers.message('Can you read this on the bus?')).toBeInViewport();
  await expect(hers.threads).toBeHidden();
  await expect(hers.field).toBeInViewport();
  await hers.say('Yes!');
  await expect(hers.message('Yes!')).toBeInViewport();

  await hers.page.getByRole('link', { name: 'Back' }).tap();
  await expect(hers.threads).toBeInViewport();
  await expect(hers.messages).toBeHidden();
});

test('nothing is wider than a phone', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const thread = await ana.threadWith(ben);
  await ben.say(thread, `A long word: ${'x'.repeat(300)}`);
  for (const path of ['/', `/threads/${thread}`, '/people', '/clients', '/settings', '/admin']) {
    const hers = await signedIn(ana, path, PHONE);
    const overflow = await hers.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(overflow, path).toBeLessThanOrEqual(0);
    await hers.close();
  }
});

test('on a tablet the list beside the page keeps its title in one line', async ({ signedIn }) => {
  const hers = await signedIn('ana', '/people', { viewport: { width: 820, height: 1180 } });
  const title = hers.threads.getByRole('heading', { name: 'Threads' });
  const lines = await title.evaluate((element) => element.getClientRects().length && element.clientHeight / parseFloat(getComputedStyle(element).lineHeight));
  expect(lines).toBeLessThan(1.5);
  await expect(hers.threads.getByRole('link', { name: 'New message' })).toBeInViewport();
});
