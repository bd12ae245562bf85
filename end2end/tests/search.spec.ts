import AxeBuilder from '@axe-core/playwright';
import type { Desk } from '../support/desk';
import { file, png, recording, type Chosen } from '../support/files';
import { DEMO_PASSWORD, Person } from '../support/people';
import { expect, test } from '../support/test';

function box(desk: Desk) {
  return desk.page.getByRole('searchbox', { name: 'Search messages' });
}

function hits(desk: Desk) {
  return desk.page.getByRole('list', { name: 'Messages found' }).getByRole('listitem');
}

/** The filters that can be chosen for what is being written. */
function offers(desk: Desk, filter: string) {
  return desk.page.getByRole('list', { name: `Complete ${filter}:` }).getByRole('button');
}

/** Sends a file, perhaps with a text. */
async function bring(desk: Desk, chosen: Chosen, text = ''): Promise<void> {
  const before = await desk.messages.getByRole('article').count();
  await desk.page.getByLabel('Files to attach').setInputFiles([chosen]);
  await expect(desk.page.getByRole('list', { name: 'Attached files' })).toBeVisible();
  await desk.field.fill(text);
  await desk.send.click();
  await expect(desk.messages.getByRole('article')).toHaveCount(before + 1);
  await expect(desk.messages.getByRole('article').last().getByRole('img', { name: /^(Sent|Delivered|Read)$/ })).toBeVisible();
}

test('what was said is found by a part of it and shown in its thread, and one goes from hit to hit', async ({ people, signedIn }) => {
  const [ana, ben, chidi] = [await people.get('ana'), await people.get('ben'), await people.get('chidi')];
  const [withBen, withChidi] = [await ana.threadWith(ben), await ana.threadWith(chidi)];
  await ben.say(withBen, 'The first appointment is at nine.');
  for (let n = 1; n <= 60; n += 1) await ana.say(withBen, `Something else, number ${n}.`);
  await chidi.say(withChidi, "Don't forget the appointment.");

  const desk = await signedIn(ana, `/threads/${withChidi}`);
  await desk.page.keyboard.press('Control+k');
  await expect(box(desk)).toBeFocused();
  await box(desk).fill('pointm');
  await expect(hits(desk)).toHaveCount(2);
  await expect(hits(desk).first()).toContainText("Don't forget the appointment.");
  await expect(hits(desk).first().locator('mark')).toHaveText('pointm');
  await expect(desk.page.getByRole('status').filter({ hasText: /^2 messages$/ })).toBeVisible();

  await box(desk).press('ArrowDown');
  await desk.page.keyboard.press('ArrowDown');
  await desk.page.keyboard.press('Enter');
  await expect(desk.page).toHaveURL(new RegExp(`/threads/${withBen}\\?at=1$`));
  await expect(desk.message('The first appointment is at nine.')).toBeInViewport();
  const bar = desk.page.getByRole('group', { name: 'Hits of the search' });
  await expect(bar).toContainText('Hit 2 of 2');
  await expect(bar.getByRole('button', { name: 'Older hit' })).toBeDisabled();
  await bar.getByRole('button', { name: 'Newer hit' }).click();
  await expect(desk.message("Don't forget the appointment.")).toBeInViewport();
  await expect(bar).toContainText('Hit 1 of 2');

  await desk.page.keyboard.press('Control+k');
  await expect(box(desk)).toBeFocused();
  await desk.page.keyboard.press('Escape');
  await expect(box(desk)).toBeHidden();
  await expect(desk.threads).toBeVisible();
});

