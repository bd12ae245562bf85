import type { Locator } from '@playwright/test';
import type { Desk } from '../support/desk';
import type { Person } from '../support/people';
import { expect, test } from '../support/test';

/** The menu of a thread's row, opened with the right button. */
async function menu(desk: Desk, name: string): Promise<Locator> {
  await desk.row(name).getByRole('link').click({ button: 'right' });
  return desk.page.getByRole('menu', { name: `Options for ${name}` });
}

function rows(desk: Desk): Locator {
  return desk.threads.getByRole('list').getByRole('listitem');
}

async function talk(ana: Person, others: Person[]): Promise<string[]> {
  const threads = [];
  for (const other of others) {
    const thread = await ana.threadWith(other);
    await other.say(thread, `Hello from ${other.name}.`);
    threads.push(thread);
  }
  return threads;
}

test('a pinned thread stands first, in every tab and after a reload', async ({ people, signedIn }) => {
  const [ana, ben, chidi] = [await people.get('ana'), await people.get('ben'), await people.get('chidi')];
  await talk(ana, [ben, chidi]);
  const hers = await signedIn(ana);
  const second = await hers.newTab('/');
  await expect(rows(hers).first()).toContainText(chidi.name);

  await (await menu(hers, ben.name)).getByRole('menuitem', { name: 'Pin to the top' }).click();

  for (const desk of [hers, second]) await expect(rows(desk).first()).toContainText(ben.name);
  await expect(hers.row(ben.name).getByTitle('Pinned')).toBeVisible();
  await hers.page.reload();
  await expect(rows(hers).first()).toContainText(ben.name);
});

test('an archived thread waits behind an entry, and a message brings it back', async ({ people, signedIn }) => {
  const [ana, ben, chidi] = [await people.get('ana'), await people.get('ben'), await people.get('chidi')];
  const [withBen] = await talk(ana, [ben, chidi]);
  const hers = await signedIn(ana);

  await (await menu(hers, ben.name)).getByRole('menuitem', { name: 'Archive' }).click();
  await expect(hers.row(ben.name)).toHaveCount(0);
  await hers.threads.getByRole('button', { name: 'Archived 1' }).click();
  await expect(hers.row(ben.name)).toBeVisible();
  await expect(hers.row(chidi.name)).toHaveCount(0);
  await hers.threads.getByRole('button', { name: 'Back to all threads' }).click();
  // Whoever looks for it finds it.
  await hers.threads.getByRole('searchbox').fill('Ben');
  await expect(hers.row(ben.name)).toBeVisible();
  await hers.page.keyboard.press('Escape');
  await expect(hers.row(ben.name)).toHaveCount(0);

  await ben.say(withBen!, 'One thing more.');
  await expect(hers.row(ben.name)).toContainText('One thing more.');
  await expect(hers.threads.getByRole('button', { name: /Archived/ })).toHaveCount(0);
});

test('a thread is unpinned and taken out of the archive again, in every tab', async ({ people, signedIn }) => {
  const [ana, ben, chidi] = [await people.get('ana'), await people.get('ben'), await people.get('chidi')];
  await talk(ana, [ben, chidi]);
  const hers = await signedIn(ana);
  const second = await hers.newTab('/');
  await hers.page.bringToFront();
  await (await menu(hers, ben.name)).getByRole('menuitem', { name: 'Pin to the top' }).click();
  for (const desk of [hers, second]) await expect(rows(desk).first()).toContainText(ben.name);
  await (await menu(hers, ben.name)).getByRole('menuitem', { name: 'Unpin' }).click();
  for (const desk of [hers, second]) await expect(rows(desk).first()).toContainText(chidi.name);
  await expect(hers.row(ben.name).getByTitle('Pinned')).toHaveCount(0);

  await (await menu(hers, ben.name)).getByRole('menuitem', { name: 'Archive' }).click();
  for (const desk of [hers, second]) await expect(desk.row(ben.name)).toHaveCount(0);
  await hers.threads.getByRole('button', { name: 'Archived 1' }).click();
  await (await menu(hers, ben.name)).getByRole('menuitem', { name: 'Take out of the archive' }).click();
  await expect(second.row(ben.name)).toBeVisible();
  await hers.page.reload();
  await hers.live();
  await expect(rows(hers)).toHaveText([new RegExp(chidi.name), new RegExp(ben.name)]);
  await expect(hers.threads.getByRole('button', { name: /Archived/ })).toHaveCount(0);
});

