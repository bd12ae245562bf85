import { LOST_CONNECTION } from '../support/console';
import { Desk } from '../support/desk';
import { png } from '../support/files';
import { DEMO_PASSWORD, Person } from '../support/people';
import { expect, test } from '../support/test';

/** A message by some of its text. */
function article(desk: Desk, text: string) {
  return desk.messages.getByRole('article').filter({ hasText: text });
}

/** Opens the menu of a message. */
async function actions(desk: Desk, text: string): Promise<void> {
  await article(desk, text).hover();
  await article(desk, text).getByRole('button', { name: 'Actions for this message' }).click();
}

async function edit(desk: Desk, before: string, after: string): Promise<void> {
  await actions(desk, before);
  await desk.messages.getByRole('button', { name: 'Edit', exact: true }).click();
  const field = desk.messages.getByRole('textbox', { name: 'Edit message' });
  await field.fill(after);
  await field.press('Enter');
}

async function remove(desk: Desk, text: string): Promise<void> {
  await actions(desk, text);
  await desk.messages.getByRole('button', { name: 'Delete', exact: true }).click();
  await desk.page.getByRole('dialog').getByRole('button', { name: 'Delete for everyone' }).click();
}

test('a reaction appears on both screens and can be joined and left', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const thread = await ana.threadWith(ben);
  const [hers, his] = [await signedIn(ana, `/threads/${thread}`), await signedIn(ben, `/threads/${thread}`)];
  await hers.say('The contract is signed.');
  const theirs = his.messages.getByRole('article').filter({ hasText: 'The contract is signed.' });

  await theirs.hover();
  await theirs.getByRole('button', { name: 'Actions for this message' }).click();
  await theirs.getByRole('button', { name: 'React with 🎉' }).click();

  const ours = hers.messages.getByRole('article').filter({ hasText: 'The contract is signed.' });
  const chip = ours.getByRole('button', { name: `🎉: ${ben.name}` });
  await expect(chip).toHaveAttribute('aria-pressed', 'false');
  await chip.click();
  await expect(theirs.getByRole('button', { name: `🎉: You and ${ana.name}` })).toHaveAttribute('aria-pressed', 'true');

  await theirs.getByRole('button', { name: '🎉:' }).click();
  await expect(ours.getByRole('button', { name: '🎉: You' })).toHaveAttribute('aria-pressed', 'true');
});

test('who reacted is told by pointing at a reaction, by focusing it and by holding it', async ({ people, signedIn }) => {
  const ana = await people.get('ana');
  const others = [await people.get('ben'), await people.get('chidi'), await people.get('dara')];
  const thread = await ana.groupWith(others, 'Office');
  const hers = await signedIn(ana, `/threads/${thread}`);
  await hers.say('Cake at three.');
  const seq = Number(await hers.messages.locator('[data-seq]').filter({ hasText: 'Cake' }).getAttribute('data-seq'));
  for (const person of others) {
    const put = await person.api.put(`/api/v1/threads/${thread}/reactions`, { data: { seq, emoji: '🎂', on: true } });
    expect(put.ok()).toBe(true);
  }
  const chip = hers.messages.getByRole('button', { name: /^🎂: .*, .* and / });
  const card = hers.messages.locator('.reaction-tooltip');
  await expect(chip).toBeVisible();
  await expect(card).toHaveCount(0);

  await chip.hover();
  for (const person of others) await expect(card).toContainText(person.name);
  await card.hover();
  await expect(card).toBeVisible();
  await hers.page.mouse.move(0, 0);
  await expect(card).toHaveCount(0);
  await chip.hover();
  await expect(card).toBeVisible();
  await hers.page.keyboard.press('Escape');
  await expect(card).toHaveCount(0);
  await hers.page.mouse.move(0, 0);

  await hers.messages.getByRole('button', { name: 'Actions for this message' }).focus();
  await hers.page.keyboard.press('Tab');
  await expect(chip).toBeFocused();
  await expect(card).toBeVisible();
  await hers.page.keyboard.press('Escape');
  await expect(card).toHaveCount(0);

  await chip.dispatchEvent('pointerdown', { pointerType: 'touch' });
  await expect(card).toBeVisible();
  await chip.dispatchEvent('pointerup', { pointerType: 'touch' });
  await chip.dispatchEvent('click', { detail: 1 });
  await expect(card).toHaveCount(0);
  await expect(chip).toHaveAttribute('aria-pressed', 'false');
  await chip.click();
  await expect(hers.messages.getByRole('button', { name: /^🎂: You, / })).toHaveAttribute('aria-pressed', 'true');
});