test('filters are offered while they are written, and nobody finds what is said elsewhere', async ({ people, signedIn }) => {
  const [ana, ben, chidi] = [await people.get('ana'), await people.get('ben'), await people.get('chidi')];
  const [withBen, withChidi] = [await ana.threadWith(ben), await ana.threadWith(chidi)];
  await ana.say(withBen, 'A room on the ground floor.');
  await ben.say(withBen, 'Any room will do: 50% of C++.');
  await ana.say(withChidi, 'No room is free, 会議 is at noon.');

  const desk = await signedIn(ana);
  await desk.page.keyboard.press('/');
  await box(desk).fill('room from:');
  await desk.page.getByRole('button', { name: ben.name }).click();
  await expect(box(desk)).toHaveValue('room from:ben ');
  await expect(hits(desk)).toHaveCount(1);
  await box(desk).fill('in:"Chidi Eze" room');
  await expect(hits(desk)).toHaveText([/No room is free/]);
  for (const [text, said] of [['50%', /50%/], ['C++', /C\+\+/], ['会議', /会議/], ['"ground floor"', /ground floor/]] as const) {
    await box(desk).fill(text);
    await expect(hits(desk)).toHaveText([said]);
  }
  await box(desk).fill('%_');
  await expect(desk.page.getByText("Punctuation alone can't be searched for.")).toBeVisible();
  await box(desk).fill('from:zoe x');
  await expect(desk.page.getByText('Nobody is called “zoe”.')).toBeVisible();
  await box(desk).fill('quartz');
  await expect(desk.page.getByText('Nothing found')).toBeVisible();

  const his = await signedIn(chidi, '/search?q=room');
  await expect(hits(his)).toHaveText([/No room is free/]);
});

test('a search waits for the connection, and a deleted message is not found', async ({ complaints, people, signedIn }) => {
  complaints.expect(/ERR_INTERNET_DISCONNECTED/);
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const thread = await ana.threadWith(ben);
  await ana.say(thread, 'Meant for somebody else.');
  const desk = await signedIn(ben, '/search');
  await desk.page.context().setOffline(true);
  await desk.page.evaluate(() => window.dispatchEvent(new Event('offline')));
  await expect(desk.banner).toBeVisible({ timeout: 60_000 });
  await box(desk).fill('somebody');
  await expect(desk.page.getByText('You are offline')).toBeVisible();
  await desk.page.context().setOffline(false);
  await expect(hits(desk)).toHaveCount(1, { timeout: 60_000 });

  const hers = await signedIn(ana, `/threads/${thread}`);
  const ours = hers.messages.getByRole('article').filter({ hasText: 'Meant for somebody else.' });
  await ours.hover();
  await ours.getByRole('button', { name: 'Actions for this message' }).click();
  await ours.getByRole('button', { name: 'Delete', exact: true }).click();
  await ours.getByRole('button', { name: 'Delete for everyone' }).click();
  await expect(hers.message('Message deleted')).toBeVisible();
  await box(desk).fill('somebod');
  await expect(desk.page.getByText('Nothing found')).toBeVisible();
});

test('on a phone the search is a page, and back leads to it again', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const thread = await ana.threadWith(ben);
  await ben.say(thread, 'The blue folder is upstairs.');
  const phone = await signedIn(ana, '/', { viewport: { width: 390, height: 844 } });
  await phone.page.getByRole('link', { name: 'Search messages' }).click();
  await expect(phone.page).toHaveURL(/\/search$/);
  await expect(box(phone)).toBeFocused();
  await box(phone).fill('folder');
  const found = await new AxeBuilder({ page: phone.page }).analyze();
  expect(found.violations).toEqual([]);
  await hits(phone).first().getByRole('link').click();
  await expect(phone.message('The blue folder is upstairs.')).toBeInViewport();
  await expect(box(phone)).toBeHidden();
  await phone.page.getByRole('button', { name: 'Results' }).click();
  await expect(box(phone)).toBeVisible();
  await expect(hits(phone)).toHaveCount(1);
});

test('a thread is shown from a day that is chosen', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const thread = await ana.threadWith(ben);
  await ben.say(thread, 'The very first one.');
  for (let n = 1; n <= 60; n += 1) await ben.say(thread, `Something else, number ${n}.`);
  const desk = await signedIn(ana, `/threads/${thread}`);
  await desk.page.getByRole('button', { name: 'Jump to a day' }).click();
  const day = desk.page.getByLabel('Show messages from');
  await expect(day).toBeFocused();
  await day.fill('2020-01-01');
  await desk.page.getByRole('button', { name: 'Show', exact: true }).click();
  await expect(desk.message('The very first one.')).toBeInViewport();
  await expect(day).toBeHidden();
  await desk.messages.getByRole('button', { name: 'Today' }).first().click();
  await expect(day).toBeFocused();
  await day.press('Escape');
  await expect(day).toBeHidden();
});

