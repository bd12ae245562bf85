//! Where a link may lead.
//!
//! Only to `http`, `https` and `mailto`, and only where it can be seen where that is: no names before the host, no
//! characters that reorder text, and hosts in the letters that computers compare.

/// Longest address, in bytes: browsers refuse some longer ones.
const ADDRESS_MAX: usize = 2_048;

/// Where a link leads: checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    text: String,
    host: Option<String>,
}

impl Address {
    /// Checks an address; `None` if nothing may lead there.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let fits = text.len() <= ADDRESS_MAX && !text.chars().any(is_out_of_place);
        if !fits {
            return None;
        }
        let rest = match scheme_of(text)? {
            Scheme::Mail => {
                let (_, mailbox) = text.split_at("mailto:".len());
                let mailbox = mailbox.split('?').next()?;
                let (name, domain) = mailbox.split_once('@')?;
                let plain =
                    !name.is_empty() && !domain.is_empty() && domain.is_ascii() && !domain.contains('@');
                return plain.then(|| Self {
                    text: text.to_owned(),
                    host: None,
                });
            }
            Scheme::Web(length) => text.split_at(length).1,
        };
        let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
        let (authority, after) = rest.split_at(end);
        if after.starts_with('\\') || authority.contains('@') {
            return None;
        }
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) => (host, port),
            None => (authority, ""),
        };
        let host = ascii_host(host)?;
        port.bytes().all(|c| c.is_ascii_digit()).then(|| Self {
            text: text.to_owned(),
            host: Some(host),
        })
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The host, in the letters that computers compare; `None` if it leads to no page.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        self.host.as_deref()
    }

    /// The host, as it must be shown beside a label that gives another impression; `None` if the label is honest.
    #[must_use]
    pub fn host_behind(&self, label: &str) -> Option<&str> {
        let host = self.host.as_deref()?;
        let honest = label.to_ascii_lowercase().contains(host);
        (!honest && (looks_like_address(label) || label == self.text)).then_some(host)
    }
}

/// Whether a label reads as if it said where it leads.
#[must_use]
pub fn looks_like_address(label: &str) -> bool {
    label.contains("://")
        || label.split_whitespace().any(|word| {
            let word = word.trim_end_matches(['.', ',', ';', ':', '!', '?']);
            word.split_once('.').is_some_and(|(before, after)| {
                before.chars().next_back().is_some_and(char::is_alphanumeric)
                    && after.chars().next().is_some_and(char::is_alphabetic)
            })
        })
}

pub(super) enum Scheme {
    /// With the length of the scheme and what follows it.
    Web(usize),
    Mail,
}

/// The scheme that a text begins with, if it is one that may be followed.
pub(super) fn scheme_of(text: &str) -> Option<Scheme> {
    let begins = |with: &str| {
        text.get(..with.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(with))
    };
    if begins("https://") {
        Some(Scheme::Web("https://".len()))
    } else if begins("http://") {
        Some(Scheme::Web("http://".len()))
    } else if begins("mailto:") {
        Some(Scheme::Mail)
    } else {
        None
    }
}

/// Characters that end an address or make it look like another: white space, quotes, and what is invisible or changes
/// the direction of text.
pub(super) fn is_out_of_place(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(
            c,
            '<' | '>' | '"' | '`' | '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}'
        )
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
}

/// A host in ASCII (RFC 3492 for other letters), lower case; `None` if it is none.
fn ascii_host(host: &str) -> Option<String> {
    let mut labels = Vec::new();
    for label in host.to_lowercase().split('.') {
        let plain = label
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
        if label.is_empty() || !plain {
            return None;
        }
        labels.push(if label.is_ascii() {
            label.to_owned()
        } else {
            format!("xn--{}", punycode(label)?)
        });
    }
    let host = labels.join(".");
    (host.len() <= 253).then_some(host)
}

/// RFC 3492, section 6.3.
fn punycode(label: &str) -> Option<String> {
    let input: Vec<u32> = label.chars().map(u32::from).collect();
    let mut output: String = label.chars().filter(char::is_ascii).collect();
    let basic = u32::try_from(output.len()).ok()?;
    let (mut handled, mut n, mut delta, mut bias) = (basic, 128_u32, 0_u32, 72_u32);
    if basic > 0 {
        output.push('-');
    }
    let total = u32::try_from(input.len()).ok().filter(|total| *total <= 63)?;
    while handled < total {
        let next = input.iter().copied().filter(|c| *c >= n).min()?;
        delta = delta.checked_add((next - n).checked_mul(handled + 1)?)?;
        n = next;
        for c in &input {
            if *c < n {
                delta = delta.checked_add(1)?;
            }
            if *c == n {
                let mut q = delta;
                for k in (36_u32..).step_by(36) {
                    let t = k.saturating_sub(bias).clamp(1, 26);
                    if q < t {
                        break;
                    }
                    output.push(digit(t + (q - t) % (36 - t))?);
                    q = (q - t) / (36 - t);
                }
                output.push(digit(q)?);
                bias = adapted(delta, handled + 1, handled == basic);
                delta = 0;
                handled += 1;
            }
        }
        delta = delta.checked_add(1)?;
        n = n.checked_add(1)?;
    }
    Some(output)
}

fn digit(value: u32) -> Option<char> {
    char::from_digit(value, 36).map(|_| {
        let letter = u8::try_from(value).unwrap_or_default();
        // Letters stand for 0 to 25, digits for 26 to 35.
        char::from(if letter < 26 {
            b'a' + letter
        } else {
            b'0' + (letter - 26)
        })
    })
}

fn adapted(delta: u32, points: u32, first: bool) -> u32 {
    let mut delta = if first { delta / 700 } else { delta / 2 };
    delta += delta / points;
    let mut k = 0;
    while delta > 455 {
        delta /= 35;
        k += 36;
    }
    k + 36 * delta / (delta + 38)
}
