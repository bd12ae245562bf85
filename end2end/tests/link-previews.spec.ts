import { LOST_CONNECTION } from '../support/console';
import type { Desk } from '../support/desk';
import { Elsewhere } from '../support/elsewhere';
import { expect, test } from '../support/test';

const PAGE = `<!doctype html>
<title>Timetable &lt;script&gt;alert(1)&lt;/script&gt;</title>
<meta property="og:site_name" content="The buses">
<meta name="description" content="Where each bus goes, and when.">`;

function card(desk: Desk) {
  return desk.messages.getByRole('group', { name: 'Linked page' });
}

// What must not happen, such as looking at a page where nobody wants it, is asked of the server in its own tests.
test.use({ settings: { TIDINGS_LINK_PREVIEWS: 'true', TIDINGS_OUTBOUND_LOOPBACK: 'true' } });

test('both see what a linked page says of itself, until its sender takes that away', async ({ people, signedIn }) => {
  const site = await Elsewhere.open(PAGE);
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const path = `/threads/${await ana.threadWith(ben)}`;
  const [hers, his] = [await signedIn(ana, path), await signedIn(ben, path)];
  const link = `${site.at('127.0.0.1')}buses`;
  await hers.say(`The buses: ${link}`);

  for (const desk of [hers, his]) {
    await expect(card(desk)).toHaveText(
      '127.0.0.1 · The busesTimetable <script>alert(1)</script>Where each bus goes, and when.',
    );
    await expect(card(desk).getByRole('link')).toHaveAttribute('href', link);
    await expect(card(desk).getByRole('link')).toHaveAttribute('rel', /noopener noreferrer/);
    // The list stays where it was: at its end.
    await expect(card(desk)).toBeInViewport({ ratio: 1 });
  }
  expect(site.asked).toEqual(['/buses']);

  const remove = { name: 'Remove this preview for everybody' };
  await expect(card(his).getByRole('button', remove)).toHaveCount(0);
  await card(hers).getByRole('button', remove).focus();
  await hers.page.keyboard.press('Enter');
  for (const desk of [hers, his]) {
    await expect(card(desk)).toHaveCount(0);
    await expect(desk.messages.getByRole('link', { name: link })).toBeVisible();
  }
  await expect(hers.messages.getByRole('button', { name: 'Actions for this message' })).toBeFocused();
  await his.page.reload();
  await expect(his.messages.getByRole('link', { name: link })).toBeVisible();
  await expect(card(his)).toHaveCount(0);
  await site.close();
});

test('a preview that is taken away without a connection is gone for the other when it is back', async ({ complaints, people, server, signedIn }) => {
  complaints.expect(LOST_CONNECTION);
  const site = await Elsewhere.open(PAGE);
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const path = `/threads/${await ana.threadWith(ben)}`;
  const [hers, his] = [await signedIn(ana, path), await signedIn(ben, path)];
  await hers.say(site.at('127.0.0.1'));
  await expect(card(hers)).toBeVisible();
  await expect(card(his)).toBeVisible();

  server.wire.cutEverything();
  await card(hers).getByRole('button').click();
  await expect(card(hers)).toHaveCount(0);
  await expect(card(his)).toBeVisible();
  server.wire.mend();
  await expect(card(his)).toHaveCount(0, { timeout: 60_000 });
  await site.close();
});

test('what is edited away takes its preview along, and a dead link has none', async ({ people, signedIn }) => {
  const [bare, site] = [await Elsewhere.open('no title'), await Elsewhere.open(PAGE)];
  const ana = await people.get('ana');
  const hers = await signedIn(ana, `/threads/${await ana.threadWith(await people.get('ben'))}`);
  await hers.say(`First ${bare.at('127.0.0.1')}`);
  await expect.poll(() => bare.asked).toEqual(['/']);
  await hers.say(`Second ${site.at('127.0.0.1')}`);
  await expect(card(hers)).toHaveCount(1);
  await expect(hers.messages.getByRole('article').last().getByRole('group', { name: 'Linked page' })).toBeVisible();

  await hers.field.press('ArrowUp');
  const editor = hers.page.getByRole('textbox', { name: 'Edit message' });
  await editor.fill('Second thoughts');
  await editor.press('Enter');
  await expect(hers.message('Second thoughts')).toBeVisible();
  await expect(card(hers)).toHaveCount(0);
  await Promise.all([bare.close(), site.close()]);
});