test('what is attached is found by its kind, and alone', async ({ people, signedIn }) => {
  const [ana, ben, chidi] = [await people.get('ana'), await people.get('ben'), await people.get('chidi')];
  const thread = await ana.threadWith(ben);
  const [hers, his] = [await signedIn(ana, `/threads/${thread}`), await signedIn(ben, `/threads/${thread}`)];
  await ben.say(thread, 'An image, a voice, a file: only words.');
  await bring(hers, png('roof.png', 40, 30, [30, 160, 30]), 'The roof.');
  await bring(hers, file('lease.pdf', '%PDF-1.7\n% the lease\n'), 'The lease.');
  await bring(hers, recording('talk.wav', 2));
  await expect(his.messages.getByRole('article')).toHaveCount(4);
  await bring(his, png('door.png', 30, 40, [160, 30, 30]), 'The door.');

  await hers.page.keyboard.press('Control+k');
  await box(hers).fill('has:');
  await expect(offers(hers, 'has')).toHaveText(['file', 'image', 'voice']);
  await offers(hers, 'has').filter({ hasText: 'voice' }).click();
  await expect(box(hers)).toHaveValue('has:voice ');
  await expect(hits(hers)).toHaveText([/talk\.wav/]);
  await box(hers).fill('has:image');
  await expect(hits(hers)).toHaveText([/The door\./, /The roof\./]);
  await box(hers).fill('has:image from:me');
  await expect(hits(hers)).toHaveText([/The roof\./]);
  await box(hers).fill('has:voice has:image');
  await expect(hits(hers)).toHaveText([/The door\./, /talk\.wav/, /The roof\./]);
  await box(hers).fill('has:file');
  await expect(hits(hers)).toHaveText([/The door\./, /talk\.wav/, /The lease\./, /The roof\./]);
  await box(hers).fill('has:file lease');
  await expect(hits(hers)).toHaveText([/The lease\./]);
  await hits(hers).getByRole('link').click();
  await expect(hers.page).toHaveURL(new RegExp(`/threads/${thread}\\?at=3$`));
  await expect(hers.messages.getByRole('link', { name: /lease\.pdf/ })).toBeInViewport();
  await box(hers).fill('has:film');
  await expect(hers.page.getByText('“has:film” is not known. Search for has:file, has:image or has:voice.')).toBeVisible();
  await expect(hits(hers)).toHaveCount(0);

  const elsewhere = await signedIn(chidi, '/search?q=has:file');
  await expect(elsewhere.page.getByText('Nothing found')).toBeVisible();
});

test('what was said about a client is found by its name or reference, and only own clients are offered', async ({ people, signedIn }) => {
  const [ana, ben, chidi] = [await people.get('ana'), await people.get('ben'), await people.get('chidi')];
  const [clinic, bakery, mill] = [await ana.addClient('Harbour Clinic', 'HC-12'), await ana.addClient('Harbour Bakery', 'HB-7'), await ana.addClient('Old Mill')];
  const [aboutClinic, aboutBakery] = [await ana.threadWith(ben, clinic), await ana.threadWith(chidi, bakery)];
  await ana.say(aboutClinic, 'A visit to the clinic.');
  await ben.say(aboutClinic, 'The visit is on Monday.');
  await chidi.say(aboutBakery, 'A visit to the bakery.');
  await ana.say(await ana.threadWith(ben), 'A visit to nobody.');
  await ben.say(await ben.threadWith(chidi, mill), 'A visit to the mill.');

  const desk = await signedIn(ana);
  await desk.page.keyboard.press('/');
  await box(desk).fill('visit client:');
  await expect(offers(desk, 'client')).toHaveText([/^Harbour Bakery\s*HB-7$/, /^Harbour Clinic\s*HC-12$/]);
  await box(desk).fill('visit client:clin');
  await expect(offers(desk, 'client')).toHaveCount(1);
  await offers(desk, 'client').click();
  await expect(box(desk)).toHaveValue('visit client:"Harbour Clinic" ');
  await expect(hits(desk)).toHaveText([/The visit is on Monday\./, /A visit to the clinic\./]);
  for (const hit of await hits(desk).all()) await expect(hit).toContainText('Harbour Clinic');
  await box(desk).fill('client:hb-7');
  await expect(hits(desk)).toHaveText([/A visit to the bakery\./]);
  await box(desk).fill('client:harbour from:me');
  await expect(hits(desk)).toHaveText([/A visit to the clinic\./]);
  await box(desk).fill('client:mill');
  await expect(desk.page.getByText('You have no thread about a client called “mill”.')).toBeVisible();
  await expect(hits(desk)).toHaveCount(0);

  const his = await signedIn(chidi, '/search?q=client:clinic');
  await expect(his.page.getByText('You have no thread about a client called “clinic”.')).toBeVisible();
});

