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
  const group = await ana.groupWith([ben], `A long name: ${'y'.repeat(60)}`);
  for (const path of ['/', `/threads/${thread}`, `/threads/${group}`, `/threads/${group}/group`, '/groups/new', '/people', '/clients', '/settings', '/admin']) {
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

test('a message that is pulled aside is answered, and one that is scrolled is not', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const thread = await ana.threadWith(ben);
  await ben.say(thread, 'Shall we?');
  const hers = await signedIn(ana, `/threads/${thread}`, PHONE);
  await hers.live();
  const swipe = (type: string, way: [number, number][], lift = true) =>
    hers.message('Shall we?').evaluate(
      (element, { type, way, lift }) => {
        const tell = (name: string, [x, y]: [number, number]) =>
          element.dispatchEvent(new PointerEvent(name, { pointerType: type, pointerId: 7, clientX: x, clientY: y, bubbles: true }));
        tell('pointerdown', [100, 100]);
        for (const place of way) tell('pointermove', place);
        if (lift) tell('pointerup', way.at(-1) ?? [100, 100]);
      },
      { type, way, lift },
    );
  const bar = hers.page.getByRole('group', { name: 'Replying to' });
  const row = hers.messages.getByRole('article').filter({ hasText: 'Shall we?' });
  await swipe('mouse', [[120, 100], [190, 100]]);
  await swipe('touch', [[103, 130], [190, 200]]);
  await swipe('touch', [[120, 100], [140, 100]]);
  await expect(bar).toHaveCount(0);
  await swipe('touch', [[120, 100], [190, 102]], false);
  await expect(row.locator('.swipe-arrow')).toBeVisible();
  await row.dispatchEvent('pointercancel');
  await expect(row.locator('.swipe-arrow')).toHaveCount(0);
  await swipe('touch', [[120, 100], [190, 102]]);
  await expect(bar).toContainText('Shall we?');
});
