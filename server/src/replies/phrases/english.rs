//! Phrases in English.

use super::{Language, Want};

pub(super) const LANGUAGE: Language = Language {
    marks: &[
        "the", "is", "are", "you", "to", "of", "and", "in", "that", "it", "for", "we", "will", "can", "have",
        "has", "be", "this", "not", "with", "please", "what", "when", "where", "thanks",
    ],
    wants: &[
        Want {
            cues: &["thank you", "thanks", "thx", "cheers", "much appreciated"],
            question: Some(false),
            replies: &["You're welcome!", "Any time!", "👍"],
        },
        Want {
            cues: &[
                "congratulations",
                "congrats",
                "happy birthday",
                "well done",
                "great job",
                "great work",
                "good job",
            ],
            question: None,
            replies: &["Thank you!", "That's kind of you!", "🎉"],
        },
        Want {
            cues: &[
                "sorry",
                "my apologies",
                "apologise",
                "apologize",
                "my mistake",
                "my bad",
            ],
            question: Some(false),
            replies: &["No problem!", "Don't worry about it.", "It's all right."],
        },
        Want {
            cues: &[
                "how are you",
                "how are things",
                "how is it going",
                "how's it going",
            ],
            question: None,
            replies: &[
                "Fine, thank you. And you?",
                "Very well, thanks!",
                "Busy, but fine.",
            ],
        },
        Want {
            cues: &[
                "good night",
                "goodbye",
                "bye",
                "see you",
                "take care",
                "have a nice",
                "have a good",
                "have a great",
                "good weekend",
            ],
            question: Some(false),
            replies: &["See you!", "You too!", "Bye!"],
        },
        Want {
            cues: &[
                "^good morning",
                "^good afternoon",
                "^good evening",
                "^hello",
                "^hi",
                "^hey",
                "^morning",
            ],
            question: Some(false),
            replies: &["Hello!", "Hi, how can I help?", "Good to hear from you!"],
        },
        Want {
            cues: &[
                "could you",
                "can you",
                "would you",
                "will you",
                "do you mind",
                "are you able to",
            ],
            question: None,
            replies: &["Sure, I'll do it.", "I'm on it.", "Sorry, I can't right now."],
        },
        Want {
            cues: &[
                "are you free",
                "are you available",
                "do you have time",
                "have a minute",
                "got a minute",
                "have a moment",
                "have time",
            ],
            question: Some(true),
            replies: &["Yes, now is fine.", "In half an hour?", "Not today, sorry."],
        },
        Want {
            cues: &[
                "shall we",
                "should we",
                "how about",
                "what about",
                "why don't we",
                "let's",
            ],
            question: None,
            replies: &["Good idea!", "Yes, let's do that.", "I'd rather not."],
        },
        Want {
            cues: &["when", "what time", "how long", "how soon", "by when"],
            question: Some(true),
            replies: &[
                "Let me check.",
                "I'll tell you as soon as I know.",
                "By the end of today.",
            ],
        },
        Want {
            cues: &["where", "which room", "what address"],
            question: Some(true),
            replies: &["Let me check.", "I'll send you the address.", "At the office."],
        },
        Want {
            cues: &["who", "whose"],
            question: Some(true),
            replies: &["Let me check.", "I am.", "I'm not sure."],
        },
        Want {
            cues: &["why", "how come"],
            question: Some(true),
            replies: &["Let me find out.", "I'm not sure.", "I'll explain later."],
        },
        Want {
            cues: &[
                "do you know",
                "any idea",
                "any news",
                "any update",
                "have you heard",
            ],
            question: Some(true),
            replies: &["Not yet.", "Let me check.", "I'll let you know."],
        },
        Want {
            cues: &[
                "^is", "^are", "^do", "^does", "^did", "^has", "^have", "^was", "^were", "^can", "^could",
                "^may", "^should", "^will", "^would", "okay", "ok", "right",
            ],
            question: Some(true),
            replies: &["Yes", "No", "I'm not sure yet."],
        },
        Want {
            cues: &["please"],
            question: Some(false),
            replies: &["Will do.", "I'm on it.", "Done!"],
        },
        Want {
            cues: &["on my way", "running late", "be late", "stuck in traffic"],
            question: Some(false),
            replies: &["No hurry.", "Thanks for letting me know.", "See you soon!"],
        },
        Want {
            cues: &["let me know", "keep me posted", "tell me when"],
            question: None,
            replies: &["Will do.", "I'll let you know.", "👍"],
        },
        Want {
            cues: &["done", "finished", "ready", "sorted", "fixed", "sent"],
            question: Some(false),
            replies: &["Great, thank you!", "Perfect!", "👍"],
        },
        Want {
            cues: &["fyi", "for your information", "just so you know", "heads up"],
            question: None,
            replies: &["Thanks for letting me know.", "Noted.", "👍"],
        },
    ],
};