test('a muted thread stays in the archive, says that it is muted, and is not counted in the title', async ({ people, signedIn }) => {
  const [ana, ben, chidi] = [await people.get('ana'), await people.get('ben'), await people.get('chidi')];
  const [withBen] = await talk(ana, [ben, chidi]);
  const hers = await signedIn(ana);
  await expect(hers.page).toHaveTitle(/^\(2\)/);

  const opened = await menu(hers, ben.name);
  await opened.getByRole('menuitem', { name: 'Mute' }).click();
  await opened.getByRole('menuitem', { name: '8 hours' }).click();
  await expect(hers.row(ben.name).getByTitle('Muted')).toBeVisible();
  await expect(hers.page).toHaveTitle(/^\(1\)/);

  await (await menu(hers, ben.name)).getByRole('menuitem', { name: 'Archive' }).click();
  await ben.say(withBen!, 'It can wait.');
  await ben.say(withBen!, 'You too, @ana.');
  await hers.threads.getByRole('button', { name: 'Archived 1' }).click();
  await expect(hers.row(ben.name)).toContainText('You too, @ana.');

  const again = await menu(hers, ben.name);
  await expect(again.getByRole('menuitem', { name: /Unmute/ })).toContainText('Muted until');
  await again.getByRole('menuitem', { name: /Unmute/ }).click();
  await expect(hers.row(ben.name).getByTitle('Muted')).toHaveCount(0);
});

test('the menu opens and works by keyboard, and gives the focus back', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  await talk(ana, [ben]);
  const hers = await signedIn(ana);
  const keyboard = hers.page.keyboard;
  const link = hers.row(ben.name).getByRole('link');
  const opened = hers.page.getByRole('menu');

  await link.focus();
  await keyboard.press('Tab');
  await expect(hers.row(ben.name).getByRole('button', { name: `Options for ${ben.name}` })).toBeFocused();
  await keyboard.press('Enter');
  await expect(opened.getByRole('menuitem').first()).toBeFocused();
  await keyboard.press('End');
  await expect(opened.getByRole('menuitem', { name: 'Archive' })).toBeFocused();
  await keyboard.press('ArrowUp');
  await keyboard.press('Enter');
  await keyboard.press('ArrowDown');
  await expect(opened.getByRole('menuitemradio', { name: 'Mentions only' })).toBeFocused();
  await keyboard.press('Enter');
  await expect(opened).toHaveCount(0);
  await expect(hers.row(ben.name).getByTitle('Notifies of mentions only')).toBeVisible();
  await expect(hers.row(ben.name).getByRole('button', { name: `Options for ${ben.name}` })).toBeFocused();

  await keyboard.press('Enter');
  await keyboard.press('Escape');
  await expect(opened).toHaveCount(0);
});

test('on a phone the menu opens by holding a finger on the row, and all of it is on the screen', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  await talk(ana, [ben]);
  const hers = await signedIn(ana, '/', { hasTouch: true, viewport: { width: 390, height: 844 } });
  const box = (await hers.row(ben.name).getByRole('link').boundingBox())!;
  const touches = await hers.page.context().newCDPSession(hers.page);
  const touchPoints = [{ x: box.x + 100, y: box.y + box.height / 2 }];

  await touches.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints });
  const opened = hers.page.getByRole('menu');
  await expect(opened).toBeVisible();
  await touches.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  await expect(opened).toBeVisible();
  await expect(hers.page).not.toHaveURL(/threads/);
  const place = (await opened.boundingBox())!;
  expect(place.x).toBeGreaterThanOrEqual(0);
  expect(place.x + place.width).toBeLessThanOrEqual(390);
  expect(place.y + place.height).toBeLessThanOrEqual(844);
});