test("one's own message can be edited, by keyboard too, and the other sees that it was", async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const thread = await ana.threadWith(ben);
  const [hers, his] = [await signedIn(ana, `/threads/${thread}`), await signedIn(ben, `/threads/${thread}`)];
  await hers.say('See you at tne.');
  await expect(his.message('See you at tne.')).toBeVisible();
  const ours = hers.messages.getByRole('article').filter({ hasText: 'See you at' });

  await ours.getByRole('button', { name: 'Actions for this message' }).focus();
  await hers.page.keyboard.press('Enter');
  await ours.getByRole('button', { name: 'Edit' }).press('Enter');
  const field = ours.getByRole('textbox', { name: 'Edit message' });
  await expect(field).toBeFocused();
  await field.fill('See you at ten.');
  await field.press('Enter');

  await expect(his.message('See you at ten.')).toBeVisible();
  await expect(his.messages.getByRole('article').filter({ hasText: 'See you at ten.' })).toContainText('edited');
  await expect(field).toBeHidden();
});

test('what is deleted is gone from both screens, and after a reload', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const thread = await ana.threadWith(ben);
  const [hers, his] = [await signedIn(ana, `/threads/${thread}`), await signedIn(ben, `/threads/${thread}`)];
  await hers.say('Meant for somebody else.');
  await expect(his.message('Meant for somebody else.')).toBeVisible();
  const ours = hers.messages.getByRole('article').filter({ hasText: 'Meant for somebody else.' });

  await ours.hover();
  await ours.getByRole('button', { name: 'Actions for this message' }).click();
  await ours.getByRole('button', { name: 'Delete', exact: true }).click();
  await ours.getByRole('button', { name: 'Delete for everyone' }).click();

  await expect(his.message('Message deleted')).toBeVisible();
  await expect(his.message('Meant for somebody else.')).toBeHidden();
  await his.page.reload();
  await expect(his.message('Message deleted')).toBeVisible();
  await expect(his.page.getByText('Meant for somebody else.')).toHaveCount(0);
});

test("somebody else's message can be deleted for oneself only", async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const thread = await ana.threadWith(ben);
  await ana.say(thread, 'Mine alone.');
  const his = await signedIn(ben, `/threads/${thread}`);
  const theirs = his.messages.getByRole('article').filter({ hasText: 'Mine alone.' });
  await theirs.hover();
  const opener = theirs.getByRole('button', { name: 'Actions for this message' });
  await opener.click();
  await expect(theirs.getByRole('button', { name: 'React with 👍' })).toBeVisible();
  await expect(theirs.getByRole('button', { name: 'Edit' })).toHaveCount(0);
  await his.page.keyboard.press('Escape');
  await expect(theirs.getByRole('button', { name: 'React with 👍' })).toBeHidden();
  await expect(opener).toBeFocused();

  const phone = await signedIn(ben, `/threads/${thread}`);
  await opener.click();
  await theirs.getByRole('button', { name: 'Delete' }).click();
  const question = his.page.getByRole('dialog', { name: 'Delete this message?' });
  await expect(question.getByRole('button', { name: 'Delete for everyone' })).toHaveCount(0);
  await question.getByRole('button', { name: 'Delete for me' }).click();
  for (const desk of [his, phone]) await expect(desk.message('Mine alone.')).toHaveCount(0);
  await his.page.reload();
  await his.live();
  await expect(his.page.getByText('Mine alone.')).toHaveCount(0);
  const hers = await signedIn(ana, `/threads/${thread}`);
  await expect(hers.message('Mine alone.')).toBeVisible();
});