test('punctuation alone finds nothing and breaks nothing, and does no harm beside a word', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const thread = await ana.threadWith(ben);
  await ben.say(thread, 'Well… (really?) "Yes!" -- it\'s *done*; 100% of it.');
  const desk = await signedIn(ana, '/search');
  const told = desk.page.getByText("Punctuation alone can't be searched for. Add a letter or a digit.");
  for (const text of ['?', '...', '…', '"?!"', '"', "'", '(((', '*', '-- \'', '\\', ':', '::', '“”', '、。', '<>', '%%%']) {
    await box(desk).fill('done');
    await expect(hits(desk)).toHaveCount(1);
    await box(desk).fill(text);
    await expect(hits(desk), text).toHaveCount(0);
    await expect(desk.page.getByRole('alert')).toHaveCount(0);
    // A quote that is only opened is still being written.
    if (!/^["“”]+$/.test(text)) await expect(told, text).toBeVisible();
  }
  for (const text of ['done ???', '(really?)', '"*done*"', '100%', "it's -- '"]) {
    await box(desk).fill(text);
    await expect(hits(desk), text).toHaveText([/Well/]);
  }
});

test.describe('with weeks of messages', () => {
  test.use({ settings: { TIDINGS_DEMO: 'true' } });

  test('a thread is shown from any day, the next one if nothing was said then', async ({ server, signedIn }) => {
    const ana = await Person.signIn(server, 'ana', 'Ana Ferreira', DEMO_PASSWORD);
    const ben = await Person.signIn(server, 'ben', 'Ben Whitlock', DEMO_PASSWORD);
    const thread = await ana.threadWith(ben);
    const desk = await signedIn(ana, `/threads/${thread}`);
    const day = desk.page.getByLabel('Show messages from');
    const jump = async (daysAgo: number) => {
      await desk.page.getByRole('button', { name: 'Jump to a day' }).click();
      const date = new Date(Date.now() - daysAgo * 24 * 3_600_000);
      await day.fill(date.toISOString().slice(0, 10));
      await day.press('Enter');
      await expect(day).toBeHidden();
    };
    const [keys, phone] = [desk.message("I've tidied the key cupboard. There are now eleven keys that open nothing."), desk.messages.getByText('Could you take the on-call phone this weekend?')];
    await jump(18);
    await expect(keys).toBeInViewport();
    await expect(desk.page).toHaveURL(/\?at=4$/);
    // Day 13.
    await jump(15);
    await expect(phone).toBeInViewport();
    await expect(desk.page).toHaveURL(/\?at=8$/);
    await jump(19);
    await expect(keys).toBeInViewport();
  });
});

test('a day that is not given, and a thread without messages, are told of', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const desk = await signedIn(ana, `/threads/${await ana.threadWith(ben)}`);
  await desk.page.getByRole('button', { name: 'Jump to a day' }).click();
  await desk.page.getByLabel('Show messages from').fill('');
  await desk.page.getByRole('button', { name: 'Show', exact: true }).click();
  await expect(desk.page.getByRole('alert')).toHaveText('Choose a day first.');
  await desk.page.getByLabel('Show messages from').fill('2020-01-01');
  await desk.page.getByRole('button', { name: 'Show', exact: true }).click();
  await expect(desk.page.getByRole('alert')).toHaveText('Nothing was said here yet.');
});