test('a thread marked as unread is so in every tab, stays so on screen, and stays read for the sender', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const thread = await ana.threadWith(ben);
  const his = await signedIn(ben, `/threads/${thread}`);
  for (const text of ['One.', 'Two.', 'Three.']) await his.say(text);
  const hers = await signedIn(ana, `/threads/${thread}`);
  await expect(his.progress('Three.')).toHaveAccessibleName('Read');
  const second = await hers.newTab('/people');
  await hers.page.bringToFront();

  await hers.page.getByRole('button', { name: 'Thread options' }).click();
  await hers.page.getByRole('menuitem', { name: 'Mark as unread' }).click();
  for (const desk of [hers, second]) await expect(desk.unread(ben.name)).toHaveText(/1/);
  await hers.page.mouse.wheel(0, -200);
  await his.say('Four.');
  for (const desk of [hers, second]) await expect(desk.unread(ben.name)).toHaveText(/2/);
  await expect(his.progress('Three.')).toHaveAccessibleName('Read');

  await hers.page.goto('/people');
  await hers.live();
  await expect(hers.unread(ben.name)).toHaveText(/2/);
  await hers.row(ben.name).getByRole('link').click();
  for (const desk of [hers, second]) await expect(desk.unread(ben.name)).toHaveCount(0);
});

test('a draft shows in the list, in other tabs too, and survives a reload', async ({ people, signedIn }) => {
  const [ana, ben, chidi] = [await people.get('ana'), await people.get('ben'), await people.get('chidi')];
  const [withBen] = await talk(ana, [ben, chidi]);
  const hers = await signedIn(ana, `/threads/${withBen}`);
  const second = await hers.newTab('/');
  await hers.page.bringToFront();

  await hers.field.pressSequentially('Shall we say');
  await expect(second.row(ben.name)).toContainText(/Draft:\s*Shall we say/);
  await hers.row(chidi.name).getByRole('link').click();
  await expect(hers.row(ben.name)).toContainText(/Draft:\s*Shall we say/);

  await hers.page.reload();
  await hers.live();
  await expect(hers.row(ben.name)).toContainText(/Draft:\s*Shall we say/);
  await hers.row(ben.name).getByRole('link').click();
  await expect(hers.field).toHaveValue('Shall we say');
  await hers.field.press('Enter');
  await expect(second.row(ben.name)).not.toContainText('Draft:');
  await expect(second.row(ben.name)).toContainText('You: Shall we say');
});

test('from a message on is unread again, and the line says from where', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const thread = await ana.threadWith(ben);
  for (const text of ['One.', 'Two.', 'Three.']) await ben.say(thread, text);
  const hers = await signedIn(ana, `/threads/${thread}`);
  await expect(hers.unread(ben.name)).toHaveCount(0);

  const second = hers.messages.getByRole('article').filter({ hasText: 'Two.' });
  await second.hover();
  await second.getByRole('button', { name: 'Actions for this message' }).click();
  await second.getByRole('button', { name: 'Mark as unread from here' }).click();

  await expect(hers.unread(ben.name)).toHaveText(/2/);
  await expect(hers.messages.locator('.unread-divider')).toBeVisible();
});

test('what is unread from a message on is so in another tab and after a reload, and is read when the thread is opened', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const thread = await ana.threadWith(ben);
  for (const text of ['One.', 'Two.', 'Three.']) await ben.say(thread, text);
  const hers = await signedIn(ana, `/threads/${thread}`);
  await expect(hers.unread(ben.name)).toHaveCount(0);
  await hers.say('Four.');
  await expect(hers.progress('Four.')).toHaveAccessibleName(/Sent|Delivered/);
  const second = await hers.newTab('/people');
  await hers.page.bringToFront();
  const open = async (text: string) => {
    const message = hers.messages.getByRole('article').filter({ hasText: text });
    await message.hover();
    await message.getByRole('button', { name: 'Actions for this message' }).click();
  };
  const entry = hers.messages.getByRole('button', { name: 'Mark as unread from here' });
  await open('Four.');
  await expect(hers.messages.getByRole('button', { name: 'Details' })).toBeVisible();
  await expect(entry).toHaveCount(0);
  await hers.page.keyboard.press('Escape');

  await open('Two.');
  await entry.click();
  for (const desk of [hers, second]) await expect(desk.unread(ben.name)).toHaveText(/^2 unread$/);
  await second.page.bringToFront();
  await second.page.reload();
  await second.live();
  await expect(second.unread(ben.name)).toHaveText(/^2 unread$/);
  await second.row(ben.name).getByRole('link').click();
  await expect(second.messages.getByText('New', { exact: true })).toBeVisible();
  for (const desk of [hers, second]) await expect(desk.unread(ben.name)).toHaveCount(0);
});