test('on a phone the actions of every message fit on the screen', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const thread = await ana.threadWith(ben);
  await ana.say(thread, 'Before.');
  await ana.say(thread, 'A message of mine that is long enough to be as wide as a message can be.');
  await ben.say(thread, 'And one of somebody else, which is as wide, so that nothing has room beside it.');
  const hers = await signedIn(ana, `/threads/${thread}`);
  const width = 390;
  await hers.page.setViewportSize({ width, height: 844 });
  for (const text of ['A message of mine', 'somebody else']) {
    const message = hers.messages.getByRole('article').filter({ hasText: text });
    await message.getByRole('button', { name: 'Actions for this message' }).click();
    const box = await message.getByRole('group', { name: 'Actions' }).boundingBox();
    expect(box!.x).toBeGreaterThanOrEqual(0);
    expect(box!.x + box!.width).toBeLessThanOrEqual(width);
    await hers.page.keyboard.press('Escape');
  }
});

test('what is done without a connection is seen at once, and done when it is back', async ({ complaints, people, server, signedIn }) => {
  complaints.expect(LOST_CONNECTION);
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const path = `/threads/${await ana.threadWith(ben)}`;
  const [hers, his] = [await signedIn(ana, path), await signedIn(ben, path)];
  for (const text of ['See you at tne.', 'Wrong window.']) await hers.say(text);
  await his.say('Fine by me.');
  await expect(hers.message('Fine by me.')).toBeVisible();
  await expect(hers.progress('Wrong window.')).toHaveAccessibleName(/Delivered|Read/);

  server.wire.cutEverything();
  await edit(hers, 'See you at tne.', 'See you at then.');
  await edit(hers, 'See you at then.', 'See you at ten.');
  await remove(hers, 'Wrong window.');
  await actions(hers, 'Fine by me.');
  await hers.page.getByRole('button', { name: 'React with 🎉' }).click();
  await expect(hers.message('See you at ten.')).toBeVisible();
  await expect(hers.progress('See you at ten.')).toHaveAccessibleName('Sending…');
  await expect(hers.message('Message deleted')).toBeVisible();
  await expect(hers.messages.getByRole('button', { name: '🎉: You' })).toHaveAttribute('aria-pressed', 'true');
  await expect(article(hers, 'Fine by me.')).toContainText('Not sent yet');
  await expect(his.message('See you at tne.')).toBeVisible();

  server.wire.mend();
  await expect(his.message('See you at ten.')).toBeVisible({ timeout: 60_000 });
  await expect(his.message('Message deleted')).toBeVisible();
  await expect(his.messages.getByRole('button', { name: `🎉: ${ana.name}` })).toBeVisible();
  await expect(hers.progress('See you at ten.')).toHaveAccessibleName(/Delivered|Read/);
  await expect(article(hers, 'Fine by me.')).not.toContainText('Not sent yet');
});

test('what a tab has done and not sent outlives the tab', async ({ complaints, people, server, signedIn }) => {
  complaints.expect(LOST_CONNECTION);
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const path = `/threads/${await ana.threadWith(ben)}`;
  const [stays, his] = [await signedIn(ana, path), await signedIn(ben, path)];
  await stays.say('Nine.');
  const goes = await stays.newTab(path);
  await expect(his.message('Nine.')).toBeVisible();

  server.wire.cutEverything();
  await edit(goes, 'Nine.', 'Ten.');
  await expect(goes.progress('Ten.')).toHaveAccessibleName('Sending…');
  await expect(stays.message('Nine.')).toBeVisible();
  await goes.page.close();
  await expect(stays.message('Ten.')).toBeVisible();
  server.wire.mend();
  await expect(his.message('Ten.')).toBeVisible({ timeout: 60_000 });
});

test('an edit of what was deleted meanwhile is refused, and its text is given back', async ({ complaints, people, server, signedIn }) => {
  complaints.expect(LOST_CONNECTION);
  const ana = await people.get('ana');
  const path = `/threads/${await ana.threadWith(await people.get('ben'))}`;
  const [goes, phone] = [await signedIn(ana, path), await signedIn(ana, path)];
  const context = goes.page.context();
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await goes.say('Nine.');
  await expect(phone.message('Nine.')).toBeVisible();

  server.wire.cutEverything();
  await edit(goes, 'Nine.', 'Ten, in the **small** room.');
  await expect(goes.message('small')).toBeVisible();
  await goes.page.close();
  server.wire.mend();
  await phone.live();
  await remove(phone, 'Nine.');
  await expect(phone.message('Message deleted')).toBeVisible();

  const hers = await Desk.open(context, path);
  const refusal = hers.messages.getByRole('alert');
  await expect(refusal).toContainText('Not changed: ', { timeout: 60_000 });
  await expect(refusal).toContainText('Ten, in the **small** room.');
  await expect(hers.message('Message deleted')).toBeVisible();
  await refusal.getByRole('button', { name: 'Copy text' }).click();
  expect(await hers.page.evaluate(() => navigator.clipboard.readText())).toBe('Ten, in the **small** room.');
  await hers.page.reload();
  await hers.live();
  await expect(refusal).toContainText('Not changed: ');
  await refusal.getByRole('button', { name: 'Discard' }).click();
  await expect(refusal).toHaveCount(0);
});

