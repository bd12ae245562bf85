import { join, resolve } from 'node:path';
import type { Locator } from '@playwright/test';
import type { Desk } from '../support/desk';
import { Elsewhere } from '../support/elsewhere';
import { file, png } from '../support/files';
import { expect, test } from '../support/test';

const folder = resolve(__dirname, '../..', process.env.TIDINGS_SCREENSHOTS ?? 'target/screenshots');

const PAGE = `<!doctype html>
<title>Opening hours and how to find us</title>
<meta property="og:site_name" content="The ground floor">
<meta name="description" content="Monday to Friday from eight to six. Ring twice; somebody is always there.">`;

test.use({
  settings: { TIDINGS_LINK_PREVIEWS: 'true', TIDINGS_OUTBOUND_LOOPBACK: 'true' },
  permissions: ['microphone'],
  actionTimeout: 30_000,
});

function article(desk: Desk, text: string): Locator {
  return desk.messages.getByRole('article').filter({ hasText: text }).last();
}

async function menu(desk: Desk, text: string): Promise<Locator> {
  const message = article(desk, text);
  await message.scrollIntoViewIfNeeded();
  await message.hover();
  await message.getByRole('button', { name: 'Actions for this message' }).click();
  return message;
}

/** Everything that a thread can hold, and what opens over it. */
for (const colorScheme of ['light', 'dark'] as const) {
  for (const width of [390, 1440]) {
    test(`a conversation at ${width} pixels, ${colorScheme}`, async ({ complaints, people, signedIn }) => {
      complaints.expect(/507/);
      const site = await Elsewhere.open(PAGE);
      const [ana, ben, chidi] = [await people.get('ana'), await people.get('ben'), await people.get('chidi')];
      const group = await ana.groupWith([ben, chidi], 'Ground floor', 'all');
      await ben.say(await ana.threadWith(ben), 'Could you bring the folder, please?');
      await chidi.say(await ana.threadWith(chidi), 'The folder is in room four.');
      const path = `/threads/${group}`;
      const options = { colorScheme, viewport: { width, height: width === 390 ? 844 : 900 }, deviceScaleFactor: 1 };
      const [hers, his] = [await signedIn(ana, path, options), await signedIn(ben, path, options)];
      const { page } = hers;
      const picture = async (name: string) => {
        await page.screenshot({ path: join(folder, `conversation-${name}-${width}-${colorScheme}.png`) });
      };

      await ben.say(group, 'Good morning! **Three things** for today:\n\n- the *lease*, see `plan.pdf`\n- the keys\n- lunch\n\n> Ring twice.\n\n```\nroom = 4\n```');
      await ana.say(group, '@chidi Could you take the keys?', 2);
      await ben.say(group, `How to find it: ${site.at('127.0.0.1')}`);
      await chidi.say(group, 'A message that was wrong.');
      await expect(hers.message('A message that was wrong.')).toBeVisible();
      await his.page.getByLabel('Files to attach').setInputFiles([
        png('front.png', 1200, 800, [200, 120, 60]),
        png('side.png', 600, 800, [60, 120, 200]),
        file('plan.pdf', '%PDF-1.7\n% the plan\n'),
      ]);
      await his.say('The rooms.');
      await expect(article(hers, 'The rooms.').getByRole('img', { name: /^Photo: / })).toHaveCount(2);
      await hers.page.getByRole('button', { name: 'Record a voice message' }).press('Enter');
      const recorder = page.getByRole('group', { name: /^Voice message/ });
      await expect(recorder.getByRole('timer')).toHaveText('0:03', { timeout: 20_000 });
      await picture('recording');
      await recorder.getByRole('button', { name: 'Finish recording' }).click();
      await recorder.getByRole('button', { name: 'Send voice message' }).click();
      await expect(his.messages.getByRole('button', { name: 'Play voice message' })).toBeVisible({ timeout: 20_000 });

      await menu(hers, 'Three things');
      await page.getByRole('button', { name: 'React with 🎉' }).click();
      await menu(his, 'Three things');
      await his.page.getByRole('button', { name: 'React with 👍' }).click();
      await hers.say('I come at nine.');
      await menu(hers, 'I come at nine.');
      await page.getByRole('button', { name: 'Edit', exact: true }).click();
      await page.getByRole('textbox', { name: 'Edit message' }).fill('I come at ten.');
      await page.getByRole('textbox', { name: 'Edit message' }).press('Enter');
      await hers.say('Never mind this.');
      await menu(hers, 'Never mind this.');
      await page.getByRole('button', { name: 'Delete', exact: true }).click();
      await picture('delete');
      await page.getByRole('button', { name: 'Delete for everyone' }).click();
      await expect(his.message('Message deleted')).toBeVisible();
      await menu(hers, 'A message that was wrong.');
      await page.getByRole('button', { name: 'Delete', exact: true }).click();
      await page.getByRole('button', { name: 'Delete for everyone' }).click();
      await chidi.say(group, 'See you there.');
      await expect(hers.message('See you there.')).toBeVisible();
      await picture('end');
      await article(hers, 'Three things').scrollIntoViewIfNeeded();
      await picture('start');
      await article(hers, 'Three things').getByRole('button', { name: /^👍/ }).hover();
      await expect(page.locator('.reaction-tooltip')).toBeVisible();
      await picture('who-reacted');

      await menu(hers, 'I come at ten.');
      await picture('menu');
      await page.getByRole('button', { name: 'Details', exact: true }).click();
      await expect(page.getByRole('dialog')).toBeVisible();
      await picture('details');
      await page.keyboard.press('Escape');
      await menu(hers, 'Three things');
      await page.getByRole('button', { name: 'More reactions' }).click();
      await expect(page.getByRole('dialog', { name: 'Choose an emoji' }).getByRole('option').first()).toBeVisible();
      await picture('emoji');
      await page.keyboard.press('Escape');
      await menu(hers, 'Three things');
      await page.getByRole('button', { name: 'Forward', exact: true }).click();
      await expect(page.getByRole('dialog', { name: 'Forward message' })).toBeVisible();
      await picture('forward');
      await page.keyboard.press('Escape');
      await menu(hers, 'Three things');
      await page.getByRole('button', { name: 'Reply', exact: true }).click();
      await hers.page.getByLabel('Files to attach').setInputFiles([png('back.png', 300, 300, [40, 160, 90])]);
      await hers.field.fill('Thank you @');
      await expect(page.getByRole('listbox')).toBeVisible();
      await picture('composer');
      await hers.field.fill('Thank you');
      await article(hers, 'The rooms.').getByRole('link', { name: 'Photo: front.png' }).click();
      await expect(page.getByRole('dialog', { name: 'Photo' })).toBeVisible();
      await picture('photo');
      await page.keyboard.press('Escape');
      await page.getByRole('link', { name: 'Group details' }).click();
      await expect(page.getByRole('list', { name: 'Members' })).toBeVisible();
      await picture('group');

      await page.goto('/');
      await hers.live();
      await hers.row('Ground floor').getByRole('link').click({ button: 'right' });
      await expect(page.getByRole('menu')).toBeVisible();
      await picture('thread-menu');
      await page.keyboard.press('Escape');
      await page.keyboard.press('/');
      await page.getByRole('searchbox', { name: 'Search messages' }).fill('folder');
      await expect(page.getByRole('list', { name: 'Messages found' }).getByRole('listitem')).toHaveCount(2);
      await picture('search');

      await page.goto('/settings');
      await hers.live();
      await page.getByRole('radio', { name: 'On', exact: true }).check();
      await page.screenshot({ path: join(folder, `conversation-settings-${width}-${colorScheme}.png`), fullPage: true });
      await page.goto(`/threads/${await ana.threadWith(ben)}`);
      await expect(page.getByRole('list', { name: 'Suggested replies' }).getByRole('button').first()).toBeVisible();
      await picture('suggestions');
      await page.route('**/api/v1/uploads/**', (route) =>
        route.fulfill({ status: 507, json: { error: { code: 'storage_full', message: "The server's disk is full, so nothing can be saved. Tell whoever runs it." } } }),
      );
      await page.getByLabel('Files to attach').setInputFiles([file('plan.pdf', '%PDF-1.7\n% the plan\n')]);
      await expect(page.getByText('disk is full')).toBeVisible();
      await picture('stalled');
      await page.goto('/groups/new');
      await hers.live();
      await picture('new-group');
      await page.goto('/admin');
      await hers.live();
      await page.screenshot({ path: join(folder, `conversation-admin-${width}-${colorScheme}.png`), fullPage: true });
      await site.close();
    });
  }
}
