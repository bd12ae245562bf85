//! Phrases in German.

use super::{Language, Want};

pub(super) const LANGUAGE: Language = Language {
    marks: &[
        "der", "die", "das", "ist", "sind", "und", "zu", "den", "ein", "eine", "ich", "du", "sie", "wir",
        "nicht", "mit", "für", "auf", "es", "im", "bitte", "kann", "können", "danke", "dank", "was", "wann",
        "wo",
    ],
    wants: &[
        Want {
            cues: &["danke", "vielen dank", "dankeschön", "herzlichen dank"],
            question: Some(false),
            replies: &["Gern geschehen!", "Gerne!", "👍"],
        },
        Want {
            cues: &["glückwunsch", "glückwünsche", "alles gute", "gut gemacht"],
            question: None,
            replies: &["Vielen Dank!", "Das freut mich!", "🎉"],
        },
        Want {
            cues: &["entschuldigung", "tut mir leid", "sorry", "verzeihung"],
            question: Some(false),
            replies: &["Kein Problem!", "Macht nichts.", "Alles gut."],
        },
        Want {
            cues: &["wie geht es", "wie geht's"],
            question: None,
            replies: &[
                "Gut, danke. Und selbst?",
                "Sehr gut, danke!",
                "Viel los, aber gut.",
            ],
        },
        Want {
            cues: &[
                "tschüss",
                "auf wiedersehen",
                "bis morgen",
                "bis später",
                "bis dann",
                "schönen feierabend",
                "schönes wochenende",
                "schönen tag",
            ],
            question: Some(false),
            replies: &["Bis dann!", "Gleichfalls!", "Tschüss!"],
        },
        Want {
            cues: &[
                "^guten morgen",
                "^guten tag",
                "^hallo",
                "^moin",
                "^servus",
                "^guten abend",
            ],
            question: Some(false),
            replies: &["Hallo!", "Hallo, was gibt es?", "Guten Tag!"],
        },
        Want {
            cues: &[
                "können sie",
                "kannst du",
                "könnten sie",
                "könntest du",
                "würden sie",
                "würdest du",
            ],
            question: None,
            replies: &["Ja, mache ich.", "Bin schon dabei.", "Gerade leider nicht."],
        },
        Want {
            cues: &["hast du zeit", "haben sie zeit", "hast du kurz", "haben sie kurz"],
            question: Some(true),
            replies: &[
                "Ja, jetzt passt es.",
                "In einer halben Stunde?",
                "Heute leider nicht.",
            ],
        },
        Want {
            cues: &[
                "wollen wir",
                "sollen wir",
                "wie wäre es",
                "was hältst du",
                "was halten sie",
            ],
            question: None,
            replies: &["Gute Idee!", "Ja, gerne.", "Lieber nicht."],
        },
        Want {
            cues: &["wann", "um wie viel uhr", "bis wann", "wie lange"],
            question: Some(true),
            replies: &[
                "Ich sehe nach.",
                "Ich melde mich, sobald ich es weiß.",
                "Bis heute Abend.",
            ],
        },
        Want {
            cues: &["wo", "wohin"],
            question: Some(true),
            replies: &["Ich sehe nach.", "Ich schicke die Adresse.", "Im Büro."],
        },
        Want {
            cues: &["warum", "wieso", "weshalb", "wer"],
            question: Some(true),
            replies: &["Ich kläre das.", "Das weiß ich nicht.", "Ich erkläre es später."],
        },
        Want {
            cues: &[
                "^ist", "^sind", "^hast", "^haben", "^hat", "^kann", "^darf", "^soll", "^gibt", "^war",
                "^wird", "^bist", "okay", "ok", "oder",
            ],
            question: Some(true),
            replies: &["Ja", "Nein", "Das weiß ich noch nicht."],
        },
        Want {
            cues: &["bitte"],
            question: Some(false),
            replies: &["Mache ich.", "Bin dabei.", "Erledigt!"],
        },
        Want {
            cues: &["verspäte", "später", "unterwegs"],
            question: Some(false),
            replies: &["Kein Stress.", "Danke für die Info.", "Bis gleich!"],
        },
        Want {
            cues: &["fertig", "erledigt", "geschickt"],
            question: Some(false),
            replies: &["Super, danke!", "Perfekt!", "👍"],
        },
    ],
};