test('keys of an input method neither save an edit nor close it, and short codes are written out', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const thread = await ana.threadWith(ben);
  const hers = await signedIn(ana, `/threads/${thread}`);
  await hers.say('Done.');
  // The table of the codes is here once some are offered.
  await hers.field.pressSequentially(':smi');
  await expect(hers.page.getByRole('listbox', { name: 'Emoji' }).getByRole('option').first()).toBeVisible();
  await hers.field.fill('');
  await hers.field.press('ArrowUp');
  const field = hers.messages.getByRole('textbox', { name: 'Edit message' });
  await expect(field).toBeFocused();
  await field.fill('Done :tada: and `:tada:`');
  for (const key of ['Enter', 'Escape']) {
    await field.dispatchEvent('keydown', { key, isComposing: true });
    await field.dispatchEvent('keydown', { key, keyCode: 229 });
  }
  // Safari ends the composition before the key that ended it.
  await field.evaluate((field) => {
    field.dispatchEvent(new CompositionEvent('compositionend', { bubbles: true }));
    field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }));
  });
  await expect(field).toHaveValue('Done :tada: and `:tada:`');
  // A key that comes later is one of its own.
  await expect
    .poll(async () => {
      await field.press('Escape');
      return field.count();
    })
    .toBe(0);

  await hers.field.press('ArrowUp');
  await field.fill('Done :tada: and `:tada:`');
  await field.press('Enter');
  await expect(hers.messages.getByRole('article')).toContainText('Done 🎉 and :tada:');
});

test('ArrowUp edits the caption of files too', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const hers = await signedIn(ana, `/threads/${await ana.threadWith(ben)}`);
  await hers.say('Before it.');
  await hers.page.getByLabel('Files to attach').setInputFiles([png('roof.png', 40, 30, [30, 160, 30])]);
  await expect(hers.page.getByRole('list', { name: 'Attached files' }).locator('img')).toHaveCount(1);
  await hers.say('The rof.');
  await expect(hers.messages.getByRole('article').last().getByRole('img', { name: /^(Sent|Delivered|Read)/ })).toBeVisible();
  await hers.field.press('ArrowUp');
  const field = hers.messages.getByRole('textbox', { name: 'Edit message' });
  await expect(field).toHaveValue('The rof.');
  await field.fill('The roof.');
  await field.press('Enter');
  await expect(hers.messages.getByRole('article').last()).toContainText('The roof.');
  await expect(hers.messages.getByRole('img', { name: 'Photo: roof.png' })).toBeVisible();
});

test('ArrowUp edits the last own message, Escape leaves it as it is, and what it said before can be looked at', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const path = `/threads/${await ana.threadWith(ben)}`;
  const [hers, his] = [await signedIn(ana, path), await signedIn(ben, path)];
  const composer = hers.page.getByRole('textbox', { name: 'Message', exact: true });
  const field = hers.page.getByRole('textbox', { name: 'Edit message' });
  await hers.say('See you at tne.');
  await his.say('Where?');
  await expect(hers.message('Where?')).toBeVisible();

  await composer.fill('A draft');
  await composer.press('ArrowUp');
  await expect(field).toHaveCount(0);
  await composer.fill('');
  await composer.press('ArrowUp');
  await expect(field).toBeFocused();
  await expect(field).toHaveValue('See you at tne.');
  await field.fill('Nothing of this.');
  await field.press('Escape');
  await expect(field).toHaveCount(0);
  await expect(composer).toBeFocused();
  await expect(hers.message('See you at tne.')).toBeVisible();

  await composer.press('ArrowUp');
  await field.fill('See you at ten.');
  await field.press('Enter');
  await expect(composer).toBeFocused();
  await expect(his.message('See you at ten.')).toBeVisible();

  const mark = his.messages.getByRole('button', { name: 'edited' });
  await mark.focus();
  await mark.press('Enter');
  const versions = his.page.getByRole('dialog', { name: 'Earlier versions' });
  await expect(versions.getByRole('listitem')).toHaveCount(1);
  await expect(versions.getByRole('listitem')).toContainText(/Today, \d\d:\d\d/);
  await expect(versions.getByText('See you at tne.')).toBeVisible();
  await his.page.keyboard.press('Escape');
  await expect(versions).toHaveCount(0);
});

test('a message tells when it was delivered and read', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const path = `/threads/${await ana.threadWith(ben)}`;
  const hers = await signedIn(ana, path);
  await hers.say('Have you seen this?');
  const open = async () => {
    await actions(hers, 'Have you seen this?');
    await hers.messages.getByRole('button', { name: 'Details' }).click();
    return hers.page.getByRole('dialog', { name: 'Message details' });
  };
  let details = await open();
  await expect(details.getByRole('listitem').filter({ hasText: ben.name })).toContainText('Not yet');
  await details.getByRole('button', { name: 'Close' }).click();
  await expect(details).toHaveCount(0);

  await signedIn(ben, path);
  await expect(hers.progress('Have you seen this?')).toHaveAccessibleName('Read');
  details = await open();
  const his = details.getByRole('listitem').filter({ hasText: ben.name });
  await expect(his).not.toContainText('Not yet');
  await expect(his.locator('time')).toHaveCount(2);
});

test.describe('what was said long ago', () => {
  test.use({ settings: { TIDINGS_DEMO: 'true' } });
  const SAID = 'Heads-up: the heating engineer comes tomorrow at eight.';
  const TOO_LATE = 'Not changed: A message can be edited for 5 minutes after it was sent. Send a new one instead.';

  for (const connection of ['with a connection', 'without one']) {
    test(`is not edited, and an edit that is made ${connection} in a page with a slow clock is refused and its text given back`, async ({ complaints, server, signedIn }) => {
      complaints.expect(LOST_CONNECTION);
      const ana = await Person.signIn(server, 'ana', 'Ana Ferreira', DEMO_PASSWORD);
      const ben = await Person.signIn(server, 'ben', 'Ben Whitlock', DEMO_PASSWORD);
      const path = `/threads/${await ana.threadWith(ben)}`;
      const [hers, his] = [await signedIn(ana, path), await signedIn(ben, path)];
      const editor = hers.page.getByRole('textbox', { name: 'Edit message' });
      const word = hers.messages.getByRole('button', { name: 'Edit', exact: true });
      await actions(hers, SAID);
      await expect(hers.messages.getByRole('button', { name: 'Details' })).toBeVisible();
      await expect(word).toHaveCount(0);
      await hers.page.keyboard.press('Escape');
      await hers.field.press('ArrowUp');
      await expect(editor).toHaveCount(0);

      // From here on the page does not know how late it is: as if the edit had waited for a connection.
      await hers.page.evaluate(() => {
        const now = Date.now;
        Date.now = () => now() - 4 * 3_600_000;
      });
      if (connection === 'without one') {
        server.wire.cutEverything();
        await edit(hers, SAID, 'The **plumber** comes at nine.');
        await expect(hers.message('plumber')).toBeVisible();
        await expect(hers.progress('comes at nine.')).toHaveAccessibleName('Sending…');
        server.wire.mend();
      } else {
        await edit(hers, SAID, 'The **plumber** comes at nine.');
      }
      const refusal = article(hers, SAID).getByRole('alert');
      await expect(refusal).toContainText(TOO_LATE, { timeout: 60_000 });
      await expect(refusal).toContainText('The **plumber** comes at nine.');
      await expect(refusal.getByRole('button', { name: 'Copy text' })).toBeVisible();
      await expect(hers.progress(SAID)).toHaveAccessibleName(/Delivered|Read/);
      await expect(article(hers, SAID).getByRole('button', { name: 'edited' })).toHaveCount(0);
      await expect(article(his, SAID)).toHaveCount(1);

      await hers.page.reload();
      await hers.live();
      await expect(refusal).toContainText(TOO_LATE);
      await refusal.getByRole('button', { name: 'Discard' }).click();
      await expect(refusal).toHaveCount(0);
      await expect(article(hers, SAID)).toHaveCount(1);
    });
  }
});
